import type { Hex } from 'viem'
import { type ComputeParts, type ComputeStage, computeAnswer, type RunStage } from './computeAnswer.ts'
import type { Checks } from './createChecks.ts'
import {
  decodeItem,
  type ExecutorItem,
  type ExecutorReport,
  type ExecutorResult,
  encodeReport,
  encodeResult,
} from './executorMessages.ts'
import { fetchInput } from './fetchInput.ts'
import type { FetchVerified } from './fetchVerified.ts'
import { JobRefusedError, RetryableError } from './jobErrors.ts'
import type { LoadedModel, RegisteredModel } from './loadModel.ts'
import type { WorkerLogger } from './log.ts'
import type { QueueLease, WorkQueue } from './queue.ts'
import { pause } from './retry.ts'
import type { Sandbox } from './sandbox/createSandbox.ts'

/** What an executor works with. */
export type ExecutorParts = ComputeParts & {
  name: string
  queue: WorkQueue
  leaseMs: number
  slots: number
  maxModelBytes: number
  maxInputBytes: number
  loadModel: (model: RegisteredModel, signal: AbortSignal) => Promise<LoadedModel>
  fetchVerified: FetchVerified
  sandbox: Sandbox
  checks: Checks
  logger: WorkerLogger
}

/** What became of items that were taken: handed in with an answer or a failure, given back, or taken over by another executor. */
export type ItemOutcome = 'answered' | 'failed' | 'given-back' | 'lost'

/** Takes items from the queue, as many at once as there are slots, computes and proves each, and hands in what came of it. */
export type Executor = {
  /**
   * Works until stopped, and resolves when it holds nothing any more.
   * @param signals `taking` ends taking; `working` also what runs, and gives it back
   * @param report told how the queue stands, again and again
   */
  run: (signals: Signals, report: Report) => Promise<void>
  /** Items that are worked on now. */
  running: () => number
  outcomes: () => Record<ItemOutcome, number>
}

type Signals = { taking: AbortSignal; working: AbortSignal }
type Report = (state: { ok: boolean; detail: string }) => void

/** Between two looks at an empty queue, in milliseconds. */
const lookMs = 200
/** For how long an item is left to others by an executor whose result for it was of no use. */
const aversionMs = 2000

/** The lease of an item ran out, and another executor may have it by now. */
class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError'
}

/** Makes an executor. */
export function createExecutor(parts: ExecutorParts): Executor {
  const { name, queue, leaseMs, slots, logger } = parts
  // By lease: an item that was lost may come back while it still runs here.
  const running = new Map<string, Promise<void>>()
  const outcomes: Record<ItemOutcome, number> = { answered: 0, failed: 0, 'given-back': 0, lost: 0 }
  let wake: () => void = () => undefined

  async function work(lease: QueueLease, working: AbortSignal): Promise<ItemOutcome> {
    const log = logger.child({ jobId: lease.id })
    log.info({ msg: 'item taken', attempt: lease.attempt })
    const lost = new AbortController()
    const renewing = renew(lease, lost)
    const signal = AbortSignal.any([working, lost.signal])
    try {
      const item = decodeItem(lease.payload)
      if (item.refused.includes(name)) {
        await queue.giveBack(lease, aversionMs)
        return 'given-back'
      }
      const result = await resultOf(item, { parts, log, signal })
      const isKept = await queue.finish(lease, encodeResult(result))
      log.info({ msg: isKept ? 'item finished' : 'lease lost', ...('failure' in result && result.failure) })
      if (!isKept) return 'lost'
      return 'failure' in result ? 'failed' : 'answered'
    } catch (err) {
      if (lost.signal.aborted) {
        log.warn({ msg: 'lease lost' })
        return 'lost'
      }
      if (!working.aborted) log.warn({ msg: 'item given back', err })
      await queue.giveBack(lease, working.aborted ? 0 : aversionMs)
      return 'given-back'
    } finally {
      renewing.stop()
    }
  }

  function renew(lease: QueueLease, lost: AbortController): { stop: () => void } {
    const timer = setInterval(() => {
      queue.extend(lease).then(
        (isHeld) => {
          if (!isHeld) lost.abort(new LeaseLostError(`The lease of item ${lease.id} ran out.`))
        },
        // A queue that is away may be back before the lease runs out.
        (err: unknown) => logger.warn({ msg: 'lease not renewed', jobId: lease.id, err }),
      )
    }, leaseMs / 3)
    return { stop: () => clearInterval(timer) }
  }

  function start(lease: QueueLease, working: AbortSignal): void {
    const done = work(lease, working)
      .then(
        (outcome) => {
          outcomes[outcome] += 1
        },
        // Its lease runs out, and the item is given to someone.
        (err: unknown) => logger.warn({ msg: 'result not handed in', jobId: lease.id, err }),
      )
      .finally(() => {
        running.delete(lease.token)
        wake()
      })
    running.set(lease.token, done)
  }

  async function take({ taking, working }: Signals, report: Report): Promise<void> {
    while (!taking.aborted) {
      const next = Promise.withResolvers<void>()
      wake = next.resolve
      try {
        if (running.size < slots) {
          const lease = await queue.take()
          report({ ok: true, detail: 'answers' })
          if (lease !== undefined) {
            start(lease, working)
            continue
          }
        }
      } catch (err) {
        report({ ok: false, detail: err instanceof Error ? err.message : String(err) })
        logger.warn({ msg: 'queue unavailable', err })
      }
      // A slot that became free is filled at once; a queue that was empty is looked at again.
      await Promise.race([next.promise, pause(lookMs, taking)])
    }
  }

  /** Says again and again that the executor is there, with so many places. */
  async function announce(offered: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const report = reportOf({ ...parts, slots: offered }, running.size)
      // Whoever takes says whether the queue answers.
      await queue.announce({ name, report: encodeReport(report) }).catch(() => undefined)
      await pause(leaseMs / 3, signal)
    }
  }

  return {
    run: async (signals, report) => {
      await Promise.all([take(signals, report), announce(slots, signals.taking)])
      // Those who wait for what runs here must see that someone works on it.
      const finished = new AbortController()
      const emptied = Promise.all(running.values()).then(() => finished.abort())
      await Promise.all([emptied, announce(0, finished.signal)])
      await queue.withdraw(name).catch(() => undefined)
    },
    running: () => running.size,
    outcomes: () => ({ ...outcomes }),
  }
}

function reportOf(
  { slots, caps, maxModelBytes, maxInputBytes, sandbox, times }: ExecutorParts,
  running: number,
): ExecutorReport {
  const { memoryMb, wallSeconds } = caps
  return {
    slots,
    running,
    rung: sandbox.rung,
    memoryMb,
    wallSeconds,
    maxModelBytes,
    maxInputBytes,
    computeMs: times.all(),
    prover: times.speed(),
  }
}

/** Carries one item from its model's files to a verified proof; why that failed is a result too. */
async function resultOf(
  item: ExecutorItem,
  { parts, log, signal }: { parts: ExecutorParts; log: WorkerLogger; signal: AbortSignal },
): Promise<ExecutorResult> {
  const { name: executor } = parts
  const durations = { runInference: 0, prove: 0 }
  const stage: RunStage = async (name, work) => {
    const stageLog = log.child({ service: serviceOf[name] })
    stageLog.info({ msg: 'stage', stage: name })
    const startedAt = performance.now()
    const result = await work()
    durations[name] = Math.round(performance.now() - startedAt)
    stageLog.info({ msg: 'stage done', stage: name, durationMs: durations[name] })
    return result
  }
  try {
    const model = await parts.loadModel(item.model, signal)
    try {
      const { bytes, ...terms } = item.input
      const input = await fetchInput({ terms, model, kept: bytes }, parts, signal)
      const { inputCommitment } = terms
      const asked = { model, input, inputCommitment, binding: item.binding }
      return { executor, ...(await computeAnswer(asked, { ...parts, stage }, signal)), durations }
    } finally {
      model.release()
    }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof JobRefusedError || error instanceof RetryableError)) throw error
    const { reason, message } = error
    return { executor, failure: { reason, detail: message.slice(0, 2000), mayPass: error instanceof RetryableError } }
  }
}

const serviceOf: Record<ComputeStage, 'inference' | 'prover'> = { runInference: 'inference', prove: 'prover' }

/** A loader's way to what is registered, when items say it: their words are checked against the files, whoever wrote them. */
export function createRegisteredModels(): {
  learn: (model: RegisteredModel) => void
  readModel: (modelId: Hex) => Promise<RegisteredModel>
} {
  const known = new Map<Hex, RegisteredModel>()
  return {
    learn: (model) => void known.set(model.modelId, model),
    readModel: async (modelId) => {
      const model = known.get(modelId)
      if (model !== undefined) return model
      throw new JobRefusedError({ reason: 'model-unknown', detail: `No item told of the model ${modelId}.` })
    },
  }
}
