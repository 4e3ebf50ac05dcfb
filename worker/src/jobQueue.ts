import type { Hex } from 'viem'
import { JobOverError, JobRefusedError, type ReasonCode, RetryableError } from './jobErrors.ts'
import type { WorkerLogger } from './log.ts'
import { backoffMs } from './retry.ts'
import { runJob, serviceOf } from './runJob.ts'
import type { StageParts } from './stageParts.ts'
import type { StoredJob } from './store.ts'

/** Runs open jobs, a few at a time, and decides what an error makes of each. */
export type JobQueue = {
  /** Starts as many open jobs as there is room for; `mayClaim` false leaves out those that are not claimed yet. */
  start: (mayClaim: boolean) => void
  /** Jobs that run now. */
  running: () => Hex[]
  /** Resolves when none runs any more. */
  idle: () => Promise<void>
}

const overStatus: Partial<Record<ReasonCode, StoredJob['status']>> = {
  cancelled: 'over',
  refunded: 'over',
  'due-passed': 'failed',
}

/**
 * Makes the queue; `signals` as {@link runJob} takes them.
 * @param parts `slots` is for how many jobs there is room now, at most `limits.jobs`; claimed jobs have a bond at stake and do not ask
 */
export function createJobQueue(
  parts: StageParts & { slots: () => number },
  signals: { claiming: AbortSignal; working: AbortSignal },
): JobQueue {
  const { store, logger, config, slots } = parts
  const running = new Map<Hex, Promise<void>>()
  // Times that never step: a clock set back must not hold up a claimed job.
  const retries = new Map<Hex, { attempt: number; notBefore: number }>()

  async function run(jobId: Hex): Promise<void> {
    try {
      await runJob(jobId, parts, signals)
      retries.delete(jobId)
    } catch (error) {
      const aborted = signals.working.aborted || (signals.claiming.aborted && store.job(jobId)?.due === undefined)
      if (!aborted) conclude(jobId, error)
    }
  }

  function conclude(jobId: Hex, error: unknown): void {
    const job = store.job(jobId)
    if (job === undefined) return
    // The chain has told meanwhile that it is over.
    if (job.status !== 'open') {
      endTrace(job, job)
      return
    }
    const log = logger.child({ service: serviceOf[job.stage], jobId, stage: job.stage })
    if (error instanceof JobOverError) {
      finish(job, { status: overStatus[error.reason] ?? 'lost', reason: error.reason, detail: error.message })
      log.info({ msg: 'job over', reason: error.reason, detail: error.message })
    } else if (error instanceof JobRefusedError && job.due === undefined) {
      finish(job, { status: 'declined', reason: error.reason, detail: error.message })
      log.info({ msg: 'job declined', reason: error.reason, detail: error.message })
    } else {
      // With a bond at stake even a refusal is worth another try, until the job is due.
      retryLater(jobId, error, log)
    }
  }

  function finish(job: StoredJob, end: Pick<StoredJob, 'status' | 'reason' | 'detail'>): void {
    store.patchJob(job.jobId, end)
    retries.delete(job.jobId)
    endTrace(job, end)
  }

  function endTrace({ jobId, order }: StoredJob, { status, reason }: Pick<StoredJob, 'status' | 'reason'>): void {
    parts.trace.end({ jobId, modelId: order.modelId, outcome: status, reason })
  }

  function retryLater(jobId: Hex, error: unknown, log: WorkerLogger): void {
    const attempt = (retries.get(jobId)?.attempt ?? -1) + 1
    const delayMs = Math.round(backoffMs(attempt))
    retries.set(jobId, { attempt, notBefore: performance.now() + delayMs })
    const known = error instanceof RetryableError || error instanceof JobRefusedError
    const reason = known ? error.reason : 'internal'
    const detail = error instanceof Error ? error.message : String(error)
    store.patchJob(jobId, { reason, detail })
    log.warn({ msg: 'job put off', reason, delayMs, err: error })
  }

  return {
    start: (mayClaim) => {
      if (signals.working.aborted) return
      const room = slots()
      for (const { jobId, due } of store.openJobs()) {
        if (running.size >= config.limits.jobs) return
        const claimed = due !== undefined || parts.outbox.hasPending({ jobId, kind: 'claim' })
        const isDue = (retries.get(jobId)?.notBefore ?? 0) <= performance.now()
        if (running.has(jobId) || !isDue || !(claimed || (mayClaim && running.size < room))) continue
        const work = run(jobId)
          // Only the store can fail here (a full disk): the job stays open, and the next turn tries again.
          .catch((err: unknown) => logger.error({ msg: 'job state not stored', jobId, err }))
          .finally(() => running.delete(jobId))
        running.set(jobId, work)
      }
    },
    running: () => [...running.keys()],
    idle: async () => {
      await Promise.allSettled(running.values())
    },
  }
}
