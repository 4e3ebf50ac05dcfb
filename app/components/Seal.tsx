'use client'
import type { CeremonyRecord } from '@assay/sdk/ceremonyRecord'
import { useCallback, useEffect, useId, useMemo, useState } from 'react'
import { isAddressEqual } from 'viem'
import { useMarket } from '../hooks/useNetwork'
import { type EnterStage, useStagedRun } from '../hooks/useStagedRun'
import { useWallet } from '../hooks/useWallet'
import type { SealedModel, SealStage } from '../sealHere'
import { sealingLimit } from '../sealingLimit'
import { sealNotes } from '../sealNotes'
import { shortText } from '../shortText'
import { Address } from './Address'
import { Button } from './Button'
import { CopyHex } from './CopyHex'
import { Link } from './Link'
import { Notice } from './Notice'
import { Problem } from './Problem'
import { StageList, type StageText } from './StageList'
import { WrongNetwork } from './WrongNetwork'

const stageTexts: Record<SealStage, StageText> = {
  fetch: {
    title: 'Fetch key and model',
    why: 'Block by block, each checked by its hash; the contributions in the key have to be those of the record.',
  },
  phase1: {
    title: 'Read your phase-1 file',
    why: 'Its power and its hash have to be those that the record names. It stays in this browser.',
  },
  announce: {
    title: 'Announce a block, and wait for it',
    why: 'Your transaction names this record and a block to come, so that neither can be chosen once its hash is known.',
  },
  seal: {
    title: 'Seal the key with its hash',
    why: 'The hash is applied as a last contribution, which anyone can compute again. Nothing may follow it.',
  },
  verify: {
    title: 'Verify the whole setup',
    why: 'The first key is derived again from the model and the phase-1 file; every point and every contribution since is checked. It can take minutes.',
  },
  prove: {
    title: 'Prove a sample',
    why: 'The registry wants to see that the key works; the proof is checked here before it is sent.',
  },
  store: { title: 'Store model, key and record', why: 'With the network’s content service; every byte is read back.' },
  register: {
    title: 'Register the model',
    why: 'In one transaction, with the hash of all that was verified. It is for sale from then on.',
  },
}

/** Ends a ceremony in this browser, where key and phase-1 file are small enough for one and its owner is connected. */
export function Seal({ cid, record }: { cid: string; record: CeremonyRecord }) {
  const { address, askToConnect } = useWallet()
  const unfit = sealingLimit(record)
  if (unfit !== undefined) return <Notice kind="plain">{unfit}</Notice>
  if (record.contributions.length === 0) {
    return <Notice kind="plain">Nobody has contributed yet. Whoever runs a setup alone can forge with it.</Notice>
  }
  if (!address) return <Button onClick={askToConnect}>Connect the owner’s wallet to seal</Button>
  if (!isAddressEqual(address, record.owner)) {
    return (
      <Notice kind="plain">
        Only the account that began it can seal it: <Address hex={record.owner} what="the owner’s address" />. Another
        one is connected.
      </Notice>
    )
  }
  return <SealForm cid={cid} record={record} />
}

function SealForm({ cid, record }: { cid: string; record: CeremonyRecord }) {
  const { client: reader, network } = useMarket()
  const { wrongNetwork, store } = useWallet()
  const [phase1File, choose] = useState<File>()
  const notes = useMemo(() => sealNotes(cid), [cid])
  const [announced, setAnnounced] = useState<string>()
  const work = useCallback(
    async (enter: EnterStage<SealStage>, signal: AbortSignal) => {
      if (!phase1File) throw new TypeError('The button asks for a file before it can be pressed.')
      const [client, { sealHere }] = await Promise.all([store.sender(), import('../sealHere')])
      return sealHere({ client, reader, network }, { cid, record, phase1File, notes, enter, signal })
    },
    [store, reader, network, cid, record, phase1File, notes],
  )
  const { run, running, start } = useStagedRun(work)
  useEffect(() => {
    notes.announcement.read().then(setAnnounced)
  }, [notes])
  const isBegun = announced !== undefined || run?.done.some(({ name }) => name === 'announce')
  if (run?.result) return <Sealed sealed={run.result} />
  return (
    <div className="grid max-w-2xl gap-4">
      {announced && !run && (
        <Notice kind="plain">
          You announced a block in transaction <Address hex={announced} kind="tx" what="the announcement" />. Choose the
          file again, and sealing goes on from there.
        </Notice>
      )}
      <Phase1Field record={record} file={phase1File} disabled={running} onChoose={choose} />
      {wrongNetwork ? (
        <WrongNetwork />
      ) : (
        <Button kind="main" disabled={!phase1File} pending={running ? 'Sealing…' : undefined} onClick={start}>
          {isBegun ? 'Go on sealing' : 'Seal and register'}
        </Button>
      )}
      {run && <StageList run={run} texts={stageTexts} />}
      {run?.error && <Problem what="The ceremony is not sealed." error={run.error} />}
    </div>
  )
}

/** The reader's own copy: tens of megabytes that the page does not fetch from anybody. */
function Phase1Field({
  record: { phase1 },
  file,
  disabled,
  onChoose,
}: {
  record: CeremonyRecord
  file: File | undefined
  disabled: boolean
  onChoose: (file: File | undefined) => void
}) {
  const id = useId()
  const wanted = phase1.name === 'local' ? 'the one that you began with' : shortText(phase1.name, 40)
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className="font-medium text-sm">
        Phase-1 file
      </label>
      <input
        id={id}
        type="file"
        accept=".ptau"
        disabled={disabled}
        aria-describedby={`${id}-note`}
        className="min-w-0 rounded-md border border-edge bg-ground p-1.5 text-sm file:mr-3 file:min-h-8 file:rounded file:border-0 file:bg-sunken file:px-3 file:font-medium file:text-ink"
        onChange={(event) => onChoose(event.target.files?.[0])}
      />
      <p id={`${id}-note`} className="text-quiet text-sm leading-normal">
        {file
          ? `${(file.size / 1e6).toFixed(2)} MB, read here and sent nowhere.`
          : `From your disk: ${wanted}, for up to 2^${phase1.power} rows.`}
      </p>
    </div>
  )
}

function Sealed({ sealed: { model, ceremonyCid } }: { sealed: SealedModel }) {
  const { modelId, setup } = model
  return (
    <div role="status" className="grid max-w-2xl gap-3" data-sealed={modelId}>
      <p className="animate-arrive rounded-md border border-proved bg-proved-wash px-3.5 py-3 font-medium text-proved text-sm leading-normal">
        The setup is sealed and verified, and the model is registered{' '}
        {setup.kind === 'ceremony'
          ? `with a ceremony of ${setup.contributions}.`
          : 'as owner-only: one party could know the secret of its setup.'}
      </p>
      <p className="text-sm leading-relaxed">
        See{' '}
        <Link to="/model/" query={{ id: modelId }} className="font-medium underline underline-offset-4">
          the model’s page
        </Link>{' '}
        and{' '}
        <Link to="/owner/" query={{ ceremony: ceremonyCid }} className="font-medium underline underline-offset-4">
          the record of its setup
        </Link>
        , by its content id <CopyHex hex={ceremonyCid} what="content id of the sealed record" />.
      </p>
    </div>
  )
}
