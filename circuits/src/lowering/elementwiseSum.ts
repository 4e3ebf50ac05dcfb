import { nodeAt, type Window } from '../exactGraph.ts'
import type { Requantization } from '../primitives/requantize.ts'
import { QuantizeError } from '../quantizeError.ts'
import { addSum, requantizationOf } from './addSum.ts'
import { fitTerms, stepsOf } from './fitTerms.ts'
import { anyRange, arrange, type Lowering } from './lowering.ts'
import { countOf, inverseOrder, ownOrder, type Place, placeAt, placeOfRows, uniformStep } from './place.ts'
import type { Target } from './target.ts'

/** Σ coefficient · tensor, element by element, of one or two tensors of the same shape. */
export type Terms = { name: string; terms: readonly { place: Place; coefficient: number }[]; target: Target }

/** Bits of the factor that takes a step to one of the model's own, with a sign. */
const codeFactorBits = 13

/** A target that keeps the sum as it is. */
export function exactTarget(output: string): Target {
  return { kind: 'exact', output, floor: -Infinity, ceiling: Infinity }
}

/** Adds a sum of tensors; its elements stand as the first tensor's do, where that has a node of its own. */
export function elementwiseSum(lowering: Lowering, { name, terms, target }: Terms): Place {
  const [first] = terms
  if (!first) throw new QuantizeError(`Node "${name}" sums nothing.`)
  const { shape } = first.place
  const count = countOf(shape)
  const order =
    sumOrder(
      lowering,
      terms.map(({ place }) => place),
    ) ?? Int32Array.from({ length: count }, (_, at) => at)
  const map = inverseOrder(order)
  const step = uniformStep(first.place)
  const isPower = step !== undefined && Number.isInteger(Math.log2(step))
  const codeShift = target.kind === 'code' ? Math.log2(target.step / (step ?? 0)) : 0
  const isShift = Number.isInteger(codeShift) && codeShift >= 0
  const keepsStep = step !== undefined && step > 0 && isShift && (isPower || !isOutput(lowering, target))
  if (terms.length === 1 && keepsStep && first.coefficient === 1) {
    const operand = arrange(lowering, first.place, order)
    const place = requantizeNode(lowering, { name, operand, step, target })
    return placeAt({ ...place, shape, map })
  }
  // one tensor in steps of the model's own: its factor takes what bits its integers leave
  const isCode = terms.length === 1 && target.kind === 'code'
  const fitted = isCode
    ? { terms, weightBits: codeFactorBits }
    : fitTerms(lowering, { terms, isPowerAsked: isOutput(lowering, target) })
  return sumOfTerms(lowering, { name, target, order, ...fitted })
}

function sumOfTerms(
  lowering: Lowering,
  {
    name,
    terms,
    target,
    order,
    weightBits,
  }: Omit<Terms, 'terms'> & { terms: Terms['terms']; order: Int32Array; weightBits: number },
): Place {
  const [first] = terms
  if (!first) throw new QuantizeError(`Node "${name}" sums nothing.`)
  const { shape } = first.place
  const [count, length, map] = [countOf(shape), terms.length, inverseOrder(order)]
  const weights = new Float64Array(count * length)
  const bias = new Float64Array(count)
  for (const [index, at] of order.entries()) {
    for (const [term, { place, coefficient }] of terms.entries()) {
      if ((place.map[at] ?? -1) >= 0) weights[index * length + term] = coefficient * (place.steps[at] ?? 0)
      bias[index] = (bias[index] ?? 0) + coefficient * (place.offsets[at] ?? 0)
    }
  }
  const operand = length === 1 ? arrange(lowering, first.place, order) : interleave(lowering, { terms, order })
  const rows = period({ weights, bias, length, shape })
  const window: Window = {
    ...{ d1: count / rows, d2: rows, s0: 0, s1: rows * length, s2: length, base: 0, run: length },
    ...{ n1: 1, n2: 1, r1: 0, r2: 0, rowStride: length },
  }
  const made = addSum(lowering, {
    ...{ name, operand, window, count, target, weightBits, base: baseOf(lowering, { terms, target }) },
    weights: weights.slice(0, rows * length),
    bias: bias.slice(0, rows),
  })
  return placeOfRows({ ...made, shape, map })
}

/** A step of which those of the terms are whole multiples, if their sum is not the model's output, which has a power of two. */
function baseOf(lowering: Lowering, { terms, target }: Pick<Terms, 'terms' | 'target'>): number {
  const steps = terms.flatMap(stepsOf)
  const least = Math.min(...steps)
  const isOne = steps.length === 0 || !steps.every((step) => Number.isInteger(step / least))
  return isOne || isOutput(lowering, target) ? 1 : least
}

/** Whether a sum is the model's output, whose step is a power of two. */
function isOutput({ float }: Lowering, { kind, output }: Target): boolean {
  return kind === 'exact' && output === float.output.name
}

/** Rounds, saturates or clamps the elements of a node. */
export function requantizeNode(
  lowering: Lowering,
  { name, operand, step, target }: { name: string; operand: number; step: number; target: Target },
): { node: number; step: number } {
  const { lo, hi } = lowering.intervalOf(operand)
  const bounds = { lo: Float64Array.from(lo), hi: Float64Array.from(hi) }
  const how: Requantization = requantizationOf(lowering, { name, bounds, step, target })
  const { count } = nodeAt(lowering.graph, operand)
  const isIdle = how.shift === 0 && lo.every((bound) => bound >= how.lo) && hi.every((bound) => bound <= how.hi)
  if (isIdle) return { node: operand, step }
  const node = lowering.addNode({ op: 'requantize', ...anyRange, count, operand, multiplier: 1, ...how })
  return { node, step: step * 2 ** how.shift }
}

/** A tensor with one step and no offsets, for operators that compare or multiply its integers. Costs no constraint. */
export function toUniform(lowering: Lowering, { name, place }: { name: string; place: Place }): Place {
  if ((uniformStep(place) ?? 0) > 0) return place
  return elementwiseSum(lowering, { name, terms: [{ place, coefficient: 1 }], target: exactTarget('') })
}

/** The order of a node that holds one of the tensors and nothing else, so that it is read without a move. */
export function sumOrder({ graph }: Lowering, places: Place[]): Int32Array | undefined {
  for (const place of places) {
    const order = ownOrder(place, nodeAt(graph, place.node).count)
    if (order) return order
  }
  return undefined
}

/** A node with the tensors' elements side by side: for each position of the order, one of each. */
export function interleave(
  lowering: Lowering,
  { terms, order }: { terms: readonly { place: Place }[]; order: Int32Array },
): number {
  const nodes = [...new Set(terms.map(({ place }) => place.node))]
  const starts = new Map<number, number>()
  let total = 0
  for (const node of nodes) {
    starts.set(node, total)
    total += nodeAt(lowering.graph, node).count
  }
  const entries = new Int32Array(order.length * terms.length)
  for (const [index, at] of order.entries()) {
    for (const [term, { place }] of terms.entries()) {
      const from = place.map[at] ?? -1
      entries[index * terms.length + term] = from < 0 ? -1 : (starts.get(place.node) ?? 0) + from
    }
  }
  const weight = lowering.addWeights(entries, 4)
  return lowering.addNode({ op: 'move', ...anyRange, count: entries.length, operands: nodes, weight })
}

/** After how many elements weights and biases repeat: 1, a product of the last dimensions, or all. */
function period(context: {
  weights: Float64Array
  bias: Float64Array
  length: number
  shape: readonly number[]
}): number {
  const { weights, bias, length, shape } = context
  const candidates = [1]
  for (const size of shape.toReversed()) candidates.push((candidates.at(-1) ?? 1) * size)
  for (const [axis, size] of shape.entries()) if (axis === 1) candidates.push(size)
  candidates.sort((a, b) => a - b)
  const repeats = (rows: number) =>
    bias.length % rows === 0 &&
    bias.every((value, index) => value === bias[index % rows]) &&
    weights.every((value, index) => value === weights[index % (rows * length)])
  return candidates.find(repeats) ?? bias.length
}
