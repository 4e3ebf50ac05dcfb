import { encodeProof } from '@assay/circuits/proof'
import type { ProvenSignals } from '@assay/circuits/prove'
import type { Checks } from './createChecks.ts'
import { JobRefusedError } from './jobErrors.ts'
import type { LoadedModel } from './loadModel.ts'
import type { ProverPool } from './proverPool.ts'
import type { Inference } from './runInference.ts'
import { toJobError } from './sandbox/toJobError.ts'

/**
 * Proves an inference in the sandbox and verifies the proof with the key the chain holds, so that nothing unproved is ever sent.
 * @returns the proof's eight words
 * @throws JobRefusedError (`limit-exceeded`, `proving-failed`, `proof-invalid`), RetryableError when the sandbox was not set up or the prover crashed
 */
export async function prove(
  { model, inference }: { model: LoadedModel; inference: Pick<Inference, 'witness' | 'signals'> },
  { prover, checks }: { prover: Pick<ProverPool, 'prove'>; checks: Pick<Checks, 'verifyProof'> },
  signal: AbortSignal,
): Promise<bigint[]> {
  let made: ProvenSignals
  try {
    made = await prover.prove(
      {
        zkeyPath: model.zkeyPath,
        witness: inference.witness,
        // The key of the registry is the one that counts; the file's own was derived from the same bytes.
        verifyProof: (_key, signals, proof) => checks.verifyProof(model.verificationKey, signals, proof),
      },
      signal,
    )
  } catch (cause) {
    signal.throwIfAborted()
    throw toJobError(cause, 'proving-failed')
  }
  const { signals } = inference
  if (made.signals.length !== signals.length || made.signals.some((value, index) => value !== signals[index])) {
    throw new JobRefusedError({
      reason: 'proof-invalid',
      detail: `The proof for model ${model.modelId} is of other signals than the answer.`,
    })
  }
  return [...encodeProof(made.proof)]
}
