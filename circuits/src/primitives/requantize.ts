import { type CircuitBuilder, combine, constant, one, wire } from '../circuitBuilder.ts'
import { GraphInvalidError } from '../exactGraph.ts'
import type { LinearCombination } from '../r1cs.ts'
import { bitsValue, bitsWitness, emitBits } from './bits.ts'

/*
 * Rounding shift with ReLU: y = clamp((sum + half) >> shift, lo, hi) with half = 2^(shift-1), or 0 when nothing is shifted:
 * the scale moves by 2^-shift with halves rounded up. `sum` is known to lie in [sumLo, sumHi] for every input, and
 * n is the least number of bits with -2^(n-1) ≤ sumLo + half and sumHi + half < 2^(n-1).
 *
 *   (1) b_i · b_i = b_i                                     n rows
 *   (2) (Σ 2^i · b_i - 2^(n-1)) · 1 = sum + half            one row, `sum` dense in C
 *   (3) (Σ_{i=shift}^{n-2} 2^(i-shift) · b_i) · b_{n-1} = y one row
 *
 * 2^n is far below r, so the bits in (2) are the only ones: b_{n-1} says that sum + half ≥ 0, and then the bits from `shift` on
 * are the shifted value; else y = 0. A sum outside the n bits has no witness; none occurs, because the interval is exact.
 * Without a ReLU (lo < 0) row (3) is not needed: y = Σ_{i≥shift} 2^(i-shift) · b_i - 2^(n-1-shift).
 * Where the interval does not cross zero, what is known is not proved again: y is 0, or the shifted bits. Without shift and
 * ReLU y is the sum itself and takes no row. Clamping at [lo, hi] beyond the ReLU must be idle over the interval.
 */

/** How a sum becomes the node's value. */
export type Requantization = { shift: number; lo: number; hi: number }

/** Exact bounds of the sum, which must fit int32 even after `half` is added. */
export type SumBounds = { sumLo: number; sumHi: number }

/** The value in integers. `sum` and `sum + half` fit int32. */
export function requantize(sum: number, { shift, lo, hi }: Requantization): number {
  return Math.min(Math.max((sum + roundingHalf(shift)) >> shift, lo), hi)
}

/**
 * Constrains the value of a sum and returns it as a linear combination.
 * @throws GraphInvalidError when the interval would be clamped other than by a ReLU
 */
export function emitRequantize(
  builder: CircuitBuilder,
  context: { sum: LinearCombination; bounds: SumBounds; how: Requantization },
): LinearCombination {
  const { sum, bounds, how } = context
  const plan = requantizePlan(bounds, how)
  if (plan.kind === 'identity') return sum
  if (plan.kind === 'zero') return constant(0n)
  const { bits, gated } = plan
  const first = emitBits(builder, bits) // (1)
  const half = BigInt(roundingHalf(how.shift))
  const recomposed = combine([
    [1n, bitsValue({ first, from: 0, to: bits })],
    [-(1n << BigInt(bits - 1)), one],
  ])
  builder.constrain(
    recomposed,
    one,
    combine([
      [1n, sum],
      [half, one],
    ]),
  ) // (2)
  if (!gated) {
    return combine([
      [1n, bitsValue({ first, from: how.shift, to: bits })],
      [-(1n << BigInt(bits - 1 - how.shift)), one],
    ])
  }
  const y = wire(builder.takeWires(1))
  builder.constrain(bitsValue({ first, from: how.shift, to: bits - 1 }), wire(first + bits - 1), y) // (3)
  return y
}

/** The private wires' values of {@link emitRequantize}, in the order it takes them. */
export function requantizeWitness(sum: number, { bounds, how }: { bounds: SumBounds; how: Requantization }): bigint[] {
  const plan = requantizePlan(bounds, how)
  if (plan.kind !== 'bits') return []
  const shifted = sum + roundingHalf(how.shift) + 2 ** (plan.bits - 1)
  const wires = bitsWitness(shifted, plan.bits)
  return plan.gated ? [...wires, BigInt(requantize(sum, how))] : wires
}

type Plan = { kind: 'identity' } | { kind: 'zero' } | { kind: 'bits'; bits: number; gated: boolean }

/** Which rows are needed for these bounds. */
function requantizePlan({ sumLo, sumHi }: SumBounds, how: Requantization): Plan {
  const half = roundingHalf(how.shift)
  const [least, most] = [(sumLo + half) >> how.shift, (sumHi + half) >> how.shift]
  const relu = how.lo === 0
  if (most > how.hi || (least < how.lo && !relu)) {
    throw new GraphInvalidError(
      `values ${least}…${most} would be clamped to ${how.lo}…${how.hi}; the circuit clamps at zero only`,
    )
  }
  if (relu && most <= 0) return { kind: 'zero' }
  const gated = relu && least < 0
  if (!gated && how.shift === 0) return { kind: 'identity' }
  // (2) needs one bit more than the shift keeps, so that a value that is always small still has its sign bit above.
  let bits = how.shift + 1
  while (sumLo + half < -(2 ** (bits - 1)) || sumHi + half >= 2 ** (bits - 1)) bits++
  return { kind: 'bits', bits, gated }
}

function roundingHalf(shift: number): number {
  return shift === 0 ? 0 : 2 ** (shift - 1)
}
