import { type Interval, type LinearNode, nodeAt, type Window, windowLength, windowReads } from '../exactGraph.ts'
import { linearInterval } from '../primitives/linear.ts'
import type { SumInterval } from '../primitives/primitive.ts'
import { type Requantization, requantizeInterval } from '../primitives/requantize.ts'
import { QuantizeError } from '../quantizeError.ts'
import { type Lowering, rangeOfInterval } from './lowering.ts'
import type { Target } from './target.ts'

/** Bits of a sum beside its sign: no rounding then leaves int32. */
const sumBits = 30
/** Bits of the greatest operand at which biases are fine enough in its own steps. */
const biasBits = 14
/** Bits of a sum that nothing rounds, in the worst case. */
const rawBits = 24
/** Terms of a sum that may be of tensors, each with bounds of its own. */
const shortSum = 4

/** A sum in real numbers: rows of weights for each unit of the operand's integers, and biases. */
export type RealSum = {
  /** the float node's name */
  name: string
  operand: number
  window: Window
  count: number
  weights: Float64Array
  bias: Float64Array
  /** bits of a weight where the node's setting is not meant */
  weightBits?: number
  /** a step of which all weights are whole multiples or nearly so */
  base?: number
  target: Target
}

/** A node and the real values that its integers' steps stand for: one for each row of weights. */
export type MadeSum = { node: number; steps: Float64Array }

/** Adds a sum of products with constants in integers. */
export function addSum(lowering: Lowering, sum: RealSum): MadeSum {
  const { name, target, window } = sum
  const { perChannel, saturation } = lowering.settings(name)
  const isAlike = target.kind !== 'hidden' || saturation === 'always' || target.ceiling < Infinity
  const rows = window.d2
  const reach = reachOf(sum, lowering.intervalOf(sum.operand))
  if (!perChannel || isAlike || rows === 1 || (target.floor !== 0 && target.floor !== -Infinity)) {
    return addRounded(lowering, { sum, rounded: roundWeights(lowering, { ...sum, reach }) })
  }
  const length = windowLength(window)
  const parts = Array.from({ length: rows }, (_, row) =>
    roundWeights(lowering, {
      ...{ ...sum, weights: sum.weights.subarray(row * length, (row + 1) * length) },
      ...{ bias: sum.bias.subarray(row, row + 1), reach: (at: number) => reach(row * length + at) },
    }),
  )
  const [weight, bias] = [new Int32Array(sum.weights.length), new Int32Array(rows)]
  for (const [row, part] of parts.entries()) {
    weight.set(part.weight, row * length)
    bias.set(part.bias, row)
  }
  return addRounded(lowering, {
    sum,
    rounded: { weight, bias, steps: Float64Array.from(parts, ({ steps }) => steps[0] ?? 1) },
  })
}

type Rounded = { weight: Int32Array; bias: Int32Array; steps: Float64Array }

function addRounded(lowering: Lowering, { sum, rounded }: { sum: RealSum; rounded: Rounded }): MadeSum {
  const { graph, intervalOf, addNode, addWeights } = lowering
  const { name, operand, window, count, target } = sum
  const node: LinearNode = {
    ...{ op: 'linear', count, width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1, shift: 0, operand, window },
    weight: addWeights(rounded.weight),
    bias: addWeights(rounded.bias, 4),
  }
  const bounds = linearInterval({ graph, node, index: graph.nodes.length, operand: intervalOf(operand) }).sum
  // seen values saturate in no row where they do not in the finest
  const step = rounded.steps.reduce((a, b) => Math.min(a, b), Infinity)
  const how = requantizationOf(lowering, { name, bounds, step, target })
  return { node: addNode({ ...node, ...how }, bounds), steps: rounded.steps.map((one) => one * 2 ** how.shift) }
}

/** The shift and the clamps that bring a sum with these bounds and this step to its target. */
export function requantizationOf(
  lowering: Lowering,
  { name, bounds, step, target }: { name: string; bounds: SumInterval; step: number; target: Target },
): Requantization {
  const { activationBits, saturationBits, saturation, range } = lowering.settings(name)
  const { floor, ceiling } = target
  const clipped = (shift: number): Requantization => {
    const whole = (bound: number) =>
      Math.min(Math.max(Math.round(bound / (step * 2 ** shift)), -(2 ** 31)), 2 ** 31 - 1)
    return { shift, lo: whole(floor), hi: whole(ceiling) }
  }
  const valuesAt = (shift: number) => rangeOfInterval(requantizeInterval(bounds, clipped(shift)))
  if (target.kind === 'exact') return clipped(shiftInto(valuesAt, sumBits))
  if (target.kind === 'code') {
    const shift = Math.round(Math.log2(target.step / step))
    const { lo, hi } = clipped(shift)
    return { shift, lo: Math.max(lo, target.lo), hi: Math.min(hi, target.hi) }
  }
  if (target.kind === 'raw') return clipped(shiftInto(valuesAt, target.bits ?? rawBits))
  if (target.kind === 'table') return tableRange({ ...target, step, valuesAt, clipped })
  const shift = shiftInto(valuesAt, activationBits)
  if (saturation === 'never') return clipped(shift)
  const bits = Math.min(saturationBits, activationBits)
  const seen = lowering.calibration.range(target.output, range, bits)
  const most = Math.max(seen.hi, -seen.lo, step)
  // bits of the hidden value that the calibration inputs use when its step comes from the worst case
  const used = Math.log2(most / (step * 2 ** shift))
  if (saturation === 'auto' && used >= activationBits / 2) return clipped(shift)
  const finer = Math.max(0, Math.ceil(Math.log2((most * 1.02) / (step * (2 ** bits - 1)))))
  const { lo, hi } = clipped(finer)
  return { shift: finer, lo: Math.max(lo, -(2 ** bits)), hi: Math.min(hi, 2 ** bits - 1) }
}

/** Least shift at which every value has `bits` bits beside the sign. */
function shiftInto(valuesAt: (shift: number) => { lo: number; hi: number }, bits: number): number {
  for (let shift = 0; ; shift++) {
    const { lo, hi } = valuesAt(shift)
    if (Math.max(hi, -lo) <= 2 ** bits - 1) return shift
  }
}

/** A range of 2^bits integers around lo…hi in real numbers, saturating, unless the bounds fit it anyway. */
function tableRange(context: {
  lo: number
  hi: number
  step: number
  bits: number
  valuesAt: (shift: number) => { lo: number; hi: number }
  clipped: (shift: number) => Requantization
}): Requantization {
  const { lo, hi, step, bits, valuesAt, clipped } = context
  for (let shift = 0; ; shift++) {
    const bounds = valuesAt(shift)
    const unit = step * 2 ** shift
    if (bounds.hi - bounds.lo < 2 ** bits) return clipped(shift)
    const [first, last] = [Math.floor(lo / unit), Math.ceil(hi / unit)]
    if (last - first >= 2 ** bits && shift < 30) continue
    const clip = clipped(shift)
    const start = Math.max(clip.lo, first - Math.floor((2 ** bits - 1 - (last - first)) / 2))
    return { shift, lo: start, hi: Math.min(clip.hi, start + 2 ** bits - 1) }
  }
}

/** Integers for real weights and biases at the least step base · 2^-a at which weights keep to their limit and sums fit int32. */
function roundWeights(lowering: Lowering, sum: RealSum & { reach: (at: number) => number }): Rounded {
  const { name, weights, bias, window, reach, target } = sum
  const own = target.kind === 'raw' ? target.base : undefined
  const base = target.kind === 'code' ? target.step : (sum.base ?? own ?? 1)
  const limit = 2 ** ((sum.weightBits ?? lowering.settings(name).weightBits) - 1) - 1
  const most = weights.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  const length = windowLength(window)
  let scale = most === 0 ? 0 : Math.floor(Math.log2(limit / (most / base)))
  // Where all weights are whole at a greater step, sums need fewer bits; biases keep up to eight below the least weight.
  const isWhole = (at: number) => weights.every((value) => Number.isInteger((value / base) * 2 ** at))
  const isWholeBias = (at: number) => bias.every((value) => Number.isInteger((value / base) * 2 ** at))
  // a sum of tensors in whole multiples of the finest step keeps all of it
  if (sum.base !== undefined && scale < 0 && isWhole(0)) scale = 0
  const lowest = target.kind === 'code' ? 0 : -40
  if (most > 0 && isWhole(scale)) {
    const least = weights.reduce((a, b) => (b === 0 ? a : Math.min(a, Math.abs(b))), Infinity)
    const floor = Math.floor(-Math.log2(least / base))
    const greatest = weights.reduce((a, value, at) => (value === 0 ? a : Math.max(a, reach(at))), 1)
    const finer = Math.min(8, Math.max(0, biasBits - Math.floor(Math.log2(greatest))))
    while (scale > lowest && isWhole(scale - 1) && (isWholeBias(scale - 1) || scale - 1 >= floor + finer)) scale--
  }
  // A sum of constants only is as fine as its greatest allows.
  if (most === 0) {
    const greatest = bias.reduce((a, b) => Math.max(a, Math.abs(b)), 0) / base
    if (greatest > 0 && !isWholeBias(0)) scale = Math.floor(Math.log2((2 ** rawBits - 1) / greatest))
  }
  for (; scale >= lowest; scale--) {
    const factor = 2 ** scale / base
    const weight = Int32Array.from(weights, (value) => Math.floor(value * factor + 0.5))
    const biases = Float64Array.from(bias, (value) => Math.floor(value * factor + 0.5))
    const fits = biases.every((start, row) => {
      let total = Math.abs(start)
      for (let at = row * length; at < (row + 1) * length; at++) total += Math.abs(weight[at] ?? 0) * reach(at)
      return total < 2 ** sumBits
    })
    if (fits) {
      return { weight, bias: Int32Array.from(biases), steps: new Float64Array(biases.length).fill(base * 2 ** -scale) }
    }
  }
  throw new QuantizeError(
    `Node "${name}" has weights or biases too large for 32-bit sums at any scale; rescale the model.`,
  )
}

/** The greatest magnitude that a weight meets: any of the operand's, but in a short sum exactly those that it does. */
function reachOf({ window, count }: RealSum, interval: Interval): (at: number) => number {
  const length = windowLength(window)
  const { lo, hi } = rangeOfInterval(interval)
  const most = Math.max(Math.abs(lo), Math.abs(hi))
  if (length > shortSum) return () => most
  const reaches = new Float64Array(window.d2 * length)
  for (let element = 0; element < count; element++) {
    const row = (element % window.d2) * length
    for (const [term, read] of windowReads(window, element).entries()) {
      const own = Math.max(Math.abs(interval.lo[read] ?? 0), Math.abs(interval.hi[read] ?? 0))
      reaches[row + term] = Math.max(reaches[row + term] ?? 0, own)
    }
  }
  return (at) => reaches[at] ?? most
}

/** A window in which every element reads the same `length` elements of its own row: a fully connected layer on the last dimension. */
export function layerWindow({ outputs, length, rows }: { outputs: number; length: number; rows?: number }): Window {
  const s0 = rows === 1 ? 0 : length
  return { d1: 1, d2: outputs, s0, s1: 0, s2: 0, base: 0, run: length, n1: 1, n2: 1, r1: 0, r2: 0, rowStride: length }
}

/** Elements of a node. */
export function countAt({ graph }: Lowering, node: number): number {
  return nodeAt(graph, node).count
}
