import type { ProverKind } from '@assay/circuits/chooseProver'
import type { ProofSource } from '@assay/circuits/prove'
import { decodeTensor } from '@assay/circuits/tensorBytes'
import { witnessValues } from '@assay/circuits/wtns'
import { decodeFrames, decodeWords, encodeFrames, encodeWords } from './frames.ts'
import type { HotPool } from './hotPool.ts'
import { JobRefusedError } from './jobErrors.ts'
import type { LoadedModel } from './loadModel.ts'
import type { Sandbox } from './sandbox/createSandbox.ts'
import { programRun } from './sandbox/programRun.ts'
import { type ResidentProgram, startResidentProgram } from './sandbox/residentProgram.ts'
import { type LimitCaps, limitsUnder } from './sandbox/sandboxLimits.ts'
import { toJobError } from './sandbox/toJobError.ts'

/**
 * A model's answer to one input: packed output words, and what proves it: the witness as it came, large, and most of it nobody here
 * reads, or, for the native prover, what computes it there.
 */
export type Inference = { outputs: bigint[]; witness: ProofSource; signals: bigint[] }

/** A process that has loaded a model, and the model's witness program where the native prover makes the proofs. */
export type InferenceProcess = ResidentProgram & { program?: Uint8Array }

/** What inference runs in: the sandbox, and the processes in it that have loaded a model. */
export type InferenceParts = {
  sandbox: Pick<Sandbox, 'start'>
  inference: HotPool<InferenceProcess>
  caps: LimitCaps
  proverKind: ProverKind
}

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
  const run = programRun('inferenceProgram', { files: [model.graphPath], options: [parts.proverKind], limits })
  const hot = {
    key: `${model.modelId} ${memoryMb} ${wallSeconds}`,
    memoryMb: limits.memoryMb,
    start: async (waiting: AbortSignal): Promise<InferenceProcess> => {
      const process = await startResidentProgram({ sandbox: parts.sandbox, run }, waiting)
      if (parts.proverKind !== 'native') return process
      return { ...process, program: await process.ask(new Uint8Array(), waiting) }
    },
  }
  const request = encodeFrames([input, encodeWords([expected.binding])])
  let answer: { bytes: Uint8Array; program: Uint8Array | undefined }
  try {
    answer = await parts.inference.use(
      hot,
      async ({ ask, program }) => ({ bytes: await ask(request, signal), program }),
      signal,
    )
  } catch (cause) {
    signal.throwIfAborted()
    throw toJobError(cause, 'inference-failed')
  }
  const [outputBytes = new Uint8Array(), witness = new Uint8Array()] = decodeFrames(answer.bytes, 2)
  const outputs = decodeWords(outputBytes)
  const signals = [...outputs, expected.inputCommitment, expected.binding]
  if (answer.program !== undefined) {
    // The proof of it has these signals, or there is none.
    const { program } = answer
    const values = decodeTensor(input, model.signals.input)
    return { outputs, witness: { program, input: values, binding: expected.binding, signals }, signals }
  }
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
