import { maxPoseidonInputs } from './poseidonConstants.ts'
import { poseidon } from './primitives/poseidon.ts'

/**
 * How many words each permutation of a commitment absorbs: 16 in the first, then 15 beside the previous hash.
 * The evaluator and the circuit both follow this plan.
 */
export function commitmentChunks(wordCount: number): number[] {
  const chunks = [Math.min(wordCount, maxPoseidonInputs)]
  for (let rest = wordCount - maxPoseidonInputs; rest > 0; rest -= maxPoseidonInputs - 1) {
    chunks.push(Math.min(rest, maxPoseidonInputs - 1))
  }
  return chunks
}

/**
 * Poseidon commitment of packed input words (each below 2^248): h₁ = P(w₁…w₁₆), hᵢ₊₁ = P(hᵢ, next 15 words).
 * A model fixes the number of words, so lengths need no separator.
 * @throws RangeError when there is no word
 */
export function commitInput(words: readonly bigint[]): bigint {
  if (words.length === 0) throw new RangeError('An input commitment needs at least one packed word.')
  let at = 0
  let hash: bigint | undefined
  for (const chunk of commitmentChunks(words.length)) {
    const absorbed = words.slice(at, at + chunk)
    hash = poseidon(hash === undefined ? absorbed : [hash, ...absorbed])
    at += chunk
  }
  return hash ?? 0n
}
