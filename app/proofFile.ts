import { encodeEvidence } from '@assay/sdk/submitResult'
import type { Hex } from 'viem'
import type { ProvenHere } from './proveHere'

/**
 * A proof as a file that its maker keeps: JSON with the words of the answer, all public signals, and the evidence as the market's
 * contracts take it; integers are decimal text.
 */
export function proofFile({
  jobId,
  modelId,
  proven: { worker, outputs, signals, proof },
}: {
  jobId: Hex
  modelId: Hex
  proven: Pick<ProvenHere, 'worker' | 'outputs' | 'signals' | 'proof'>
}): string {
  const file = { jobId, modelId, worker, outputs, signals, evidence: encodeEvidence(proof) }
  return JSON.stringify(file, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2)
}
