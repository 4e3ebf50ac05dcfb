import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LimitExceededError, runLimited } from '@assay/circuits/limitedProcess'
import { decodeFrames, decodeWords, encodeFrames, encodeWords } from './frames.ts'
import { JobRefusedError } from './jobErrors.ts'
import type { LoadedModel } from './loadModel.ts'

/** A model's answer to one input: packed output words, and the witness that proves it. */
export type Inference = { outputs: bigint[]; witness: bigint[]; signals: bigint[] }

const program = fileURLToPath(new URL('./inferenceProgram.ts', import.meta.url))
/** Wires of a large circuit, 32 bytes each: 256 MiB. */
const maxOutputBytes = 256 * 1024 * 1024

/**
 * Runs the model in a limited process without secrets, and checks that what comes back is of this input and this job.
 * @param expected the order's input commitment, and the binding of the job to this worker
 * @throws JobRefusedError (`limit-exceeded`, `inference-failed`)
 */
export async function runInference(
  { model, input }: { model: LoadedModel; input: Uint8Array },
  expected: { inputCommitment: bigint; binding: bigint },
  signal: AbortSignal,
): Promise<Inference> {
  const graph = await readFile(model.graphPath)
  const { memoryMb, wallSeconds } = model.manifest.limits
  let answer: Uint8Array
  try {
    const result = await runLimited(
      {
        command: process.execPath,
        args: ['--no-warnings', program],
        cwd: dirname(program),
        input: encodeFrames([graph, input, encodeWords([expected.binding])]),
        limits: { memoryMb, cpuSeconds: wallSeconds, wallSeconds, outputBytes: maxOutputBytes },
      },
      signal,
    )
    answer = result.stdout
  } catch (cause) {
    signal.throwIfAborted()
    const reason = cause instanceof LimitExceededError ? 'limit-exceeded' : 'inference-failed'
    throw new JobRefusedError({ reason, detail: cause instanceof Error ? cause.message : String(cause), cause })
  }
  const [outputBytes = new Uint8Array(), witnessBytes = new Uint8Array()] = decodeFrames(answer, 2)
  const outputs = decodeWords(outputBytes)
  const witness = decodeWords(witnessBytes)
  const signals = [...outputs, expected.inputCommitment, expected.binding]
  const wrong = signals.findIndex((value, index) => witness[index + 1] !== value)
  if (wrong >= 0) {
    throw new JobRefusedError({
      reason: 'inference-failed',
      detail: `Public signal ${wrong} of the witness is ${witness[wrong + 1]} instead of ${signals[wrong]}.`,
    })
  }
  return { outputs, witness, signals }
}
