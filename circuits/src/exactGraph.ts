import type { Width } from './tensorBytes.ts'

/** What a node does; the descriptor's op byte (TRACE.md 9). Each operator is one file of circuits/src/primitives. */
export const opCodes = {
  input: 0,
  linear: 1,
  product: 2,
  dot: 3,
  requantize: 4,
  max: 5,
  argmax: 6,
  compare: 7,
  select: 8,
  lookup: 9,
  gather: 10,
  move: 11,
} as const
export type Op = keyof typeof opCodes

/**
 * How an element's operand is read. Element j of a node has i2 = j mod d2, i1 = ⌊j / d2⌋ mod d1, i0 = the rest; its reads
 * start at base + i0·s0 + i1·s1 + i2·s2 and are, for each a < n1 and b < n2, `run` elements at + a·r1 + b·r2.
 * It uses the weight row and the bias number i2; a weight row stands at i2 · rowStride (0: no weights, or one row for all).
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

/**
 * How an element's second operand is read, with the i0, i1, i2 of its {@link Window}: from base + i0·t0 + i1·t1 + i2·t2,
 * for each a < n1, `run` elements at + a·r1. The window then has n2 = 1.
 */
export type SecondWindow = { t0: number; t1: number; t2: number; base: number; r1: number }

/** What all nodes have: number of elements, bytes of one, and the range that their values are clamped to. */
export type NodeShape = { count: number; width: Width; lo: number; hi: number }

/** The graph's input: `count` integers of the declared range, whose size is a power of two. */
export type InputNode = NodeShape & { op: 'input' }

/** y = clamp((Σ w·x + b + half) >> shift, lo, hi): sums of products with constant weights. */
export type LinearNode = NodeShape & {
  op: 'linear'
  /** bits dropped after the sum, rounding half up; 0 keeps the sum */
  shift: number
  /** index of the node that is read; smaller than the node's own */
  operand: number
  /** index of the weight tensor, window.d2 rows of the window's length */
  weight: number
  /** index of the bias tensor, always int32, one for each row */
  bias: number
  window: Window
}

/** y_j = clamp((x_j · z_j + half) >> shift, lo, hi) of two operands of `count` elements each. */
export type ProductNode = NodeShape & { op: 'product'; shift: number; operands: [left: number, right: number] }

/** y = clamp((Σ x·z + half) >> shift, lo, hi): sums of products of two operands; the window's n2 is 1. */
export type DotNode = NodeShape & {
  op: 'dot'
  shift: number
  operands: [left: number, right: number]
  window: Window
  second: SecondWindow
}

/** y_j = clamp((x_j · multiplier + half) >> shift, lo, hi) of one operand of `count` elements. */
export type RequantizeNode = NodeShape & { op: 'requantize'; shift: number; multiplier: number; operand: number }

/** The greatest element of each window. lo and hi bound it and never clamp. */
export type MaxNode = NodeShape & { op: 'max'; operand: number; window: Window }

/** The position, from 0 and in reading order, of the greatest element of each window; the first of equals. */
export type ArgmaxNode = NodeShape & { op: 'argmax'; operand: number; window: Window }

/** How {@link CompareNode} compares; the descriptor's flags byte. */
export const relations = { greater: 0, greaterOrEqual: 1, equal: 2 } as const
export type Relation = keyof typeof relations

/** y_j = 1 if x_j relation z_j, else 0; z_j is an element of the second operand, or of a weight tensor, of `count` elements. */
export type CompareNode = NodeShape & {
  op: 'compare'
  relation: Relation
  operand: number
  against: { operand: number } | { weight: number }
}

/** y_j = a_j if c_j = 1, b_j if c_j = 0; operands of `count` elements each, and c never anything else than 0 and 1. */
export type SelectNode = NodeShape & { op: 'select'; operands: [condition: number, yes: number, no: number] }

/**
 * y = table[x - offset]. The window reads one element (run = n1 = n2 = 1). With rowStride 0 the weight tensor is one table for all
 * elements; otherwise element j looks into the row of `rowStride` entries that begins at i2 · rowStride: an embedding of
 * D columns has d2 = D, s2 = 0.
 */
export type LookupNode = NodeShape & { op: 'lookup'; operand: number; weight: number; offset: number; window: Window }

/**
 * y = x[start + r1 · k] with start = base + i0·s0 + i1·s1 + i2·s2 and k the element of the index operand at
 * second.base + i0·t0 + i1·t1 + i2·t2, always 0 ≤ k < n1. run = n2 = 1.
 */
export type GatherNode = NodeShape & {
  op: 'gather'
  operands: [data: number, index: number]
  window: Window
  second: SecondWindow
}

/**
 * Elements put in other places: reshape, transpose, slice, concat, pad, broadcast. Entry j ≥ 0 of the int32 weight tensor takes
 * that element of the operands laid end to end; -1 takes the constant 0.
 */
export type MoveNode = NodeShape & { op: 'move'; operands: number[]; weight: number }

export type GraphNode =
  | InputNode
  | LinearNode
  | ProductNode
  | DotNode
  | RequantizeNode
  | MaxNode
  | ArgmaxNode
  | CompareNode
  | SelectNode
  | LookupNode
  | GatherNode
  | MoveNode

/** The node of one operator. */
export type NodeOf<O extends Op> = Extract<GraphNode, { op: O }>

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

/** Number of elements that each element reads of its first operand. */
export function windowLength(window: Window): number {
  return window.n1 * window.n2 * window.run
}

/** A window in which element j reads the `length` elements from j · length on: rows of the last axis, or single elements. */
export function rowWindow({
  rows,
  length,
  rowStride = 0,
}: {
  rows: number
  length: number
  rowStride?: number
}): Window {
  return { d1: 1, d2: rows, s0: 0, s1: 0, s2: length, base: 0, run: length, n1: 1, n2: 1, r1: 0, r2: 0, rowStride }
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
