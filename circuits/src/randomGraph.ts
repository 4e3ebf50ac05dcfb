// For tests: exact graphs of random nodes, every operator among them.
import {
  type ExactGraph,
  GraphInvalidError,
  type GraphNode,
  type NodeShape,
  type Relation,
  relations,
  rowWindow,
  type SecondWindow,
  type WeightTensor,
  type Window,
} from './exactGraph.ts'
import { checkGraph } from './intervals.ts'
import type { ComputedOp } from './primitives/table.ts'
import type { Width } from './tensorBytes.ts'

type Random = { below: (count: number) => number; between: (lo: number, hi: number) => number }
type Draft = { graph: ExactGraph; random: Random }

/** All operators that compute. */
export const computedOps: readonly ComputedOp[] = [
  ...(['linear', 'product', 'dot', 'requantize', 'max', 'argmax'] as const),
  ...(['compare', 'select', 'lookup', 'gather', 'move'] as const),
]

/**
 * A valid graph that ends in the operator: an input of 1 to 40 elements of 1 to `mostBits` bits and up to `depth` random nodes before it.
 * @param next gives numbers in [0, 1)
 */
export function randomGraph(
  next: () => number,
  { op, depth = 4, mostBits = 12 }: { op: ComputedOp; depth?: number; mostBits?: number },
): ExactGraph {
  const below = (count: number) => Math.floor(next() * count)
  const random: Random = { below, between: (lo, hi) => lo + below(hi - lo + 1) }
  const bits = random.between(1, mostBits)
  const lo = random.between(-(2 ** bits), 10)
  const input: GraphNode = { op: 'input', count: random.between(1, 40), width: 4, lo, hi: lo + 2 ** bits - 1 }
  const draft: Draft = { graph: { nodes: [input], weights: [], inputNode: 0, outputNode: 0 }, random }
  const length = random.below(depth + 1)
  for (let index = 0; index < length; index++) addNode(draft, computedOps[below(computedOps.length)] ?? 'move')
  addNode(draft, op)
  draft.graph.outputNode = draft.graph.nodes.length - 1
  return draft.graph
}

/** Draws after which small numbers are made, so that sums and products of them fit. */
const manyDraws = 50

/** Adds a node of the operator; draws again while the graph is not valid. */
function addNode({ graph, random }: Draft, op: ComputedOp): void {
  for (let draws = 1; ; draws++) {
    const attempt: ExactGraph = { ...graph, nodes: [...graph.nodes], weights: [...graph.weights] }
    const draft = { graph: attempt, random }
    if (draws % manyDraws === 0) boundedNode(draft, { count: random.between(1, 40), most: 15 })
    else attempt.nodes.push(makers[op](draft))
    try {
      checkGraph(attempt)
    } catch (error) {
      if (!(error instanceof GraphInvalidError)) throw error
      continue
    }
    graph.nodes = attempt.nodes
    graph.weights = attempt.weights
    if (draws % manyDraws !== 0) return
  }
}

const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const

/** The range of a width, a part of it, or all of int32. */
function range({ below, between }: Random): Pick<NodeShape, 'width' | 'lo' | 'hi'> {
  const width: Width = ([1, 2, 4] as const)[below(3)] ?? 4
  const bound = 2 ** (8 * width - 1)
  const whole = { width, lo: -bound, hi: bound - 1 }
  if (below(2) === 0) return whole
  return below(2) === 0 ? { ...whole, lo: 0 } : { width, lo: between(-100, 0), hi: between(1, 100) }
}

function pickNode({ graph, random }: Draft): { index: number; node: GraphNode } {
  const index = random.below(graph.nodes.length)
  const node = graph.nodes[index]
  if (!node) throw new GraphInvalidError(`there is no node ${index}`)
  return { index, node }
}

function addWeight({ graph }: Draft, values: Int32Array): number {
  const limit = values.reduce((most, value) => Math.max(most, value < 0 ? -1 - value : value), 0)
  const width: Width = limit < 2 ** 7 ? 1 : limit < 2 ** 15 ? 2 : 4
  return graph.weights.push({ width, values }) - 1
}

const wideTensor = (draft: Draft, values: Int32Array) => {
  const tensor: WeightTensor = { width: 4, values }
  return draft.graph.weights.push(tensor) - 1
}

/** A node of the graph with as many elements, made by a move where there is none. */
function nodeOfCount(draft: Draft, count: number): number {
  const { graph, random } = draft
  const { index, node } = pickNode(draft)
  if (node.count === count) return index
  const map = Int32Array.from({ length: count }, () => random.between(random.below(4) === 0 ? -1 : 0, node.count - 1))
  graph.nodes.push({ op: 'move', count, ...wide, operands: [index], weight: wideTensor(draft, map) })
  return graph.nodes.length - 1
}

/** A node whose elements are 0 … most. */
function boundedNode(draft: Draft, { count, most }: { count: number; most: number }): number {
  const operand = nodeOfCount(draft, count)
  const shape = { count, width: 4, lo: 0, hi: most } as const
  draft.graph.nodes.push({ op: 'requantize', ...shape, multiplier: draft.random.between(1, 3), shift: 0, operand })
  return draft.graph.nodes.length - 1
}

/** A window of a tensor of `size` elements that may reach further than it: then the graph is drawn again. */
function randomWindow({ between, below }: Random, size: number): { window: Window; rows: number } {
  const [d1, d2] = [between(1, 5), between(1, below(3) === 0 ? 20 : 5)]
  const stride = () => (below(2) === 0 ? 0 : between(0, Math.max(1, Math.floor(size / 4))))
  const run = between(1, below(2) === 0 ? size : Math.min(4, size))
  const window: Window = {
    ...{ d1, d2, s0: stride(), s1: stride(), s2: stride(), base: below(3) === 0 ? below(size) : 0 },
    ...{ run, n1: between(1, 3), n2: between(1, 2), r1: stride(), r2: stride(), rowStride: 0 },
  }
  return { window, rows: d1 * d2 * between(1, 2) }
}

const secondWindow = ({ between }: Random, size: number): SecondWindow => {
  const stride = () => between(0, Math.floor(size / 4))
  return { t0: stride(), t1: stride(), t2: stride(), base: stride(), r1: stride() }
}

const makers: { [O in ComputedOp]: (draft: Draft) => GraphNode } = {
  linear(draft) {
    const { random } = draft
    const { index, node } = pickNode(draft)
    const { window, rows } = randomWindow(random, node.count)
    const rowStride = window.n1 * window.n2 * window.run
    const reach = 2 ** random.between(0, random.below(4) === 0 ? 24 : 7)
    const values = Int32Array.from({ length: window.d2 * rowStride }, () => random.between(-reach, reach))
    const bias = Int32Array.from({ length: window.d2 }, () => random.between(-1000, 1000))
    return {
      ...{ op: 'linear', count: rows, ...range(random), shift: random.below(12), operand: index },
      ...{ weight: addWeight(draft, values), bias: wideTensor(draft, bias), window: { ...window, rowStride } },
    }
  },
  product(draft) {
    const { index, node } = pickNode(draft)
    const operands: [number, number] = [index, nodeOfCount(draft, node.count)]
    return { op: 'product', count: node.count, ...range(draft.random), shift: draft.random.below(8), operands }
  },
  dot(draft) {
    const [left, right] = [pickNode(draft), pickNode(draft)]
    const { window, rows } = randomWindow(draft.random, Math.min(left.node.count, right.node.count))
    return {
      ...{ op: 'dot', count: rows, ...range(draft.random), shift: draft.random.below(10) },
      ...{ operands: [left.index, right.index], window: { ...window, n2: 1 } },
      second: secondWindow(draft.random, right.node.count),
    }
  },
  requantize(draft) {
    const { below, between } = draft.random
    const { index, node } = pickNode(draft)
    const reach = 2 ** between(0, below(2) === 0 ? 30 : 4)
    const multiplier = between(-reach, reach)
    return { op: 'requantize', count: node.count, ...range(draft.random), multiplier, shift: below(40), operand: index }
  },
  max: (draft) => ({ op: 'max', ...wide, ...windowed(draft) }),
  argmax: (draft) => ({ op: 'argmax', ...wide, ...windowed(draft) }),
  compare(draft) {
    const { random } = draft
    const { index, node } = pickNode(draft)
    const relation = (Object.keys(relations) as Relation[])[random.below(3)] ?? 'equal' // the object's own keys
    const constants = () => Int32Array.from({ length: node.count }, () => random.between(-20, 20))
    const against =
      random.below(2) === 0 ? { weight: addWeight(draft, constants()) } : { operand: nodeOfCount(draft, node.count) }
    return { op: 'compare', count: node.count, width: 1, lo: 0, hi: 1, relation, operand: index, against }
  },
  select(draft) {
    const { count } = pickNode(draft).node
    const condition = boundedNode(draft, { count, most: 1 })
    return { op: 'select', count, ...wide, operands: [condition, nodeOfCount(draft, count), nodeOfCount(draft, count)] }
  },
  lookup(draft) {
    const { random } = draft
    const { count } = pickNode(draft).node
    const [most, below] = [random.between(1, 30), random.between(0, 3)]
    const operand = boundedNode(draft, { count, most })
    const table = (rows: number) =>
      addWeight(
        draft,
        Int32Array.from({ length: rows * (most + 1 + below) }, () => random.between(-300, 300)),
      )
    const plain = { op: 'lookup', ...wide, operand, offset: 0 - below } as const
    if (random.below(2) === 0)
      return { ...plain, count, weight: table(1), window: rowWindow({ rows: count, length: 1 }) }
    const columns = random.between(1, 6)
    const window = { ...rowWindow({ rows: columns, length: 1, rowStride: most + 1 + below }), d1: count, s1: 1, s2: 0 }
    return { ...plain, count: count * columns, weight: table(columns), window }
  },
  gather(draft) {
    const { random } = draft
    const { index, node } = pickNode(draft)
    const { window, rows } = randomWindow(random, node.count)
    const indexCount = random.between(1, 8)
    const k = boundedNode(draft, { count: indexCount, most: window.n1 - 1 })
    return {
      ...{ op: 'gather', count: rows, ...wide, operands: [index, k], window: { ...window, run: 1, n2: 1 } },
      second: { ...secondWindow(random, indexCount), r1: 0 },
    }
  },
  move(draft) {
    const { random } = draft
    const picked = Array.from({ length: random.between(1, 3) }, () => pickNode(draft))
    const total = picked.reduce((sum, { node }) => sum + node.count, 0)
    const count = random.between(1, 60)
    const first = random.between(-1, total - 1)
    const isRuns = random.below(2) === 0
    const map = Int32Array.from({ length: count }, (_, at) =>
      isRuns ? Math.min(first + at, total - 1) : random.between(-1, total - 1),
    )
    return { op: 'move', count, ...wide, operands: picked.map(({ index }) => index), weight: wideTensor(draft, map) }
  },
}

function windowed(draft: Draft): { operand: number; window: Window; count: number } {
  const { index, node } = pickNode(draft)
  const { window, rows } = randomWindow(draft.random, node.count)
  return { operand: index, window, count: rows }
}
