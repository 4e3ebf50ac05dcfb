import type { Hex } from 'viem'
import type { Checks } from './createChecks.ts'
import type { LoadedModel } from './loadModel.ts'
import { prove } from './prove.ts'
import type { ProverPool } from './proverPool.ts'
import { type InferenceParts, runInference } from './runInference.ts'
import type { ProvedAnswer } from './store.ts'

/** The two stages of a job that an executor does. */
export type ComputeStage = 'runInference' | 'prove'

/** Runs one of them and notes how long it took. */
export type RunStage = <T>(stage: ComputeStage, work: () => Promise<T>) => Promise<T>

/** A job as far as computing needs it: the model's files, the input, and the signals that its proof has to have. */
export type ComputeJob = { model: LoadedModel; input: Uint8Array; inputCommitment: bigint; binding: bigint }

/** What computes and proves on a machine. */
export type ComputeParts = InferenceParts & {
  prover: Pick<ProverPool, 'prove'>
  checks: Pick<Checks, 'verifyProof'>
  times: ComputeTimes
}

/** How long models took on this machine, in milliseconds. */
export type ComputeTimes = { note: (modelId: Hex, ms: number) => void; all: () => Record<Hex, number> }

/** Makes the memory of how long models take: an average in which the latest job counts for three tenths. */
export function createComputeTimes(): ComputeTimes {
  const times = new Map<Hex, number>()
  return {
    note: (modelId, ms) => {
      const known = times.get(modelId) ?? ms
      times.set(modelId, Math.round(known + 0.3 * (ms - known)))
    },
    all: () => Object.fromEntries(times),
  }
}

/**
 * Computes and proves one answer on this machine; the proof has been verified when it returns.
 * @throws as {@link runInference} and {@link prove}
 */
export async function computeAnswer(
  { model, input, inputCommitment, binding }: ComputeJob,
  parts: ComputeParts & { stage: RunStage },
  signal: AbortSignal,
): Promise<ProvedAnswer> {
  const { stage, times } = parts
  const startedAt = performance.now()
  const inference = await stage('runInference', () =>
    runInference({ model, input, parts }, { inputCommitment, binding }, signal),
  )
  const proof = await stage('prove', () => prove({ model, inference }, parts, signal))
  times.note(model.modelId, performance.now() - startedAt)
  return { outputs: inference.outputs, proof }
}
