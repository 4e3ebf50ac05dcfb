import { type Witness, witnessValues } from '@assay/circuits/wtns'
import { decodeFrames, decodeWords, encodeFrames, encodeWords } from './frames.ts'
import type { HotPool } from './hotPool.ts'
import { JobRefusedError } from './jobErrors.ts'
import type { LoadedModel } from './loadModel.ts'
import type { Sandbox } from './sandbox/createSandbox.ts'
import { programRun } from './sandbox/programRun.ts'
import { type ResidentProgram, startResidentProgram } from './sandbox/residentProgram.ts'
import { type LimitCaps, limitsUnder } from './sandbox/sandboxLimits.ts'
import { toJobError } from './sandbox/toJobError.ts'

/** A model's answer to one input: packed output words, and the witness that proves it, as it came: large, and most of it nobody here reads. */
export type Inference = { outputs: bigint[]; witness: Witness; signals: bigint[] }

/** What inference runs in: the sandbox, and the processes in it that have loaded a model. */
export type InferenceParts = { sandbox: Pick<Sandbox, 'start'>; inference: HotPool<ResidentProgram>; caps: LimitCaps }

/**
 * Runs the model in the sandbox, under its manifest's limits, and checks that what comes back is of this input and this job.
 * @param expected the order's input commitment, and the binding of the job to this worker
 * @throws JobRefusedError (`limit-exceeded`, `inference-failed`), RetryableError when the sandbox was not set up
 */
export async function runInference(
  { model, input, parts }: { model: LoadedModel; input: Uint8Array; parts: InferenceParts },
  expected: { inputCommitment: bigint; binding: bigint },
  signal: AbortSignal,
): Promise<Inference> {
  const { memoryMb, wallSeconds } = model.manifest.limits
  const limits = limitsUnder(parts.caps, { memoryMb, wallSeconds })
  const run = programRun('inferenceProgram', { files: [model.graphPath], limits })
  const hot = {
    key: `${model.modelId} ${memoryMb} ${wallSeconds}`,
    memoryMb: limits.memoryMb,
    start: (waiting: AbortSignal) => startResidentProgram({ sandbox: parts.sandbox, run }, waiting),
  }
  const request = encodeFrames([input, encodeWords([expected.binding])])
  let answer: Uint8Array
  try {
    answer = await parts.inference.use(hot, ({ ask }) => ask(request, signal), signal)
  } catch (cause) {
    signal.throwIfAborted()
    throw toJobError(cause, 'inference-failed')
  }
  const [outputBytes = new Uint8Array(), witness = new Uint8Array()] = decodeFrames(answer, 2)
  const outputs = decodeWords(outputBytes)
  const signals = [...outputs, expected.inputCommitment, expected.binding]
  const claimed = witnessValues(witness, { start: 1, end: signals.length + 1 })
  const wrong = signals.findIndex((value, index) => claimed[index] !== value)
  if (wrong >= 0) {
    throw new JobRefusedError({
      reason: 'inference-failed',
      detail: `Public signal ${wrong} of the witness is ${claimed[wrong]} instead of ${signals[wrong]}.`,
    })
  }
  return { outputs, witness, signals }
}
