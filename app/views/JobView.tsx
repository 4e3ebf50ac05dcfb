'use client'
import { type DecodedOutput, decodeOutput } from '@assay/sdk/decodeOutput'
import type { ManifestOutput } from '@assay/sdk/manifest'
import { useMemo } from 'react'
import type { Hex } from 'viem'
import { isHash } from 'viem'
import { Answer } from '../components/Answer'
import { AnswerPending } from '../components/AnswerPending'
import { CopyHex } from '../components/CopyHex'
import { Empty } from '../components/Empty'
import { JobActions } from '../components/JobActions'
import { JobStages } from '../components/JobStages'
import { Link } from '../components/Link'
import { Loading } from '../components/Loading'
import { MarketBalance } from '../components/MarketBalance'
import { Notice } from '../components/Notice'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { type Payout, Payouts } from '../components/Payouts'
import { Problem } from '../components/Problem'
import { Question } from '../components/Question'
import { SetupBadge } from '../components/SetupBadge'
import { VerifyPanel } from '../components/VerifyPanel'
import { useJob, type WatchedJob } from '../hooks/useJob'
import { useJobInput } from '../hooks/useJobInput'
import { useModel } from '../hooks/useModel'
import { useNow } from '../hooks/useNow'
import { useRoute } from '../hooks/useRoute'
import { endWithoutAnswer, jobStages } from '../jobStages'
import { shortText } from '../shortText'

/** The job that the address names, or what to do when it names none. */
export function JobView() {
  const { query } = useRoute()
  const id = query.get('id')?.toLowerCase()
  if (id === undefined || !isHash(id)) {
    return (
      <Page title="Job" offline>
        <Empty
          title={id === undefined ? 'No job is named' : 'This is no job’s id'}
          action={
            <Link to="/jobs/" className="button-quiet">
              See all jobs
            </Link>
          }
        >
          A job’s page has its id in the address, 0x and 64 digits. Every job of the market is in the list of jobs.
        </Empty>
      </Page>
    )
  }
  return (
    <Page
      title="Job"
      lead={<CopyHex hex={id} what="job id" />}
      actions={
        <Link to="/" className="button-quiet">
          Ask something else
        </Link>
      }
    >
      <WatchedJobView key={id} jobId={id} />
      <MarketBalance />
    </Page>
  )
}

/** One job, live: its stages, its answer, who was paid, and the means to check it. Anyone with its address sees the same. */
function WatchedJobView({ jobId }: { jobId: Hex }) {
  const { job, times, error, offline } = useJob(jobId)
  const { data: described, error: modelError } = useModel(job?.order.modelId)
  const { data: input, error: inputError } = useJobInput(job?.order, described?.manifest.input)
  const decoded = useDecoded(job, described?.manifest.output)
  const output = decoded instanceof Error ? undefined : decoded

  const question = <Question input={input} missing={inputError !== null} />

  return (
    <div className="grid gap-4">
      {described && (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
          <Link
            to="/model/"
            query={{ id: described.model.modelId }}
            className="font-medium underline underline-offset-4"
          >
            {shortText(described.manifest.name, 40)}
          </Link>
          <SetupBadge kind={described.model.setup.kind} contributions={described.model.setup.contributions} />
        </p>
      )}
      {error && <Problem error={error} />}
      {offline && (
        <Notice kind="caution">
          The chain does not answer at the moment. What you see may be old; it goes on by itself when the chain is back.
        </Notice>
      )}
      {modelError && <Problem what="The model’s description cannot be read." error={modelError} />}
      {inputError && <Problem what="The question cannot be shown." error={inputError} />}
      {!job && !error && <Loading what="Reading the job from the chain" />}

      {job && (
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <div className="grid min-w-0 gap-4 lg:order-2">
            <Panel>
              {decoded instanceof Error && <Problem what="The answer cannot be read." error={decoded} />}
              {output ? (
                <Answer
                  question={question}
                  output={output}
                  block={job.events.find((event) => event.name === 'JobAnswered')?.blockNumber}
                />
              ) : (
                <AnswerPending question={question} ended={endWithoutAnswer(job) !== undefined} />
              )}
            </Panel>
          </div>
          <div className="grid min-w-0 gap-4">
            <Panel>
              <Timeline job={job} times={times} />
              <JobActions job={job} />
            </Panel>
            {job.payout && described && (
              <Panel>
                <Payouts payout={payoutOf(job, job.payout, described.model.owner)} />
              </Panel>
            )}
          </div>
          {job.answer && job.payout && (
            <div className="min-w-0 lg:order-3 lg:col-span-2">
              <Panel>
                <VerifyPanel
                  jobId={jobId}
                  modelId={job.order.modelId}
                  outputs={job.answer.outputs}
                  setup={described?.model.setup.kind}
                />
              </Panel>
            </div>
          )}
        </div>
      )}
    </div>
  )
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
