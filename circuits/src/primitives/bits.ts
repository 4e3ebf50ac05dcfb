import type { Bits, Circuit, Element } from '../circuit.ts'
import type { Value } from '../tape.ts'

/*
 * Unsigned value from bits:
 *
 *   (1) b_i · b_i = b_i           for each of n bits
 *   (2) value = Σ 2^i · b_i
 *
 * (1) leaves 0 and 1 only, so 0 ≤ value < 2^n, and for 2^n < r each value has one decomposition. (2) takes no row where the value
 * stands for nothing else: an input element is its bits. Comparison of the value with a constant t, g_i meaning that the lowest i
 * bits are above those of t:
 *
 *   (3) g_{i+1} = b_i + g_i - b_i · g_i where t has a zero, g_{i+1} = b_i · g_i where it has a one; g_0 = 0
 *
 * is one row for each bit above t's lowest zero. A run of five or more zeros at t's top is one test for zero (three rows).
 */

/** An element of the declared range of 2^bits values, as wires of its own and nothing else: (1), (2). */
export function rangedElement(
  circuit: Circuit,
  { value, lo, bits }: { value: Value; lo: number; bits: number },
): Element {
  const offset = circuit.tape.sum([[1, { value }]], -lo)
  return circuit.fromBits(circuit.freeBits(offset, { lo, count: bits }), { lo, hi: lo + 2 ** bits - 1 })
}

/** Bits of a threshold: its lowest zero, and where the zeros at its top begin, if they are so many that they are tested at once. */
function shapeOf(threshold: number, count: number): { lowest: number; top: number; isRun: boolean } {
  let [lowest, top] = [0, count]
  while (hasBit(threshold, lowest)) lowest++
  while (top > lowest && !hasBit(threshold, top - 1)) top--
  // Bits lowest … top-1 follow (3); those from top on are zeros of the threshold. All of them may be.
  return { lowest, top, isRun: count - top >= 5 }
}

function hasBit(value: number, bit: number): boolean {
  return Math.floor(value / 2 ** bit) % 2 === 1
}

/** Rows of {@link greaterThanConstant} over `count` bits. */
export function greaterThanConstantRows({ count, threshold }: { count: number; threshold: number }): number {
  if (threshold < 0 || threshold >= 2 ** count - 1) return 0
  const { lowest, top, isRun } = shapeOf(threshold, count)
  if (!isRun) return count - lowest - 1
  return top === lowest ? 3 : top - lowest - 1 + 4
}

/** 1 if Σ 2^i · b_i > threshold, else 0: (3). `bits.lo` plays no part. */
export function greaterThanConstant(circuit: Circuit, { bits, threshold }: { bits: Bits; threshold: number }): Element {
  const { count } = bits
  if (threshold < 0) return circuit.constant(1)
  if (threshold >= 2 ** count - 1) return circuit.constant(0)
  const { lowest, top, isRun } = shapeOf(threshold, count)
  let above: Element = circuit.constant(0)
  for (let bit = lowest; bit < (isRun ? top : count); bit++) {
    const b = circuit.bitSum(bits, bit, bit + 1)
    above = hasBit(threshold, bit) ? and(circuit, above, b) : or(circuit, above, b)
  }
  if (!isRun) return above
  const isNone = circuit.isZero(circuit.bitSum(bits, top, count))
  return or(circuit, above, circuit.sum([[-1, isNone]], { offset: 1, lo: 0, hi: 1 }))
}

function and(circuit: Circuit, left: Element, right: Element): Element {
  return circuit.product([left, right], { lo: 0, hi: 1 })
}

/** left + (1 - left) · right */
function or(circuit: Circuit, left: Element, right: Element): Element {
  if (left.affine?.factor === 0 && left.affine.constant === 0) return right
  const rest = circuit.sum([[-1, left]], { offset: 1, lo: 0, hi: 1 })
  return circuit.product([rest, right], { lo: 0, hi: 1, addend: left })
}
