import {
  type DotNode,
  type ExactGraph,
  GraphInvalidError,
  type GraphNode,
  type LinearNode,
  type MaxNode,
  type MoveNode,
  type NodeShape,
  nodeAt,
  rowWindow,
  type WeightTensor,
  type Window,
  weightAt,
  windowLength,
} from './exactGraph.ts'
import { checkGraph } from './intervals.ts'
import { primitiveOf } from './primitives/table.ts'
import type { Width } from './tensorBytes.ts'

/** Most bytes of 32-byte leaves that the step of one element opens (DESIGN.md, TRACE.md 7). */
export const maxOpenedBytes = 8192

/** Most operands of a move. */
const maxOperands = 3

type Range = Omit<NodeShape, 'count'>
type AddWeights = (values: Int32Array, width: Width) => number

const anyRange: Range = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 }

/** A graph that means the same, and where each node of the given one went. */
export type SplitGraph = { graph: ExactGraph; indexOf: number[] }

/** A node whose elements are sums, or greatest values, of parts that can be computed one by one. */
type SplitNode = LinearNode | DotNode | MaxNode

/** Part of a window: runs a and b, elements `offset` of each run; ends not included. */
type Part = { a: [from: number, to: number]; b: [from: number, to: number]; offset: [from: number, to: number] }

/**
 * Splits sums, and maxima, whose step would open more than {@link maxOpenedBytes} into parts: partial sums without rounding, laid side by
 * side by moves, and the sum of them, which rounds. Every element keeps its value and its bounds; a circuit takes no more than a row
 * for each partial sum. Sums whose parts would not fit int32 stay whole, and a graph without long sums is returned as it is.
 * @throws GraphInvalidError
 */
export function splitSums(graph: ExactGraph, { maxBytes = maxOpenedBytes }: { maxBytes?: number } = {}): SplitGraph {
  const parts = graph.nodes.map((node) => (isSplit(node) ? partsOf(graph, { node, maxBytes }) : []))
  for (const [index, own] of parts.entries())
    if (own.length > 1 && !fits(graph, { index, parts: own })) parts[index] = []
  if (parts.every(({ length }) => length <= 1)) return { graph, indexOf: [...graph.nodes.keys()] }
  const nodes: GraphNode[] = []
  const weights = [...graph.weights]
  const indexOf: number[] = []
  const add = (node: GraphNode) => nodes.push(node) - 1
  const addWeights = (values: Int32Array, width: Width) => weights.push({ width, values }) - 1
  for (const [index, node] of graph.nodes.entries()) {
    const moved = withOperands(node, (operand) => indexOf[operand] ?? 0)
    const own = parts[index] ?? []
    if (!isSplit(moved) || own.length <= 1) {
      indexOf.push(add(moved))
      continue
    }
    const range = isSplit(node) ? rangeOf(graph, node) : anyRange
    const partials = own.map((part) => add(partial(graph, { node: moved, range, part, addWeights })))
    const operand = sideBySide({ partials, range, count: moved.count, add, addWeights })
    indexOf.push(add(total({ node: moved, operand, length: own.length, addWeights })))
  }
  const [inputNode, outputNode] = [indexOf[graph.inputNode] ?? 0, indexOf[graph.outputNode] ?? 0]
  return { graph: withoutUnread({ nodes, weights, inputNode, outputNode }), indexOf }
}

function isSplit(node: GraphNode): node is SplitNode {
  return node.op === 'linear' || node.op === 'dot' || node.op === 'max'
}

/** The parts of a node's window, each of which opens few enough bytes. */
function partsOf(graph: ExactGraph, { node, maxBytes }: { node: SplitNode; maxBytes: number }): Part[] {
  const { n1, n2, run } = node.window
  const widths =
    node.op === 'dot' ? node.operands.map((at) => nodeAt(graph, at).width) : [nodeAt(graph, node.operand).width]
  const weight = node.op === 'linear' ? weightAt(graph, node.weight).width : 0
  // a run that begins anywhere in a leaf
  const leaves = (elements: number, width: number) => Math.ceil((elements * width - 1) / 32) + 1
  const bytesOf = ({ a, b, offset }: Part) => {
    const [runs, length] = [lengthOf(a) * lengthOf(b), lengthOf(offset)]
    const operands = widths.reduce((sum, width) => sum + runs * leaves(length, width), 0)
    return 32 * (operands + (weight === 0 ? 0 : 1 + leaves(runs * length, weight)))
  }
  const split = (part: Part): Part[] => {
    const bytes = bytesOf(part)
    const dimension = (['a', 'b', 'offset'] as const).find((name) => lengthOf(part[name]) > 1)
    if (bytes <= maxBytes || dimension === undefined) return [part]
    const [from, to] = part[dimension]
    const count = Math.min(to - from, Math.ceil(bytes / maxBytes))
    const at = (place: number) => from + Math.floor(((to - from) * place) / count)
    return Array.from({ length: count }, (_, place) =>
      split({ ...part, [dimension]: [at(place), at(place + 1)] }),
    ).flat()
  }
  return split({ a: [0, n1], b: [0, n2], offset: [0, run] })
}

/** Whether partial sums stay within int32: where large ones cancel, they may not. */
function fits(graph: ExactGraph, { index, parts }: { index: number; parts: Part[] }): boolean {
  const intervals = checkGraph(graph)
  const node = nodeAt(graph, index)
  if (!isSplit(node)) return false
  const primitive = primitiveOf(node)
  const operands = primitive.operands(node).flatMap((operand) => intervals[operand]?.value ?? [])
  const weights = [...graph.weights]
  const addWeights = (values: Int32Array, width: Width) => weights.push({ width, values }) - 1
  return parts.every((part) => {
    const own = partial(graph, { node, range: rangeOf(graph, node), part, addWeights })
    try {
      primitiveOf(own).interval({ graph: { ...graph, weights }, node: own, index, operands })
      return true
    } catch (error) {
      if (!(error instanceof GraphInvalidError)) throw error
      return false
    }
  })
}

function lengthOf([from, to]: readonly [number, number]): number {
  return to - from
}

/** What holds a node's partial values: for greatest ones what holds its operand. */
function rangeOf(graph: ExactGraph, node: SplitNode): Range {
  if (node.op !== 'max') return anyRange
  const { width, lo, hi } = nodeAt(graph, node.operand)
  return { width, lo, hi }
}

/** One part of a node, neither rounded nor clamped. */
function partial(
  graph: ExactGraph,
  context: { node: SplitNode; range: Range; part: Part; addWeights: AddWeights },
): SplitNode {
  const { node, range, part, addWeights } = context
  const { a, b, offset } = part
  const { window } = node
  const start = a[0] * window.r1 + b[0] * window.r2 + offset[0]
  const cut: Window = { ...window, base: window.base + start, n1: lengthOf(a), n2: lengthOf(b), run: lengthOf(offset) }
  if (node.op === 'max') return { ...node, ...range, window: cut }
  if (node.op === 'dot') {
    const second = { ...node.second, base: node.second.base + a[0] * node.second.r1 + offset[0] }
    return { ...node, ...range, shift: 0, window: cut, second }
  }
  const { values, width } = weightAt(graph, node.weight)
  const length = windowLength(cut)
  const own = new Int32Array(window.d2 * length)
  let to = 0
  for (let row = 0; row < window.d2; row++) {
    for (let i = a[0]; i < a[1]; i++) {
      for (let j = b[0]; j < b[1]; j++) {
        const from = row * window.rowStride + (i * window.n2 + j) * window.run
        own.set(values.subarray(from + offset[0], from + offset[1]), to)
        to += lengthOf(offset)
      }
    }
  }
  const bias = addWeights(new Int32Array(window.d2), 4)
  return { ...node, ...range, shift: 0, weight: addWeights(own, width), bias, window: { ...cut, rowStride: length } }
}

/** The node's own values from its parts', which stand side by side. */
function total(context: {
  node: SplitNode
  operand: number
  length: number
  addWeights: AddWeights
}): LinearNode | MaxNode {
  const { node, operand, length, addWeights } = context
  const { d1, d2 } = node.window
  const row = { ...rowWindow({ rows: d2, length }), d1, s0: d1 * d2 * length, s1: d2 * length }
  if (node.op === 'max') return { ...node, operand, window: row }
  const { count, width, lo, hi, shift } = node
  // the weights of all elements are ones, so one row serves them all where there is no bias for each
  const window = node.op === 'dot' ? { ...row, d1: d1 * d2, d2: 1, s1: length, s2: 0 } : row
  const bias = node.op === 'dot' ? addWeights(new Int32Array(1), 4) : node.bias
  const weight = addWeights(new Int32Array(window.d2 * length).fill(1), 1)
  return {
    ...{ op: 'linear', count, width, lo, hi, shift, operand, weight, bias },
    window: { ...window, rowStride: length },
  }
}

/** A node that holds, for each element, its partial values one after the other: moves of three operands at most. */
function sideBySide(context: {
  partials: number[]
  range: Range
  count: number
  add: (node: GraphNode) => number
  addWeights: AddWeights
}): number {
  const { partials, range, count, add, addWeights } = context
  const move = (operands: number[], map: Int32Array) => {
    const node: MoveNode = { op: 'move', ...range, count: map.length, operands, weight: addWeights(map, 4) }
    return add(node)
  }
  let held = partials.map((node) => ({ node, parts: 1 }))
  while (held.length > maxOperands) {
    const groups = Array.from({ length: Math.ceil(held.length / maxOperands) }, (_, group) =>
      held.slice(group * maxOperands, (group + 1) * maxOperands),
    )
    held = groups.map((group) => {
      const parts = group.reduce((sum, one) => sum + one.parts, 0)
      const [only] = group
      if (only && group.length === 1) return only
      const map = Int32Array.from({ length: parts * count }, (_, at) => at)
      return {
        node: move(
          group.map(({ node }) => node),
          map,
        ),
        parts,
      }
    })
  }
  const total = partials.length
  const map = Int32Array.from({ length: count * total }, (_, at) => (at % total) * count + Math.floor(at / total))
  return move(
    held.map(({ node }) => node),
    map,
  )
}

/** A node that reads other operands. */
function withOperands(given: GraphNode, to: (operand: number) => number): GraphNode {
  switch (given.op) {
    case 'input':
      return given
    case 'product':
    case 'dot':
    case 'gather':
      return { ...given, operands: [to(given.operands[0]), to(given.operands[1])] }
    case 'select':
      return { ...given, operands: [to(given.operands[0]), to(given.operands[1]), to(given.operands[2])] }
    case 'move':
      return { ...given, operands: given.operands.map(to) }
    case 'compare': {
      const { against } = given
      return {
        ...given,
        operand: to(given.operand),
        against: 'operand' in against ? { operand: to(against.operand) } : against,
      }
    }
    default:
      return { ...given, operand: to(given.operand) }
  }
}

/** The graph without the weight tensors that no node reads any more. */
function withoutUnread(graph: ExactGraph): ExactGraph {
  const weights: WeightTensor[] = []
  const moved = new Map<number, number>()
  const keep = (index: number) => {
    const known = moved.get(index)
    if (known !== undefined) return known
    const at = weights.push(weightAt(graph, index)) - 1
    moved.set(index, at)
    return at
  }
  const nodes = graph.nodes.map((node): GraphNode => {
    switch (node.op) {
      case 'linear':
        return { ...node, weight: keep(node.weight), bias: keep(node.bias) }
      case 'lookup':
      case 'move':
        return { ...node, weight: keep(node.weight) }
      case 'compare':
        return 'weight' in node.against ? { ...node, against: { weight: keep(node.against.weight) } } : node
      default:
        return node
    }
  })
  return { ...graph, nodes, weights }
}
