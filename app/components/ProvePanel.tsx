'use client'
import type { Model } from '@assay/sdk/getModel'
import type { Manifest } from '@assay/sdk/manifest'
import { submitSigned } from '@assay/sdk/submitSigned'
import { useCallback } from 'react'
import { type Address as AccountAddress, isAddressEqual, zeroAddress } from 'viem'
import { assuranceKind } from '../assuranceKind'
import { useChainTime } from '../hooks/useChainTime'
import type { WatchedJob } from '../hooks/useJob'
import { type Market, useMarket } from '../hooks/useNetwork'
import { type EnterStage, useStagedRun } from '../hooks/useStagedRun'
import { useWalletState } from '../hooks/useWallet'
import { endWithoutAnswer } from '../jobStages'
import { proofFile } from '../proofFile'
import { type ProvenHere, type ProvingStage, proveHere } from '../proveHere'
import { maxBrowserKeyBytes } from '../prover/limits'
import { saveFile } from '../saveFile'
import { Address } from './Address'
import { Button } from './Button'
import { Notice } from './Notice'
import { Problem } from './Problem'
import { formatSeconds, StageList, type StageText } from './StageList'
import { TransactionButton } from './TransactionButton'

const stageTexts: Record<ProvingStage, StageText> = {
  fetch: {
    title: 'Fetch model, question and key',
    why: 'Each block is checked by its hash, and the key’s own verification key has to be the registered one.',
  },
  compute: { title: 'Run the model', why: 'Every value on the way to the answer is written down: the witness.' },
  prove: {
    title: 'Prove it',
    why: 'A program of its own makes the proof with as many threads as your browser allows.',
  },
  check: { title: 'Ask the chain', why: 'The verifier’s contract checks the proof, as it would if it were handed in.' },
}

type ProvePanelProps = { job: WatchedJob; model: Model; manifest: Manifest }

/** Makes a job's proof in this browser, for who wants to see that it can be made, or to answer a job that nobody took. */
export function ProvePanel({ job, model, manifest }: ProvePanelProps) {
  const { client, network } = useMarket()
  const { order } = job
  const open = useOpenRace(job)
  const worker = open ?? job.claim?.worker ?? job.answer?.worker ?? order.requester
  const work = useCallback(
    (enter: EnterStage<ProvingStage>, signal: AbortSignal) =>
      proveHere({ client, network }, { model, order, worker, enter, signal }),
    [client, network, model, order, worker],
  )
  const { run, running, start, stop } = useStagedRun(work)
  const unfit = whyNotHere(manifest)
  return (
    <section aria-labelledby="prove-title" className="grid gap-4">
      <div>
        <h3 id="prove-title" className="font-semibold">
          Prove it yourself
        </h3>
        <p className="mt-1 max-w-[70ch] text-quiet text-sm leading-relaxed">
          Your browser can make the proof that a worker makes.{' '}
          {open
            ? 'Nobody has taken this job: the first proof settles it, and its maker is paid.'
            : 'It is for you to see and to keep: nothing is handed in.'}{' '}
          {unfit === undefined && `It fetches ${(manifest.files.zkey.bytes / 1e6).toFixed(2)} MB.`}
        </p>
      </div>
      {unfit !== undefined ? (
        <Notice kind="plain">{unfit}</Notice>
      ) : (
        <div className="flex flex-wrap gap-3">
          <Button pending={running ? 'Proving…' : undefined} onClick={start}>
            {run ? 'Prove it again' : 'Prove in this browser'}
          </Button>
          {running && <Button onClick={stop}>Stop</Button>}
        </div>
      )}
      {run && <StageList run={run} texts={stageTexts} />}
      {run?.error && <Problem what="There is no proof." error={run.error} />}
      {run?.result && (
        <Proven
          key={String(run.result.signals.at(-1))}
          proven={run.result}
          milliseconds={run.done.reduce((sum, stage) => sum + stage.milliseconds, 0)}
          job={job}
          canSend={open !== undefined && isAddressEqual(run.result.worker, open)}
        />
      )}
    </section>
  )
}

/** Why a browser cannot prove with the model's key, in a sentence. */
function whyNotHere({ prover, files }: Manifest): string | undefined {
  if (prover === 'native') return 'Only the native prover knows the domain of this model’s key; a worker has it.'
  const { bytes } = files.zkey
  if (bytes <= maxBrowserKeyBytes) return undefined
  return `This model’s key has ${(bytes / 1e6).toFixed(0)} MB, and a browser handles ${maxBrowserKeyBytes / 1e6} MB; a worker proves with it.`
}

/** The connected account where it may win the job by a proof: nobody took it, and it is open to all or to this account. */
function useOpenRace(job: WatchedJob): AccountAddress | undefined {
  const { network } = useMarket()
  const wallet = useWalletState()
  const now = useChainTime()
  return wallet.status === 'connected' && isOpenRace(job, { network, now, account: wallet.address })
    ? wallet.address
    : undefined
}

function isOpenRace(
  job: WatchedJob,
  { network, now, account }: Pick<Market, 'network'> & { now: number; account: AccountAddress },
): boolean {
  const { order, claim, answer } = job
  const isUntaken = !claim && !answer && !endWithoutAnswer(job) && now > 0 && now <= order.claimDeadline
  const isAllowed = [zeroAddress, account].some((allowed) => isAddressEqual(allowed, order.allowedWorker))
  return isUntaken && isAllowed && assuranceKind(network, order.assurance) === 'proof'
}

function Proven({
  proven,
  milliseconds,
  job: { jobId, order, answer },
  canSend,
}: {
  proven: ProvenHere
  milliseconds: number
  job: WatchedJob
  canSend: boolean
}) {
  const { network } = useMarket()
  const { outputs, proof, worker, threads } = proven
  const isSame = !answer || answer.outputs.every((word, at) => word === outputs[at])
  const took = `Proved in ${formatSeconds(milliseconds)} with ${threads === 1 ? 'one thread' : `${threads} threads`}`
  return (
    <div className="grid gap-4">
      <p
        role="status"
        data-proven={isSame ? 'same' : 'different'}
        className={`animate-arrive rounded-md border px-3.5 py-3 font-medium text-sm leading-normal ${isSame ? 'border-proved bg-proved-wash text-proved' : 'border-failed bg-failed-wash text-failed'}`}
      >
        {isSame
          ? `${took}, and the chain’s verifier accepts it.${answer ? ' It is of the worker’s answer.' : ''}`
          : `${took}, and the chain’s verifier accepts it: of another answer than the worker’s. Do not rely on that one.`}
      </p>
      <p className="text-quiet text-sm leading-relaxed">
        The proof is bound to this job and to <Address hex={worker} what="the account it is bound to" />, who alone is
        paid for it.
      </p>
      <div className="flex flex-wrap items-start gap-3">
        <Button
          onClick={() =>
            saveFile(`proof-${jobId.slice(2, 10)}.json`, proofFile({ jobId, modelId: order.modelId, proven }))
          }
        >
          Save the proof
        </Button>
        {canSend && (
          <TransactionButton
            kind="main"
            send={(client, options) =>
              submitSigned(client, { ...options, deployment: network, order, worker, outputs, proof })
            }
          >
            Hand it in and be paid
          </TransactionButton>
        )}
      </div>
    </div>
  )
}
