import type { ComputeTimes } from './computeTimes.ts'
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
