'use client'
import { type DecodedOutput, decodeOutput } from '@assay/sdk/decodeOutput'
import type { Job } from '@assay/sdk/getJob'
import type { Model } from '@assay/sdk/getModel'
import type { Manifest, ManifestInput, ManifestOutput } from '@assay/sdk/manifest'
import { lazy, memo, Suspense, useDeferredValue, useMemo } from 'react'
import type { Hex } from 'viem'
import { isHash } from 'viem'
import { answerMark } from '../answerMark'
import { assuranceKind } from '../assuranceKind'
import { Answer } from '../components/Answer'
import { AnswerPending } from '../components/AnswerPending'
import { CopyHex } from '../components/CopyHex'
import { Empty } from '../components/Empty'
import { JobFacts } from '../components/JobFacts'
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
import { ValueTable } from '../components/ValueTable'
import { VerifyPanel } from '../components/VerifyPanel'
import { useJob, type WatchedJob } from '../hooks/useJob'
import { type JobInput, useJobInput } from '../hooks/useJobInput'
import { useModel } from '../hooks/useModel'
import { useMarket } from '../hooks/useNetwork'
import { useNow } from '../hooks/useNow'
import { useRoute } from '../hooks/useRoute'
import { useToken } from '../hooks/useToken'
import { type ImageSize, imageSize } from '../inputImage'
import { endWithoutAnswer, jobStages } from '../jobStages'
import { shortText } from '../shortText'

// What most jobs never show, and what acts on a job, is loaded when there is cause.
const JobActions = lazy(async () => ({ default: (await import('../components/JobActions')).JobActions }))
const DisputePanel = lazy(async () => ({ default: (await import('../components/DisputePanel')).DisputePanel }))
const RecomputePanel = lazy(async () => ({ default: (await import('../components/RecomputePanel')).RecomputePanel }))
const ProvePanel = lazy(async () => ({ default: (await import('../components/ProvePanel')).ProvePanel }))

/** The job that the address names, or what to do when it names none. */
export function JobView() {
  const { query, known } = useRoute()
  const id = query.get('id')?.toLowerCase()
  if (known && (id === undefined || !isHash(id))) {
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
      lead={
        <>
          One question, its answer, who was paid, and the evidence. Whoever has this address sees the same, and can
          check it.
          <span className="block min-h-6">{id && <CopyHex hex={id} what="job id" />}</span>
        </>
      }
      actions={
        <Link to="/" className="button-quiet">
          Ask something else
        </Link>
      }
    >
      {id && isHash(id) && <WatchedJobView key={id} jobId={id} />}
      <MarketBalance />
    </Page>
  )
}

/** One job, live: its stages, its answer, who was paid, and the means to check it. Anyone with its address sees the same. */
function WatchedJobView({ jobId }: { jobId: Hex }) {
  const { job: watched, times, error, offline } = useJob(jobId)
  const { data: described, error: modelError } = useModel(watched?.order.modelId)
  const { data: input, error: inputError } = useJobInput(watched?.order, described?.manifest.input)
  // The page stands still while it is filled: nothing is shown before what stands above it. It is rendered a little at a time, as it is much for a phone.
  const job = described || modelError ? watched : undefined
  const missing = inputError !== null
  const shown = useDeferredValue(
    useMemo(() => job && { job, times, described, input, missing }, [job, times, described, input, missing]),
  )
  return (
    <div className="grid gap-4">
      {shown?.described && (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
          <Link
            to="/model/"
            query={{ id: shown.described.model.modelId }}
            className="font-medium underline underline-offset-4"
          >
            {shortText(shown.described.manifest.name, 40)}
          </Link>
          <SetupBadge
            kind={shown.described.model.setup.kind}
            contributions={shown.described.model.setup.contributions}
          />
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
      {!shown && !error && <Loading what="Reading the job from the chain" rows={12} />}
      {shown && <JobPanels {...shown} />}
    </div>
  )
}

type Described = { model: Model; manifest: Manifest }

type JobPanelsProps = {
  job: WatchedJob
  times: ReadonlyMap<bigint, number>
  described: Described | undefined
  input: JobInput | undefined
  missing: boolean
}

const JobPanels = memo(function JobPanels({ job, times, described, input, missing }: JobPanelsProps) {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <div className="grid min-w-0 gap-4 lg:order-2">
        <QuestionAndAnswer job={job} described={described} input={input} missing={missing} />
        <RecomputedPanel job={job} described={described} />
        <PendingPanel job={job} />
      </div>
      <div className="grid min-w-0 gap-4">
        <Panel>
          <Timeline job={job} times={times} />
          {!job.answer && !endWithoutAnswer(job) && (
            <Suspense>
              <JobActions job={job} />
            </Suspense>
          )}
        </Panel>
        {job.payout && described && <PaidPanel job={job} payout={job.payout} owner={described.model.owner} />}
      </div>
      <div className="grid min-w-0 gap-4 lg:order-3 lg:col-span-2">
        {job.answer && job.payout && (
          <Panel>
            <VerifyPanel
              jobId={job.jobId}
              modelId={job.order.modelId}
              outputs={job.answer.outputs}
              setup={described?.model.setup.kind}
            />
          </Panel>
        )}
        <ProvingPanel job={job} described={described} />
        <FactsPanel job={job} inputCid={input?.cid} />
      </div>
    </div>
  )
})

function QuestionAndAnswer({
  job,
  described,
  input,
  missing,
}: {
  job: WatchedJob
  described: Described | undefined
  input: JobInput | undefined
  missing: boolean
}) {
  const decoded = useDecoded(job, described?.manifest.output)
  const size = useImageSize(described?.manifest.input)
  const question = size && <Question input={input} size={size} missing={missing} />
  return (
    <>
      <Panel>
        {decoded instanceof Error && <Problem what="The answer cannot be read." error={decoded} />}
        {decoded && !(decoded instanceof Error) ? (
          <Answer question={question} output={decoded} mark={answerMark(job)} />
        ) : (
          <AnswerPending question={question} ended={endWithoutAnswer(job) !== undefined} />
        )}
      </Panel>
      {described && !size && input && (
        <Panel title="Question">
          <ValueTable label="The values that were asked about" values={input.reals} />
        </Panel>
      )}
    </>
  )
}

/** A dispute, or what may become one, with what each side has to do; nothing for an answer that came with its proof. */
function PendingPanel({ job }: { job: WatchedJob }) {
  if (job.payout || job.answer?.pendingUntil === undefined) return null
  return (
    <Panel title="Until this answer is final">
      <Suspense fallback={<Loading what="Loading what each side can do" rows={4} />}>
        <DisputePanel job={job} />
      </Suspense>
    </Panel>
  )
}

/** An answer that came without a proof is checked by running the model. */
function RecomputedPanel({ job: { answer, order }, described }: { job: WatchedJob; described: Described | undefined }) {
  if (answer?.pendingUntil === undefined || !described) return null
  return (
    <Panel>
      <Suspense fallback={<Loading what="Loading what runs the model" rows={3} />}>
        <RecomputePanel
          model={described.model}
          order={order}
          answered={answer.outputs}
          output={described.manifest.output}
        />
      </Suspense>
    </Panel>
  )
}

function ProvingPanel({ job, described }: { job: WatchedJob; described: Described | undefined }) {
  if (!described) return null
  return (
    <Panel>
      <Suspense fallback={<Loading what="Loading what proves" rows={2} />}>
        <ProvePanel job={job} {...described} />
      </Suspense>
    </Panel>
  )
}

function PaidPanel({ job, payout, owner }: { job: WatchedJob; payout: NonNullable<Job['payout']>; owner: Hex }) {
  const token = useToken(job.order.token)
  if (!token) return null
  return (
    <Panel>
      <Payouts payout={payoutOf(job, { payout, owner })} token={token} />
    </Panel>
  )
}

function FactsPanel({ job, inputCid }: { job: WatchedJob; inputCid: string | undefined }) {
  const token = useToken(job.order.token)
  return (
    <Panel title="The order">
      {token ? <JobFacts job={job} token={token} inputCid={inputCid} /> : <Loading what="Reading the token" />}
    </Panel>
  )
}

function Timeline({ job, times }: { job: WatchedJob; times: ReadonlyMap<bigint, number> }) {
  const { network } = useMarket()
  const now = useNow(1)
  const token = useToken(job.order.token)
  const assurance = assuranceKind(network, job.order.assurance)
  return <JobStages stages={jobStages(job, { times, now, assurance, token })} />
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

/** Size of the model's input where that is an image. */
function useImageSize(input: ManifestInput | undefined): ImageSize | undefined {
  return useMemo(() => (input?.kind === 'image' ? imageSize(input.shape) : undefined), [input])
}

function payoutOf(
  { order, claim, answer, events }: WatchedJob,
  { payout, owner }: { payout: NonNullable<Job['payout']>; owner: Hex },
): Payout {
  const { worker, workerShare, royalty, fee } = payout
  return {
    escrow: order.maxPrice,
    proved: answer?.pendingUntil === undefined,
    payees: events.flatMap((event) =>
      event.name === 'PayeePaid' ? [{ address: event.payee, amount: event.amount }] : [],
    ),
    worker: { address: worker, amount: workerShare },
    royalty: { address: owner, amount: royalty },
    fee,
    surplus: { address: order.requester, amount: order.maxPrice - (claim?.price ?? workerShare + royalty + fee) },
  }
}
