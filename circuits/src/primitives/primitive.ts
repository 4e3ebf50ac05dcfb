import type { Circuit, Element } from '../circuit.ts'
import type { ExactGraph, GraphNode, Interval, NodeShape, SecondWindow, Window } from '../exactGraph.ts'

/** Bounds of sums before they are rounded: integers below 2^53. */
export type SumInterval = { lo: Float64Array; hi: Float64Array }

/** Intervals of a node's elements, and of its sums before rounding where it has any. */
export type NodeInterval = { value: Interval; sum?: SumInterval }

/** What a descriptor says of a node beside its shape (TRACE.md 9). */
export type Fields = {
  operands: number[]
  shift: number
  multiplier: number
  flags: number
  weight: number | undefined
  bias: number | undefined
  offset: number
  window: Window
  second: SecondWindow
}

/** Gives the elements that a step asks for; on chain they are opened against the tensors' roots. */
export type Openings = {
  /** an element of the operand in this place, 0 to 2 */
  operand(place: number, index: number): number
  weight(index: number): number
  bias(index: number): number
}

/**
 * All that is true of one operator. Its equation stands at the head of its file; each function here says the same in its own
 * way, and tests hold them against each other.
 */
export type Primitive<N extends GraphNode> = {
  /** indices of the nodes that it reads */
  operands(node: N): number[]
  /** the node's descriptor fields, absent ones at rest */
  describe(node: N, graph: ExactGraph): Partial<Fields>
  /** inverse of describe */
  parse(fields: Fields & { shape: NodeShape }): N
  /** elements of the first operand that one element reads */
  readCount(node: N): number
  /**
   * Checks the node's shape and bounds its elements for all inputs.
   * @throws GraphInvalidError
   */
  interval(context: { graph: ExactGraph; node: N; index: number; operands: Interval[] }): NodeInterval
  /** all elements, from the operands' */
  evaluate(context: { graph: ExactGraph; node: N; operands: Int32Array[] }): Int32Array
  /** one element, from single openings */
  step(context: { graph: ExactGraph; node: N; element: number; open: Openings }): number
  /** all elements in a circuit */
  constrain(
    circuit: Circuit,
    context: { graph: ExactGraph; node: N; operands: Element[][]; bounds: NodeInterval },
  ): Element[]
}

/** A second operand that is read element by element, like the first. */
export const elementwiseSecond: SecondWindow = { t0: 0, t1: 0, t2: 1, base: 0, r1: 0 }
