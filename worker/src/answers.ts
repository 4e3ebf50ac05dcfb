import { type ComputeJob, type ComputeParts, computeAnswer, type RunStage } from './computeAnswer.ts'
import type { ExecutorReport } from './executorMessages.ts'
import type { Store, StoredJob } from './store.ts'

/** A job whose answer is wanted; `stage` notes what is done for it here. */
export type WantedAnswer = ComputeJob & { job: StoredJob; stage: RunStage }

/** Where answers come from: this machine, or a fleet. */
export type Answers = {
  /**
   * Has an answer computed and proved. It is in the store when this resolves, and its proof was verified by this process.
   * It throws JobRefusedError, JobOverError, RetryableError, or the signal's reason.
   */
  answer: (wanted: WantedAnswer, signal: AbortSignal) => Promise<void>
  /** The executors that are there now. */
  executors: () => readonly ExecutorReport[]
}

/** Keeps a verified answer, and that the model's graph and key belong together. */
export function keepAnswer(
  store: Store,
  { job, answer }: { job: StoredJob; answer: NonNullable<StoredJob['answer']> },
): void {
  store.patchJob(job.jobId, { answer })
  store.markProved(job.order.modelId)
}

/**
 * Answers on this machine: the daemon is its own executor. Nothing is queued, as the jobs wait in the store already.
 * @param parts.self what this machine offers, its measured times aside
 */
export function answerHere(
  parts: ComputeParts & { store: Store; self: Omit<ExecutorReport, 'running' | 'computeMs'> },
): Answers {
  const { store, times, self } = parts
  let running = 0
  return {
    answer: async ({ job, stage, ...asked }, signal) => {
      running += 1
      try {
        const answer = await computeAnswer(asked, { ...parts, stage }, signal)
        keepAnswer(store, { job, answer })
      } finally {
        running -= 1
      }
    },
    executors: () => [{ ...self, running, computeMs: times.all(), prover: times.speed() }],
  }
}
