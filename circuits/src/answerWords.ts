import { commitInput } from './inputCommitment.ts'
import type { GraphSignals } from './intervals.ts'
import { packOutput } from './packing.ts'

/**
 * The public words of an answer: the packed outputs, or, where these take more than eight words, the one Poseidon hash of them,
 * h₁ = P(w₁…w₁₆), hᵢ₊₁ = P(hᵢ, next 15 words), as inputs are hashed.
 * @throws ValueOutOfBitsError
 */
export function answerWords(values: Int32Array, output: GraphSignals['output']): bigint[] {
  const words = packOutput(values, output)
  return output.isHashed ? [commitInput(words)] : words
}
