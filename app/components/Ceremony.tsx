'use client'
import type { CeremonyRecord } from '@assay/sdk/ceremonyRecord'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { formatCount } from '../formatCount'
import { type Market, useMarket } from '../hooks/useNetwork'
import { openPage } from '../hooks/useRoute'
import { shortText } from '../shortText'
import { Address } from './Address'
import { Badge } from './Badge'
import { Button } from './Button'
import { Contribute } from './Contribute'
import { CopyHex } from './CopyHex'
import { Field } from './Field'
import { Loading } from './Loading'
import { Panel } from './Panel'
import { Problem } from './Problem'
import { Seal } from './Seal'
import { SnippetBlock } from './SnippetBlock'
import { Stat, Stats } from './Stat'
import { Table } from './Table'

/** A setup that is handed on from contributor to contributor, by the CID of its record; or the field that asks for one. */
export function Ceremony({ cid }: { cid: string | undefined }) {
  const [typed, setTyped] = useState(cid ?? '')
  const valid = /^b[a-z2-7]{58}$/.test(typed.trim())
  return (
    <Panel title="Setup ceremony">
      <p className="max-w-[70ch] text-quiet text-sm leading-relaxed">
        Whoever runs a model’s setup alone can forge its proofs. In a ceremony others add to it one after the other, and
        one honest contributor is enough.
      </p>
      <p className="text-quiet text-sm">Each step has a record; paste the one that you were handed.</p>
      <form
        className="grid max-w-2xl gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (valid) openPage({ to: '/owner/', query: { ceremony: typed.trim() } })
        }}
      >
        <Field
          label="Content id of the record"
          value={typed}
          onChange={setTyped}
          placeholder="bafk…"
          problem={typed === '' || valid ? undefined : 'A content id begins with b and has 59 letters and digits.'}
        />
        <Button disabled={!valid} onClick={() => openPage({ to: '/owner/', query: { ceremony: typed.trim() } })}>
          Show the ceremony
        </Button>
      </form>
      {cid !== undefined && <Record cid={cid} />}
    </Panel>
  )
}

async function readCeremony({ network }: Market, cid: string, signal: AbortSignal): Promise<CeremonyRecord> {
  const [{ maxCeremonyBytes, parseCeremony }, { expectSame }, { fetchContent }] = await Promise.all([
    import('@assay/sdk/ceremonyRecord'),
    import('@assay/sdk/ceremonyKey'),
    import('@assay/sdk/content'),
  ])
  const bytes = await fetchContent({ gatewayUrl: network.gatewayUrl, cid, maxBytes: maxCeremonyBytes }, signal)
  const record = await parseCeremony(bytes)
  expectSame({ what: 'chain', actual: String(record.chainId), expected: String(network.chainId) })
  return record
}

function Record({ cid }: { cid: string }) {
  const market = useMarket()
  const { data, error, refetch } = useQuery({
    queryKey: ['ceremony', cid],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => readCeremony(market, cid, signal),
  })
  if (error) return <Problem what="The record cannot be read." error={error} onRetry={() => refetch()} />
  if (!data) return <Loading what="Reading the record and checking its signatures" rows={2} />
  const { manifest, contributions, files, phase1, seal, owner } = data
  return (
    <div className="grid gap-5 border-line border-t pt-4" data-ceremony={cid}>
      <div className="flex flex-wrap items-center gap-3">
        <h3 className="font-semibold">{shortText(manifest.name, 60)}</h3>
        {seal ? <Badge kind="proved">sealed</Badge> : <Badge kind="waiting">open to contributors</Badge>}
      </div>
      <Stats>
        <Stat name="Contributions" note="each signature was checked here">
          {contributions.length}
        </Stat>
        <Stat name="Proving key">{(files.zkey.bytes / 1e6).toFixed(2)} MB</Stat>
        <Stat name="Equations">{formatCount(manifest.constraints)}</Stat>
        <Stat name="Phase 1" note={`up to 2^${phase1.power} rows`}>
          {shortText(phase1.name, 40)}
        </Stat>
      </Stats>
      <p className="text-quiet text-sm">
        Begun by <Address hex={owner} what="the owner’s address" />.
      </p>
      {contributions.length > 0 && (
        <Table
          label="Contributions"
          rows={contributions.map((contribution, index) => ({ ...contribution, index }))}
          keyOf={({ index }) => String(index)}
          columns={[
            { name: 'Name', cell: ({ index, name }) => `${index + 1}. ${shortText(name, 40)}` },
            { name: 'Account', cell: ({ account }) => <Address hex={account} what="the contributor’s account" /> },
            {
              name: 'Hash',
              end: true,
              cell: ({ blake2b }) => <CopyHex hex={blake2b} what="hash of the contribution" />,
            },
          ]}
        />
      )}
      {!seal && <Steps cid={cid} record={data} />}
    </div>
  )
}

function Steps({ cid, record }: { cid: string; record: CeremonyRecord }) {
  return (
    <div className="grid gap-5 border-line border-t pt-4">
      <section aria-labelledby="contribute-title" className="grid gap-3">
        <div>
          <h3 id="contribute-title" className="font-semibold">
            Contribute
          </h3>
          <p className="mt-1 max-w-[70ch] text-quiet text-sm leading-relaxed">
            You multiply the key by a secret that only your machine knows, and that it forgets. To invite somebody, send
            them this page’s address.
          </p>
        </div>
        <Contribute key={cid} record={record} />
        <details>
          <summary className="w-fit text-quiet text-sm underline underline-offset-4 hover:text-ink">
            Contribute from the command line
          </summary>
          <div className="mt-3 grid gap-3">
            <p className="max-w-[70ch] text-quiet text-sm leading-relaxed">
              It handles keys of any size, and with a phase-1 file it verifies the whole setup before it uploads
              anything.
            </p>
            <SnippetBlock
              language="Contribute"
              code={`assay model contribute ${cid} --name "Your name" --key-file key.json`}
            />
          </div>
        </details>
      </section>
      <section aria-labelledby="seal-title" className="grid gap-3">
        <div>
          <h3 id="seal-title" className="font-semibold">
            Seal
          </h3>
          <p className="mt-1 max-w-[70ch] text-quiet text-sm leading-relaxed">
            The owner ends the ceremony with the hash of a block that is announced first, and registers the model.
            Before that the whole setup is derived again from the phase-1 file that it began with.
          </p>
        </div>
        <Seal key={cid} cid={cid} record={record} />
        <details>
          <summary className="w-fit text-quiet text-sm underline underline-offset-4 hover:text-ink">
            Seal from the command line
          </summary>
          <div className="mt-3 grid gap-3">
            <p className="max-w-[70ch] text-quiet text-sm leading-relaxed">It handles keys and files of any size.</p>
            <SnippetBlock
              language="Seal"
              code={`assay model seal ${cid} --phase1 ${phase1File(record)} --key-file owner.json`}
            />
          </div>
        </details>
      </section>
    </div>
  )
}

/** The phase-1 file as its ceremony names it; one of somebody's own has any name. */
function phase1File({ phase1: { name, power } }: CeremonyRecord): string {
  return name === 'local'
    ? 'local.ptau --phase1-local'
    : `powersOfTau28_hez_final_${String(power).padStart(2, '0')}.ptau`
}
