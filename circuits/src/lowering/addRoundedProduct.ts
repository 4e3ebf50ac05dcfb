import type { DotNode, ProductNode } from '../exactGraph.ts'
import { requantizationOf } from './addSum.ts'
import { intervalOfNode, type Lowering } from './lowering.ts'
import type { Target } from './target.ts'

/** A product, or sums of products, of tensors; `step` is that of the unrounded integers. */
export type RealProduct = { name: string; product: DotNode | ProductNode; step: number; target: Target }

/** Adds products with the rounding that their target asks for; whole steps of the model's own size come by one more rounding. */
export function addRoundedProduct(
  lowering: Lowering,
  { name, product, step, target }: RealProduct,
): { node: number; step: number } {
  const { graph, intervalOf, addNode } = lowering
  const index = graph.nodes.length
  const none = { lo: new Float64Array(), hi: new Float64Array() }
  const bounds = intervalOfNode({ graph, node: product, index }, intervalOf).sum ?? none
  if (target.kind !== 'code') {
    const how = requantizationOf(lowering, { name, bounds, step, target })
    return { node: addNode({ ...product, ...how }, bounds), step: step * 2 ** how.shift }
  }
  // unless they are few bits, parts of a step come first, as many as leave room for a factor, saturated where the steps are
  const parts = Math.max(2, 2 ** partBits / (target.hi - target.lo + 1))
  const shift = Math.max(0, Math.floor(Math.log2(target.step / parts / step)))
  const unit = target.step / (step * 2 ** shift)
  const [lo, hi] = [Math.floor((target.lo - 1) * unit), Math.ceil((target.hi + 1) * unit)]
  const operand = addNode({ ...product, shift, lo: Math.max(lo, -(2 ** 31)), hi: Math.min(hi, 2 ** 31 - 1) })
  return toCode(lowering, { name, operand, step: step * 2 ** shift, target })
}

/** Bits of a number of parts of a step. */
const partBits = 15
/** Bits of the factor that takes one step to another. */
const factorBits = 16

/** Rounds integers of one step to whole steps of another size. */
export function toCode(
  lowering: Lowering,
  {
    name,
    operand,
    step,
    target,
  }: { name: string; operand: number; step: number; target: Extract<Target, { kind: 'code' }> },
): { node: number; step: number } {
  const { graph, intervalOf, addNode } = lowering
  const { lo, hi } = intervalOf(operand)
  const reach = hi.reduce((most, value, at) => Math.max(most, value, -(lo[at] ?? 0)), 1)
  const ratio = step / target.step
  // multiplier · 2^-shift is the ratio; its product stays below 2^30
  const room = Math.min(factorBits, 29 - Math.ceil(Math.log2(reach + 1)))
  const shift = Math.max(0, Math.min(30, room - 1 - Math.floor(Math.log2(ratio))))
  const multiplier = Math.max(1, Math.round(ratio * 2 ** shift))
  const bounds = {
    lo: Float64Array.from(lo, (value) => value * multiplier),
    hi: Float64Array.from(hi, (value) => value * multiplier),
  }
  const how = requantizationOf(lowering, { name, bounds, step: target.step * 2 ** -shift, target })
  const { count } = graph.nodes[operand] ?? { count: 0 }
  const node = addNode({ op: 'requantize', width: 4, count, operand, multiplier, ...how })
  return { node, step: target.step }
}
