import type { WorkerStatus } from '@assay/sdk/readWorkerStatus'
import type { Answers } from './answers.ts'
import type { Endpoints } from './endpoints.ts'
import type { Fleet } from './fleet.ts'
import type { Health } from './health.ts'
import type { JobSlots } from './jobSlots.ts'
import type { LoopLag } from './loopLag.ts'
import type { ModelCache } from './modelCache.ts'
import type { Compute } from './openCompute.ts'
import type { ResourceUsage } from './resourceUsage.ts'
import type { Sandbox } from './sandbox/createSandbox.ts'
import type { StatusPages } from './statusServer.ts'
import type { Store, StoredJob } from './store.ts'
import { workerMetrics } from './workerMetrics.ts'
import { keyAge, workerStatus } from './workerStatus.ts'

/** What the worker's pages are read from. */
export type StatusSources = {
  health: Health
  store: Pick<
    Store,
    | 'counts'
    | 'reasonCounts'
    | 'declinedCounts'
    | 'earnings'
    | 'provingTimes'
    | 'openJobs'
    | 'cursor'
    | 'outboxCounts'
    | 'recentJobs'
  >
  cache: Pick<ModelCache, 'bytes' | 'counts'>
  sandbox: Pick<Sandbox, 'rung' | 'detail' | 'waiting' | 'violations' | 'memory'>
  processes: Compute['processes']
  slots: JobSlots
  answers: Pick<Answers, 'executors'>
  /** Where others compute; undefined while this process does. */
  fleet: Pick<Fleet, 'counts'> | undefined
  resources: () => ResourceUsage
  loopLag: Pick<LoopLag, 'quantiles'>
  running: () => string[]
  endpoints: Pick<Endpoints, 'states'>
  /** What does not change while it runs; `startedAt` in milliseconds. */
  identity: {
    network: { name: string; chainId: number }
    signer: string
    startedAt: number
    keyCreatedAt?: string | undefined
  }
  /** What the chain said of the account a few seconds ago at most; undefined before its first answer. */
  account: () => Promise<WorkerStatus['account']>
}

const jobsShown = 200

/** The pages of the machine that signs: /health, /status, /jobs and its metrics. */
export function workerPages(sources: StatusSources): StatusPages {
  const { health, store, running } = sources
  return {
    health,
    metrics: () => workerMetrics(sources),
    json: {
      '/health': () => healthReport(sources),
      '/status': () => workerStatus(sources),
      '/jobs': () => store.recentJobs(jobsShown).map((job) => shownJob(job, running())),
    },
  }
}

/** Dependency by dependency, and what stands behind them: each RPC endpoint, the sandbox, the key. */
function healthReport(sources: StatusSources) {
  const { health, endpoints, sandbox } = sources
  return {
    ready: health.ready(),
    dependencies: health.states(),
    endpoints: endpoints.states(),
    sandbox: { rung: sandbox.rung, waiting: sandbox.waiting() },
    key: keyAge(sources),
  }
}

function shownJob(job: StoredJob, running: readonly string[]) {
  const {
    jobId,
    status,
    stage,
    reason,
    detail,
    price,
    due,
    settlement,
    settledIn,
    durations,
    requestBlock,
    updatedAt,
  } = job
  const { requester, modelId } = job.order
  return {
    jobId,
    status,
    stage,
    running: running.includes(jobId),
    reason,
    detail,
    requester,
    modelId,
    requestBlock,
    price,
    due,
    outputs: job.answer?.outputs,
    settlement,
    settledIn,
    durations,
    updatedAt,
  }
}
