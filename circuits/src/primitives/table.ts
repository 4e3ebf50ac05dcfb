import type { GraphNode, NodeOf, Op } from '../exactGraph.ts'
import { argmaxPrimitive } from './argmax.ts'
import { comparePrimitive } from './compare.ts'
import { dotPrimitive } from './dot.ts'
import { gatherPrimitive } from './gather.ts'
import { linearPrimitive } from './linear.ts'
import { lookupPrimitive } from './lookup.ts'
import { maxPrimitive } from './max.ts'
import { movePrimitive } from './move.ts'
import type { Primitive } from './primitive.ts'
import { productPrimitive } from './product.ts'
import { requantizePrimitive } from './requantize.ts'
import { selectPrimitive } from './select.ts'

/** Operators that compute; the input does not. */
export type ComputedOp = Exclude<Op, 'input'>

/** A node that computes. */
export type ComputedNode = Exclude<GraphNode, { op: 'input' }>

/** The primitives by their operators: evaluation, constraints, steps and files all go through this table. */
export const primitives: { [O in ComputedOp]: Primitive<NodeOf<O>> } = {
  linear: linearPrimitive,
  product: productPrimitive,
  dot: dotPrimitive,
  requantize: requantizePrimitive,
  max: maxPrimitive,
  argmax: argmaxPrimitive,
  compare: comparePrimitive,
  select: selectPrimitive,
  lookup: lookupPrimitive,
  gather: gatherPrimitive,
  move: movePrimitive,
}

/** The primitive of a node. */
export function primitiveOf(node: ComputedNode): Primitive<ComputedNode> {
  // The table's type says that each entry takes the nodes of its own operator, which is what it is asked with.
  return primitives[node.op] as unknown as Primitive<ComputedNode>
}
