'use client'
import { type DecodedOutput, decodeOutput } from '@assay/sdk/decodeOutput'
import type { ManifestOutput } from '@assay/sdk/manifest'
import { type ReactNode, useMemo } from 'react'
import type { Hex } from 'viem'
import { explainError } from '../explainError'
import { useJob, type WatchedJob } from '../hooks/useJob'
import { useJobInput } from '../hooks/useJobInput'
import { useModel } from '../hooks/useModel'
import { useNow } from '../hooks/useNow'
import { endWithoutAnswer, jobStages } from '../jobStages'
import { shortText } from '../shortText'
import { Answer } from './Answer'
import { AnswerPending } from './AnswerPending'
import { CopyHex } from './CopyHex'
import { JobActions } from './JobActions'
import { JobStages } from './JobStages'
import { Message } from './Message'
import { Notice } from './Notice'
import { type Payout, Payouts } from './Payouts'
import { Question } from './Question'
import { SetupBadge } from './SetupBadge'
import { VerifyPanel } from './VerifyPanel'

type JobViewProps = { jobId: Hex; onClose: () => void; onConnect: () => void }

/** One job, live: its stages, its answer, who was paid, and the means to check it. Anyone with its address sees the same. */
export function JobView({ jobId, onClose, onConnect }: JobViewProps) {
  const { job, times, error, offline } = useJob(jobId)
  const { data: described, error: modelError } = useModel(job?.order.modelId)
  const { data: input, error: inputError } = useJobInput(job?.order, described?.manifest.input)
  const decoded = useDecoded(job, described?.manifest.output)
  const output = decoded instanceof Error ? undefined : decoded

  const question = <Question input={input} missing={inputError !== null} />

  return (
    <article className="grid gap-4 pt-2">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <button type="button" className="button-quiet" onClick={onClose}>
          <span aria-hidden="true">←</span> Ask something else
        </button>
        <h1 ref={takeFocus} tabIndex={-1} className="text-quiet text-sm outline-none">
          Job <CopyHex hex={jobId} what="job id" />
        </h1>
        {described && (
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm sm:ml-auto">
            <span className="font-medium">{shortText(described.manifest.name, 40)}</span>
            <SetupBadge kind={described.model.setup.kind} contributions={described.model.setup.contributions} />
          </p>
        )}
      </div>

      {error && (
        <Notice kind="failed">
          <Message text={explainError(error)} />
        </Notice>
      )}
      {offline && (
        <Notice kind="caution">
          The chain does not answer at the moment. What you see may be old; it goes on by itself when the chain is back.
        </Notice>
      )}
      {modelError && (
        <Notice kind="failed">
          The model’s description cannot be read. <Message text={explainError(modelError)} />
        </Notice>
      )}
      {inputError && (
        <Notice kind="failed">
          The question cannot be shown. <Message text={explainError(inputError)} />
        </Notice>
      )}
      {!job && !error && <p className="sheet animate-waiting p-8 text-quiet">Reading the job from the chain…</p>}

      {job && (
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <div className="grid min-w-0 gap-4 lg:order-2">
            <Sheet>
              {decoded instanceof Error && (
                <Notice kind="failed">
                  The answer cannot be read. <Message text={explainError(decoded)} />
                </Notice>
              )}
              {output ? (
                <Answer
                  question={question}
                  output={output}
                  block={job.events.find((event) => event.name === 'JobAnswered')?.blockNumber}
                />
              ) : (
                <AnswerPending question={question} ended={endWithoutAnswer(job) !== undefined} />
              )}
            </Sheet>
          </div>
          <div className="grid min-w-0 gap-4">
            <Sheet>
              <Timeline job={job} times={times} />
              <JobActions job={job} onConnect={onConnect} />
            </Sheet>
            {job.payout && described && (
              <Sheet>
                <Payouts payout={payoutOf(job, job.payout, described.model.owner)} />
              </Sheet>
            )}
          </div>
          {job.answer && job.payout && (
            <div className="min-w-0 lg:order-3 lg:col-span-2">
              <Sheet>
                <VerifyPanel
                  jobId={jobId}
                  modelId={job.order.modelId}
                  outputs={job.answer.outputs}
                  setup={described?.model.setup.kind}
                />
              </Sheet>
            </div>
          )}
        </div>
      )}
    </article>
  )
}

/** The button that led here is gone, so a reader of the screen or the keyboard goes on from the heading. */
function takeFocus(heading: HTMLElement | null) {
  if (document.activeElement === document.body) heading?.focus({ preventScroll: true })
}

function Sheet({ children }: { children: ReactNode }) {
  return <div className="sheet grid min-w-0 gap-5 p-4 sm:p-6">{children}</div>
}

function Timeline({ job, times }: { job: WatchedJob; times: ReadonlyMap<bigint, number> }) {
  const now = useNow(1)
  return <JobStages stages={jobStages(job, times, now)} />
}

/** The answer in real values, nothing while there is none; or why its words are not what the manifest says. */
function useDecoded(
  job: WatchedJob | undefined,
  output: ManifestOutput | undefined,
): DecodedOutput | Error | undefined {
  const words = job?.answer?.outputs
  return useMemo(() => {
    if (!words || !output) return undefined
    try {
      return decodeOutput(output, words)
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }, [words, output])
}

function payoutOf(
  { order, claim }: WatchedJob,
  { worker, workerShare, royalty, fee }: NonNullable<WatchedJob['payout']>,
  owner: Hex,
): Payout {
  return {
    escrow: order.maxPrice,
    worker: { address: worker, amount: workerShare },
    royalty: { address: owner, amount: royalty },
    fee,
    surplus: { address: order.requester, amount: order.maxPrice - (claim?.price ?? workerShare + royalty + fee) },
  }
}
