import { LimitExceededError } from '@assay/circuits/limitedProcess'
import { encodeProof } from '@assay/circuits/proof'
import { prove as makeProof } from '@assay/circuits/prove'
import { verify } from '@assay/circuits/verify'
import { JobRefusedError } from './jobErrors.ts'
import type { LoadedModel } from './loadModel.ts'
import type { Inference } from './runInference.ts'

/**
 * Proves an inference in a limited process and verifies the proof with the key the chain holds, so that nothing unproved is ever sent.
 * @returns the proof's eight words
 * @throws JobRefusedError (`limit-exceeded`, `proving-failed`, `proof-invalid`)
 */
export async function prove(
  { model, inference }: { model: LoadedModel; inference: Inference },
  limits: { memoryMb: number; wallSeconds: number },
  signal: AbortSignal,
): Promise<bigint[]> {
  let made: Awaited<ReturnType<typeof makeProof>>
  try {
    made = await makeProof({ zkeyPath: model.zkeyPath, witness: inference.witness, limits }, signal)
  } catch (cause) {
    signal.throwIfAborted()
    const reason = cause instanceof LimitExceededError ? 'limit-exceeded' : 'proving-failed'
    throw new JobRefusedError({ reason, detail: cause instanceof Error ? cause.message : String(cause), cause })
  }
  if (!verify(model.verificationKey, inference.signals, made.proof)) {
    throw new JobRefusedError({
      reason: 'proof-invalid',
      detail: `The proof for model ${model.modelId} does not verify.`,
    })
  }
  return [...encodeProof(made.proof)]
}
