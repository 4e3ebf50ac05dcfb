import { Field } from '@noble/curves/abstract/modular.js'
import { grainGenConstants } from '@noble/curves/abstract/poseidon.js'
import { scalarOrder } from './field.ts'

/** Most inputs that one Poseidon permutation takes. */
export const maxPoseidonInputs = 16

/** Full rounds, half of them before the partial ones. */
export const fullRounds = 8

/** Partial rounds by state size t = 2…17, for 128 bits of security with x^5 over BN254 (Poseidon paper, table 2; the same as circomlib's). */
const partialRoundsBySize = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68]

/** Round constants `[round][element]` and the mixing matrix `[row][column]` of one state size. */
export type PoseidonConstants = { partialRounds: number; roundConstants: bigint[][]; matrix: bigint[][] }

const cache = new Map<number, PoseidonConstants>()

/**
 * Constants of Poseidon over BN254's scalar field for a state of `size` = inputs + 1 elements, from the Grain generator
 * of the reference implementation (https://eprint.iacr.org/2019/458, appendix E); equal to circomlib's.
 * @throws RangeError when `size` is not 2…17
 */
export function poseidonConstants(size: number): PoseidonConstants {
  const cached = cache.get(size)
  if (cached) return cached
  const partialRounds = partialRoundsBySize[size - 2]
  if (partialRounds === undefined) throw new RangeError(`Poseidon has no state of ${size} elements; it takes 2 to 17.`)
  const { mds, roundConstants } = grainGenConstants({
    Fp: Field(scalarOrder),
    t: size,
    roundsFull: fullRounds,
    roundsPartial: partialRounds,
    sboxPower: 5,
  })
  const constants = { partialRounds, roundConstants, matrix: mds }
  cache.set(size, constants)
  return constants
}
