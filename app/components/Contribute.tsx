'use client'
import type { CeremonyRecord } from '@assay/sdk/ceremonyRecord'
import { useCallback, useRef, useState } from 'react'
import { type ContributionStage, contributeHere, type StoredContribution } from '../contributeHere'
import { useMarket } from '../hooks/useNetwork'
import { type EnterStage, useStagedRun } from '../hooks/useStagedRun'
import { useWallet } from '../hooks/useWallet'
import { maxBrowserKeyBytes } from '../prover/limits'
import { Button } from './Button'
import { CopyHex } from './CopyHex'
import { Field } from './Field'
import { Link } from './Link'
import { Notice } from './Notice'
import { Problem } from './Problem'
import { SnippetBlock } from './SnippetBlock'
import { StageList, type StageText } from './StageList'
import { WrongNetwork } from './WrongNetwork'

const stageTexts: Record<ContributionStage, StageText> = {
  fetch: {
    title: 'Fetch the key',
    why: 'Block by block, each checked by its hash; the contributions in it have to be those of the record.',
  },
  multiply: {
    title: 'Multiply by your secret',
    why: 'A program of its own draws the secret, uses it, and ends. The secret is stored nowhere and never leaves.',
  },
  check: {
    title: 'Check the new key',
    why: 'It is the old key and one contribution more: the record goes on, pairings show that your secret is in it, every point is sound, the rest is unchanged.',
  },
  sign: { title: 'Sign for it', why: 'Your wallet signs the hash of your contribution. It costs nothing.' },
  store: { title: 'Store key and record', why: 'With the network’s content service, for the next contributor.' },
}

/** Up to 64 characters that can be printed, as the key's record takes them. */
const namePattern = /^[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u
// More says nothing more: a hash of it goes into the secret.
const mostMovements = 2000

/** Adds the reader's part to a ceremony in this browser, where the key is small enough for one. */
export function Contribute({ record }: { record: CeremonyRecord }) {
  const { network } = useMarket()
  const { address, wrongNetwork, askToConnect, store } = useWallet()
  const [name, setName] = useState('')
  const [typed, setTyped] = useState('')
  const movements = useRef<string[]>([])
  const work = useCallback(
    async (enter: EnterStage<ContributionStage>, signal: AbortSignal) => {
      const client = await store.sender()
      const own = crypto.getRandomValues(new Uint8Array(64)).toString()
      const entropy = [own, typed, ...movements.current].join(' ')
      return contributeHere({ client, network }, { record, name: name.trim(), entropy, enter, signal })
    },
    [store, network, record, name, typed],
  )
  const { run, running, start } = useStagedRun(work)
  const megabytes = (record.files.zkey.bytes / 1e6).toFixed(2)

  if (record.files.zkey.bytes > maxBrowserKeyBytes) {
    return (
      <Notice kind="plain">
        The key has {megabytes} MB, and a browser handles {maxBrowserKeyBytes / 1e6} MB. Use the command below.
      </Notice>
    )
  }
  if (run?.result) return <Contributed stored={run.result} />
  const isName = namePattern.test(name.trim())
  return (
    <div
      className="grid max-w-2xl gap-4"
      onPointerMove={({ nativeEvent: { x, y, timeStamp } }) => {
        if (movements.current.length < mostMovements) movements.current.push(`${x} ${y} ${timeStamp}`)
      }}
    >
      <Field
        label="Your name"
        value={name}
        onChange={setName}
        problem={name === '' || isName ? undefined : 'A name has 1 to 64 characters that can be printed.'}
        hint="By which others know you; it stands in the record for good."
      />
      <Field
        label="Anything at random"
        value={typed}
        onChange={setTyped}
        hint="Your browser draws the secret by itself. What you type, and how you move over this form, is mixed in."
      />
      <p className="text-quiet text-sm leading-relaxed">
        Your browser fetches {megabytes} MB, and stores as much again.
      </p>
      {!address ? (
        <Button kind="main" onClick={askToConnect}>
          Connect a wallet to sign
        </Button>
      ) : wrongNetwork ? (
        <WrongNetwork />
      ) : (
        <Button kind="main" disabled={!isName} pending={running ? 'Contributing…' : undefined} onClick={start}>
          {run ? 'Contribute again' : 'Contribute in this browser'}
        </Button>
      )}
      {run && <StageList run={run} texts={stageTexts} />}
      {run?.error && <Problem what="Your contribution was not added." error={run.error} />}
    </div>
  )
}

function Contributed({ stored: { cid, blake2b, name } }: { stored: StoredContribution }) {
  return (
    <div role="status" className="grid max-w-2xl gap-3" data-contributed={cid}>
      <p className="animate-arrive rounded-md border border-proved bg-proved-wash px-3.5 py-3 font-medium text-proved text-sm leading-normal">
        Your contribution is in, {name}. The secret behind it is gone.
      </p>
      <p className="text-sm leading-relaxed">
        Hand on the new record:{' '}
        <Link to="/owner/" query={{ ceremony: cid }} className="font-medium underline underline-offset-4">
          its page
        </Link>
        , or its content id <CopyHex hex={cid} what="content id of the new record" />.
      </p>
      <p className="text-sm leading-relaxed">
        Publish this hash in a place of your own, so that others see that you stand by it:
      </p>
      <SnippetBlock language="Hash" code={blake2b} />
    </div>
  )
}
