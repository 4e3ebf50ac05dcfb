import { decodeProof, type Proof } from '@assay/circuits/proof'
import type { Hex } from 'viem'
import { type Answers, keepAnswer, type WantedAnswer } from './answers.ts'
import type { Checks } from './createChecks.ts'
import { decodeReport, decodeResult, type ExecutorReport, type ExecutorResult, encodeItem } from './executorMessages.ts'
import { JobOverError, JobRefusedError, RetryableError } from './jobErrors.ts'
import type { WorkerLogger } from './log.ts'
import type { WorkQueue } from './queue.ts'
import { pause } from './retry.ts'
import type { ProvedAnswer, Store } from './store.ts'

/** An executor's result is not an answer to the job: nothing of it is signed, and another executor is asked. */
export class ExecutorResultError extends Error {
  override readonly name = 'ExecutorResultError'
  readonly jobId: Hex
  readonly executor: string

  constructor({ jobId, executor, fact, cause }: { jobId: Hex; executor: string; fact: string; cause?: unknown }) {
    super(`Executor ${executor} handed in for job ${jobId} what ${fact}; look at that machine.`, { cause })
    this.jobId = jobId
    this.executor = executor
  }
}

/** What became of results: `accepted` and `failed` ended a computation, `refused` were wrong, `unwanted` came late or twice. */
export type ResultOutcome = 'accepted' | 'failed' | 'refused' | 'unwanted'

/** The fleet as the machine that watches and signs sees it. */
export type Fleet = Answers & {
  /** Collects results and looks after the queue until stopped; tells each time how it stands. */
  run: (report: (state: { ok: boolean; detail: string }) => void, signal: AbortSignal) => Promise<void>
  counts: () => {
    items: { waiting: number; running: number; finished: number }
    results: Record<ResultOutcome, number>
  }
}

type Waiting = { wanted: WantedAnswer; refused: Set<string>; wake: () => void }

/** Between two looks at finished results, in milliseconds. */
const collectMs = 200
/** Between two looks at the executors; what waits is put again as often, in case the queue's server lost it. */
const refreshMs = 2000
/** Inputs up to here travel with their item. */
const maxInlineBytes = 256 * 1024

/** Makes the fleet's side of the machine that signs. What an executor hands in is only believed once its proof was verified here. */
export function createFleet({
  queue,
  store,
  checks,
  logger,
}: {
  queue: WorkQueue
  store: Store
  checks: Pick<Checks, 'verifyProof'>
  logger: WorkerLogger
}): Fleet {
  const waiting = new Map<Hex, Waiting>()
  const results: Record<ResultOutcome, number> = { accepted: 0, failed: 0, refused: 0, unwanted: 0 }
  let items = { waiting: 0, running: 0, finished: 0 }
  let executors: { name: string; report: ExecutorReport }[] = []

  /** Keeps the first result for a job that wants one; others have come to nothing. */
  function take({ id, result }: { id: string; result: string }): void {
    // Ids in the queue are those of jobs; one that is not is no job's.
    const job = store.job(id as Hex)
    const isWanted = job !== undefined && job.status === 'open' && job.answer === undefined
    if (!isWanted || store.results.offer({ id, result }) !== 'accepted') {
      results.unwanted += 1
      logger.info({ msg: 'result not wanted', jobId: id })
      return
    }
    waiting.get(job.jobId)?.wake()
  }

  async function put({ wanted, refused }: Waiting): Promise<void> {
    const { job, model, input, binding } = wanted
    const { inputCid, inputCommitment, inputRoot } = job.order
    const bytes = input.length <= maxInlineBytes ? input : undefined
    const { modelId, owner, graphId, keyHash, manifestCid } = model.registered
    // When nobody else is there, those whose result was of no use have another try.
    const others = executors.some(({ name }) => !refused.has(name))
    const payload = encodeItem({
      jobId: job.jobId,
      model: { modelId, owner, graphId, keyHash, manifestCid },
      input: { inputCid, inputCommitment, inputRoot, bytes },
      binding,
      refused: others ? [...refused] : [],
    })
    await queue.put({ id: job.jobId, payload })
  }

  async function refresh(): Promise<void> {
    executors = (await queue.announced()).flatMap(({ name, report }) => {
      try {
        return [{ name, report: decodeReport(report) }]
      } catch (err) {
        logger.warn({ msg: 'executor not understood', executor: name, err })
        return []
      }
    })
    items = await queue.counts()
    for (const one of waiting.values()) {
      // A result that is here is being looked at, or was taken.
      const { jobId } = one.wanted.job
      const isAnswered = store.results.result(jobId) !== undefined || store.job(jobId)?.answer !== undefined
      if (!isAnswered) await put(one)
    }
  }

  /** Why nobody needs to wait for a job's answer any more. */
  function endOf(jobId: Hex): Error | undefined {
    const job = store.job(jobId)
    if (job === undefined || job.status !== 'open') {
      return new JobOverError({ reason: job?.reason ?? 'internal', detail: `Job ${jobId} is over.` })
    }
    const now = Date.now() / 1000
    if (now > (job.due ?? job.order.claimDeadline)) {
      return new RetryableError({ reason: 'no-capacity', detail: `No executor answered job ${jobId} in time.` })
    }
    if (job.due === undefined && executors.length === 0) {
      return new RetryableError({ reason: 'no-capacity', detail: 'No executor is there; start one.' })
    }
    return undefined
  }

  /** The stored result of a job, verified and kept; undefined when there is none yet or it was of no use. */
  async function settleResult({ wanted, refused }: Waiting): Promise<ExecutorResult | undefined> {
    const { job } = wanted
    const text = store.results.result(job.jobId)
    if (text === undefined) return undefined
    try {
      const result = await checkedResult(text, wanted, checks)
      if ('failure' in result) {
        results.failed += 1
        refused.add(result.executor)
        const another = executors.some(({ name }) => !refused.has(name))
        logger.warn({ msg: 'executor failed', jobId: job.jobId, executor: result.executor, ...result.failure })
        return another ? undefined : result
      }
      const { outputs, proof, durations } = result
      keepAnswer(store, { job, answer: { outputs, proof } })
      store.patchJob(job.jobId, { durations: { ...store.job(job.jobId)?.durations, ...durations } })
      results.accepted += 1
      logger.info({ msg: 'result accepted', jobId: job.jobId, executor: result.executor, ...durations })
      return result
    } catch (err) {
      if (!(err instanceof ExecutorResultError)) throw err
      results.refused += 1
      refused.add(err.executor)
      logger.error({ msg: 'result refused', jobId: job.jobId, executor: err.executor, err })
      return undefined
    } finally {
      store.results.forget(job.jobId)
    }
  }

  async function waitFor(one: Waiting, signal: AbortSignal): Promise<void> {
    const { jobId } = one.wanted.job
    const early = await settleResult(one)
    if (early !== undefined) return failUnlessAnswered(early)
    await put(one).catch((err: unknown) => logger.warn({ msg: 'item not put yet', jobId, err }))
    for (;;) {
      const arrival = Promise.withResolvers<void>()
      one.wake = arrival.resolve
      const result = await settleResult(one)
      if (result !== undefined) return failUnlessAnswered(result)
      signal.throwIfAborted()
      const end = endOf(jobId)
      if (end !== undefined) throw end
      await Promise.race([arrival.promise, pause(refreshMs, signal)])
    }
  }

  return {
    answer: async (wanted, signal) => {
      const { jobId } = wanted.job
      const one: Waiting = { wanted, refused: new Set(), wake: () => undefined }
      waiting.set(jobId, one)
      try {
        await wanted.stage('runInference', () => waitFor(one, signal))
      } finally {
        waiting.delete(jobId)
        // A claimed job is asked for again; any other is nobody's business any more.
        if (store.job(jobId)?.due === undefined) void queue.drop(jobId).catch(() => undefined)
      }
    },
    executors: () => executors.map(({ report }) => report),
    counts: () => ({ items, results: { ...results } }),
    run: async (report, signal) => {
      let refreshedAt = Number.NEGATIVE_INFINITY
      while (!signal.aborted) {
        try {
          await queue.collect(take)
          if (performance.now() - refreshedAt >= refreshMs) {
            await refresh()
            refreshedAt = performance.now()
          }
          const ok = executors.length > 0
          report({ ok, detail: ok ? `${executors.length} executors are there` : 'no executor is there; start one' })
        } catch (err) {
          executors = []
          report({ ok: false, detail: err instanceof Error ? err.message : String(err) })
          logger.warn({ msg: 'queue unavailable', err })
        }
        await pause(collectMs, signal)
      }
    },
  }
}

function failUnlessAnswered(result: ExecutorResult): void {
  if (!('failure' in result)) return
  const { reason, detail, mayPass } = result.failure
  const details = { reason, detail: `Executor ${result.executor}: ${detail}` }
  throw mayPass ? new RetryableError(details) : new JobRefusedError(details)
}

/**
 * Reads a result and verifies its proof with the key that the chain holds, for the input and the binding of this job and this worker.
 * @throws ExecutorResultError
 */
async function checkedResult(
  text: string,
  { job, model, inputCommitment, binding }: Pick<WantedAnswer, 'job' | 'model' | 'inputCommitment' | 'binding'>,
  { verifyProof }: Pick<Checks, 'verifyProof'>,
): Promise<ExecutorResult> {
  const { jobId } = job
  let result: ExecutorResult
  try {
    result = decodeResult(text)
  } catch (cause) {
    throw new ExecutorResultError({ jobId, executor: 'unknown', fact: 'cannot be read', cause })
  }
  if ('failure' in result) return result
  const { executor, outputs, proof } = result
  if (outputs.length !== model.signals.output.words) {
    const fact = `has ${outputs.length} output words instead of ${model.signals.output.words}`
    throw new ExecutorResultError({ jobId, executor, fact })
  }
  const signals = [...outputs, inputCommitment, binding]
  const points = proofOf(proof)
  if (points === undefined || !(await verifyProof(model.verificationKey, signals, points))) {
    throw new ExecutorResultError({ jobId, executor, fact: 'its proof does not hold for' })
  }
  return result
}

/** The points that a proof's words are; undefined when one of them is no coordinate. */
function proofOf(words: ProvedAnswer['proof']): Proof | undefined {
  try {
    return decodeProof(words)
  } catch {
    return undefined
  }
}
