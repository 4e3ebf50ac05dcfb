import type { Width } from './tensorBytes.ts'

/**
 * What a node does; the descriptor's op byte. Later primitives of DESIGN.md §2 take the next numbers.
 * `linear` carries its requantization: y = clamp((Σ w·x + b + 2^(shift-1)) >> shift, lo, hi).
 */
export const opCodes = { input: 0, linear: 1 } as const
export type Op = keyof typeof opCodes

/**
 * How an element's operand is read. Element j of a node has i2 = j mod d2, i1 = ⌊j / d2⌋ mod d1, i0 = the rest; its reads
 * start at base + i0·s0 + i1·s1 + i2·s2 and are, for each a < n1 and b < n2, `run` elements at + a·r1 + b·r2.
 * It uses the weight row and the bias number i2; a weight row stands at i2 · rowStride.
 */
export type Window = {
  d1: number
  d2: number
  s0: number
  s1: number
  s2: number
  base: number
  run: number
  n1: number
  n2: number
  r1: number
  r2: number
  rowStride: number
}

/** The graph's input: `count` integers of the declared range. */
export type InputNode = { op: 'input'; count: number; width: Width; lo: number; hi: number }

/** A sum of products with constant weights, rounded, shifted and clamped. */
export type LinearNode = {
  op: 'linear'
  count: number
  width: Width
  lo: number
  hi: number
  /** bits dropped after the sum, rounding half up; 0 keeps the sum */
  shift: number
  /** index of the node that is read; smaller than the node's own */
  operand: number
  /** index of the weight tensor */
  weight: number
  /** index of the bias tensor, always int32 */
  bias: number
  window: Window
}

export type GraphNode = InputNode | LinearNode

/** A constant tensor: weights ordered out, kernel row, kernel column, in; biases one for each out. */
export type WeightTensor = { width: Width; values: Int32Array }

/**
 * A model in integer arithmetic only, with one meaning on every machine. Element order is NHWC (TRACE.md 1).
 * Every node's operands stand before it.
 */
export type ExactGraph = { nodes: GraphNode[]; weights: WeightTensor[]; inputNode: number; outputNode: number }

/** Least and greatest value of each element of a tensor over all inputs of the declared range. */
export type Interval = { lo: Int32Array; hi: Int32Array }

/** The graph breaks a rule that its meaning depends on; it is not to be run, proved or published. */
export class GraphInvalidError extends Error {
  override readonly name = 'GraphInvalidError'
  readonly reason: string

  constructor(reason: string) {
    super(`The exact graph is not valid: ${reason}.`)
    this.reason = reason
  }
}

/** Reads of output element `index`, as positions in the operand, in the order of the weight row. */
export function windowReads(window: Window, index: number): number[] {
  const i2 = index % window.d2
  const i1 = Math.floor(index / window.d2) % window.d1
  const i0 = Math.floor(index / (window.d2 * window.d1))
  const start = window.base + i0 * window.s0 + i1 * window.s1 + i2 * window.s2
  const reads: number[] = []
  for (let a = 0; a < window.n1; a++) {
    for (let b = 0; b < window.n2; b++) {
      for (let offset = 0; offset < window.run; offset++) reads.push(start + a * window.r1 + b * window.r2 + offset)
    }
  }
  return reads
}

/** Number of products in each element's sum. */
export function windowLength(window: Window): number {
  return window.n1 * window.n2 * window.run
}

/** The input's node. @throws GraphInvalidError */
export function inputOf(graph: ExactGraph): InputNode {
  const node = graph.nodes[graph.inputNode]
  if (node?.op !== 'input') throw new GraphInvalidError(`node ${graph.inputNode} is not an input`)
  return node
}

/** A node by its index. @throws GraphInvalidError */
export function nodeAt(graph: ExactGraph, index: number): GraphNode {
  const node = graph.nodes[index]
  if (!node) throw new GraphInvalidError(`there is no node ${index} among ${graph.nodes.length}`)
  return node
}

/** A constant tensor by its index. @throws GraphInvalidError */
export function weightAt(graph: ExactGraph, index: number): WeightTensor {
  const tensor = graph.weights[index]
  if (!tensor) throw new GraphInvalidError(`there is no weight tensor ${index} among ${graph.weights.length}`)
  return tensor
}
