import { type Bits, type Circuit, type Element, plainSum, type Sum, unsignedBits } from '../circuit.ts'
import { GraphInvalidError, type Interval, type RequantizeNode, rowWindow } from '../exactGraph.ts'
import { greaterThanConstant } from './bits.ts'
import { elementwiseSecond, type Primitive, type SumInterval } from './primitive.ts'

/*
 * Rounding shift with saturation: y = clamp((sum + half) >> shift, lo, hi) with half = 2^(shift-1), or 0 when nothing is shifted:
 * the scale moves by 2^-shift with halves rounded up. `sum` is known to lie in sumLo…sumHi for every input. By itself the
 * primitive takes sum = x · multiplier; `linear`, `product` and `dot` end in it.
 *
 * Where the interval says that the shifted sum can fall below lo (a ReLU when lo is 0), with u = sum + half - lo · 2^shift and
 * the least n with -2^(n-1) ≤ u < 2^(n-1) over the interval:
 *
 *   (1) b_i · b_i = b_i                               n rows
 *   (2) (Σ 2^i · b_i - 2^(n-1)) · 1 = u               one row, `sum` dense in C
 *   (3) v · b_{n-1} = y - lo                          one row, v = Σ_{i=shift}^{n-2} 2^(i-shift) · b_i
 *
 * so n + 2 rows. Else u = sum + half - 2^shift · ⌊(sumLo + half) / 2^shift⌋ ≥ 0, n is the least with u < 2^n, and y is that floor
 * plus Σ_{i≥shift} 2^(i-shift) · b_i: n + 1 rows. Where it can exceed hi, with t the v at which y is hi:
 *
 *   (4) over = 1 if v > t, else 0: see greaterThanConstant; at most 3 rows for t + 1 a power of two
 *   (5) (t - v) · over = m - v                        one row; m = min(v, t) stands for v in (3)
 *
 * 2^n is far below r, so the bits in (2) are the only ones: b_{n-1} says that u ≥ 0, and then the bits from `shift` on are the
 * shifted value. A sum outside the n bits has no witness; none occurs, because the interval is exact. What the interval decides
 * is not proved again: y is a constant, or the sum itself. If `sum` ends in a product of two elements, that product is the
 * A · B of row (2).
 */

/** How a sum becomes the node's value. */
export type Requantization = { shift: number; lo: number; hi: number }

/** The value in integers; exact while |sum| + half < 2^53. */
export function requantize(sum: number, { shift, lo, hi }: Requantization): number {
  return Math.min(Math.max(Math.floor((sum + roundingHalf(shift)) / 2 ** shift), lo), hi)
}

/** 2^(shift-1), or 0 when nothing is shifted. */
export function roundingHalf(shift: number): number {
  return shift === 0 ? 0 : 2 ** (shift - 1)
}

/** Checks the shift of a sum that fits int32. @throws GraphInvalidError */
export function checkShift(shift: number, index: number): void {
  if (!Number.isInteger(shift) || shift < 0 || shift > 30) {
    throw new GraphInvalidError(`node ${index} shifts by ${shift} bits; 0 to 30 are allowed`)
  }
}

/**
 * Refuses a sum that may leave int32 with its rounding, or whose terms may add up to 2^53 on the way, where doubles cease to be exact.
 * @param context `reach` is the sum of the terms' greatest magnitudes
 * @throws GraphInvalidError
 */
export function checkSum(context: {
  index: number
  element: number
  lo: number
  hi: number
  reach: number
  shift: number
}): void {
  const { index, element, lo, hi, reach, shift } = context
  // A bound outside int32 is never rounded to one inside: it is exact below 2^53, and what is above goes by `reach`.
  if (lo < -(2 ** 31) || hi + roundingHalf(shift) >= 2 ** 31 || reach >= 2 ** 53) {
    throw new GraphInvalidError(
      `element ${element} of node ${index} sums up to ${lo}…${hi} by terms of up to ${reach} together, which does not fit 32 bits`,
    )
  }
}

/** Bounds of the value from those of the sum; the rule is monotone. */
export function requantizeInterval({ lo, hi }: SumInterval, how: Requantization): Interval {
  return {
    lo: Int32Array.from(lo, (bound) => requantize(bound, how)),
    hi: Int32Array.from(hi, (bound) => requantize(bound, how)),
  }
}

/** Constrains the value of a sum that lies in sum.lo … sum.hi, and returns it. */
export function constrainRequantize(circuit: Circuit, { sum, how }: { sum: Sum; how: Requantization }): Element {
  const { shift } = how
  const half = roundingHalf(shift)
  const step = 2 ** shift
  const [least, most] = [Math.floor((sum.lo + half) / step), Math.floor((sum.hi + half) / step)]
  const range = { lo: requantize(sum.lo, how), hi: requantize(sum.hi, how) }
  if (range.lo === range.hi) return circuit.constant(range.lo)
  const isLow = least < how.lo
  const isHigh = most > how.hi
  if (shift === 0 && !isLow && !isHigh) {
    if (sum.product) return circuit.product(sum.product, { ...range, addend: sum.addend })
    return circuit.sum([[1, sum.addend]], range)
  }
  if (isLow) {
    let n = shift + 1
    const move = half - how.lo * step
    while (sum.lo + move < -(2 ** (n - 1)) || sum.hi + move >= 2 ** (n - 1)) n++
    const known = circuit.bits(sum, { lo: -move - 2 ** (n - 1), count: n }) // (1), (2)
    const shifted = circuit.bitSum(known, shift, n - 1)
    const bounded = isHigh
      ? constrainMost(circuit, { shifted, bits: { ...known, count: n - 1 }, shift, most: how.hi - how.lo })
      : shifted
    const gated = circuit.product([bounded, circuit.bitSum(known, n - 1, n)], { lo: 0, hi: range.hi - how.lo }) // (3)
    return circuit.sum([[1, gated]], { offset: how.lo, ...range })
  }
  const already = sum.product ? undefined : sum.addend.known
  const isAligned = already !== undefined && (already.lo + half) % step === 0
  const floor = isAligned ? (already.lo + half) / step : least
  const base = floor * step - half
  const known = isAligned ? already : circuit.bits(sum, { lo: base, count: unsignedBits(sum.hi - base) }) // (1), (2)
  const shifted = circuit.bitSum(known, shift, known.count)
  if (isHigh) {
    const bounded = constrainMost(circuit, { shifted, bits: known, shift, most: how.hi - floor })
    return circuit.sum([[1, bounded]], { offset: floor, ...range })
  }
  const kept = { lo: floor, count: known.count - shift, first: known.first + shift, offset: shifted.value }
  return circuit.fromBits(kept, range)
}

/** min(shifted, most), where `shifted` is the bits from `shift` on: (4), (5). */
function constrainMost(
  circuit: Circuit,
  context: { shifted: Element; bits: Pick<Bits, 'count' | 'first'>; shift: number; most: number },
): Element {
  const { shifted, bits, shift, most } = context
  const upper = { lo: 0, count: bits.count - shift, first: bits.first + shift, offset: shifted.value }
  const over = greaterThanConstant(circuit, { bits: upper, threshold: most }) // (4)
  const distance = circuit.sum([[-1, shifted]], { offset: most })
  return circuit.product([distance, over], { lo: 0, hi: most, addend: shifted }) // (5)
}

/** The primitive of its own: y_j = clamp((x_j · multiplier + half) >> shift, lo, hi). */
export const requantizePrimitive: Primitive<RequantizeNode> = {
  operands: (node) => [node.operand],
  describe: (node) => ({
    ...{ operands: [node.operand], shift: node.shift, multiplier: node.multiplier },
    ...{ window: rowWindow({ rows: node.count, length: 1 }), second: elementwiseSecond },
  }),
  parse: ({ shape, shift, multiplier, operands: [operand = 0] }) => ({
    ...{ op: 'requantize', ...shape, shift, multiplier, operand },
  }),
  readCount: () => 1,
  interval({ node, index, operands: [operand] }) {
    const { multiplier, shift, count } = node
    const isMultiplier = Number.isInteger(multiplier) && multiplier !== 0 && Math.abs(multiplier) < 2 ** 31
    if (!isMultiplier || !Number.isInteger(shift) || shift < 0 || shift > 51) {
      throw new GraphInvalidError(
        `node ${index} multiplies by ${multiplier} and shifts by ${shift}; a multiplier of 32 bits other than 0 and 0 to 51 bits are allowed`,
      )
    }
    const sum: SumInterval = { lo: new Float64Array(count), hi: new Float64Array(count) }
    for (let element = 0; element < count; element++) {
      const [least = 0, most = 0] = [operand?.lo[element], operand?.hi[element]]
      const ends = [least * multiplier, most * multiplier]
      sum.lo[element] = Math.min(...ends)
      sum.hi[element] = Math.max(...ends)
      if (Math.max(...ends.map(Math.abs)) + roundingHalf(shift) >= 2 ** 52) {
        throw new GraphInvalidError(
          `element ${element} of node ${index} comes to ${ends.join('…')}, which needs more than 52 bits`,
        )
      }
    }
    return { sum, value: requantizeInterval(sum, node) }
  },
  evaluate: ({ node, operands: [operand] }) =>
    (operand ?? new Int32Array()).map((value) => requantize(value * node.multiplier, node)),
  step: ({ node, element, open }) => requantize(open.operand(0, element) * node.multiplier, node),
  constrain: (circuit, { node, operands: [operand = []] }) =>
    operand.map((element) => {
      const scaled = circuit.sum([[node.multiplier, element]])
      return constrainRequantize(circuit, { sum: plainSum(scaled), how: node })
    }),
}
