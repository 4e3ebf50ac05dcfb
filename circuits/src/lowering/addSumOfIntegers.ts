import type { DotNode, LinearNode, ProductNode, Window } from '../exactGraph.ts'
import type { Requantization } from '../primitives/requantize.ts'
import { anyRange, type Lowering } from './lowering.ts'

/** How integers of a step are rounded: to whole multiples of it of at most `unit`, or if `isLeast` of at least; and saturated beyond lo…hi. */
export type Rounding = { step: number; unit: number; isLeast?: boolean; lo: number; hi: number }

/**
 * Adds sums of products whose weights are integers already, with the rounding. Nothing saturates within lo…hi.
 * @returns the node, and the real number that its integers' step stands for
 */
export function addSumOfIntegers(
  lowering: Lowering,
  { node, rounding }: { node: LinearNode | DotNode | ProductNode; rounding: Rounding },
): { node: number; step: number } {
  const { step, unit, isLeast = false, lo, hi } = rounding
  const times = Math.log2(unit / step)
  const shift = Math.min(30, Math.max(0, isLeast ? Math.ceil(times) : Math.floor(times)))
  const result = step * 2 ** shift
  const how: Requantization = { shift, ...saturation(Math.ceil(lo / result), Math.floor(hi / result)) }
  return { node: lowering.addNode({ ...node, ...how }), step: result }
}

/** A range around lo…hi of a power of two of integers, the ends of which are cheap to compare with; none where there are no ends. */
function saturation(lo: number, hi: number): { lo: number; hi: number } {
  if (lo === -Infinity || hi === Infinity) return { lo: Math.max(lo, -(2 ** 31)), hi: Math.min(hi, 2 ** 31 - 1) }
  const signed = (bits: number) => (lo < 0 ? -(2 ** (bits - 1)) : lo)
  let bits = 1
  while (bits < 31 && (signed(bits) > lo || signed(bits) + 2 ** bits - 1 < hi)) bits++
  return { lo: signed(bits), hi: signed(bits) + 2 ** bits - 1 }
}

/** Rows of `length` neighbours, each summed with the same whole weights. */
export function rowSums(
  lowering: Lowering,
  { operand, rows, weights }: { operand: number; rows: number; weights: readonly number[] },
): LinearNode {
  const length = weights.length
  return {
    ...{ op: 'linear', ...anyRange, count: rows, shift: 0, operand, window: eachRow(length, length) },
    weight: lowering.addWeights(Int32Array.from(weights)),
    bias: lowering.addWeights(Int32Array.of(0), 4),
  }
}

/** A window in which element j reads the j-th `length` neighbours. */
export function eachRow(length: number, rowStride = 0): Window {
  return { d1: 1, d2: 1, s0: length, s1: 0, s2: 0, base: 0, run: length, n1: 1, n2: 1, r1: 0, r2: 0, rowStride }
}

/** A sum of squares of rows of `length` neighbours. */
export function rowSquares({ operand, rows, length }: { operand: number; rows: number; length: number }): DotNode {
  return {
    ...{ op: 'dot', ...anyRange, count: rows, shift: 0, operands: [operand, operand], window: eachRow(length) },
    second: { t0: length, t1: 0, t2: 0, base: 0, r1: 0 },
  }
}
