import { type ExactGraph, GraphInvalidError, type Interval, inputOf, nodeAt, windowLength } from './exactGraph.ts'
import { valuesPerWord } from './packing.ts'
import { linearInterval } from './primitives/linear.ts'
import type { Width } from './tensorBytes.ts'

/** Intervals of a node's elements, and for a linear node those of its sums before rounding. */
export type NodeInterval = { value: Interval; sum?: Interval }

/** Most nodes of a graph that is accepted from a stranger, most elements and most products over all of them. */
const limits = { elements: 2 ** 22, nodes: 4096, products: 2 ** 26 }

/** Most packed output words that stand as signals. */
const maxOutputWords = 8

/**
 * Checks every rule of the graph and bounds every value by worst-case interval arithmetic, so that whoever holds the result
 * knows that no input of the declared range overflows, is clamped where it must not be, or reads outside a tensor.
 * @throws GraphInvalidError
 */
export function checkGraph(graph: ExactGraph): NodeInterval[] {
  if (graph.nodes.length === 0 || graph.nodes.length > limits.nodes) {
    throw new GraphInvalidError(`it has ${graph.nodes.length} nodes; 1 to ${limits.nodes} are allowed`)
  }
  inputOf(graph)
  nodeAt(graph, graph.outputNode)
  let [elements, products] = [0, 0]
  const intervals: NodeInterval[] = []
  for (const [index, node] of graph.nodes.entries()) {
    checkRange(index, node)
    elements += node.count
    if (elements > limits.elements) throw new GraphInvalidError(`it has more than ${limits.elements} elements`)
    if (node.op === 'input') {
      if (index !== graph.inputNode) throw new GraphInvalidError(`node ${index} is a second input`)
      const bits = Math.log2(node.hi - node.lo + 1)
      if (!Number.isInteger(bits) || bits < 1) {
        throw new GraphInvalidError(`the input's range ${node.lo}…${node.hi} is not a power of two wide, at least two`)
      }
      const [lo, hi] = [new Int32Array(node.count).fill(node.lo), new Int32Array(node.count).fill(node.hi)]
      intervals.push({ value: { lo, hi } })
      continue
    }
    products += node.count * windowLength(node.window)
    if (products > limits.products) throw new GraphInvalidError(`it needs more than ${limits.products} products`)
    const operand = intervals[node.operand]
    if (!operand)
      throw new GraphInvalidError(`node ${index} reads node ${node.operand}, which does not stand before it`)
    intervals.push(linearInterval({ graph, node, index, operand: operand.value }))
  }
  const { bits, count } = outputLayout(graph, intervals)
  const words = Math.ceil(count / valuesPerWord(bits))
  if (words > maxOutputWords) {
    throw new GraphInvalidError(
      `its ${count} outputs of ${bits} bits take ${words} words; ${maxOutputWords} are allowed`,
    )
  }
  return intervals
}

/** Shape of the graph's public side: how inputs and outputs are packed. */
export type GraphSignals = {
  input: { count: number; width: Width; lo: number; bits: number }
  output: { count: number; bits: number }
}

/**
 * How the graph's inputs and outputs are packed into words.
 * @param intervals what `checkGraph` said of this graph, where the caller has it already
 * @throws GraphInvalidError
 */
export function graphSignals(graph: ExactGraph, intervals: NodeInterval[] = checkGraph(graph)): GraphSignals {
  const { count, width, lo, hi } = inputOf(graph)
  return { input: { count, width, lo, bits: Math.log2(hi - lo + 1) }, output: outputLayout(graph, intervals) }
}

/** Least bits of a signed integer that holds lo…hi. */
export function signedBits(lo: number, hi: number): number {
  let bits = 1
  while (lo < -(2 ** (bits - 1)) || hi >= 2 ** (bits - 1)) bits++
  return bits
}

function outputLayout(graph: ExactGraph, intervals: NodeInterval[]): { count: number; bits: number } {
  const interval = intervals[graph.outputNode]
  if (!interval) throw new GraphInvalidError(`there is no output node ${graph.outputNode}`)
  const { lo, hi } = interval.value
  return {
    count: lo.length,
    bits: signedBits(
      lo.reduce((a, b) => Math.min(a, b)),
      hi.reduce((a, b) => Math.max(a, b)),
    ),
  }
}

function checkRange(
  index: number,
  { count, width, lo, hi }: { count: number; width: Width; lo: number; hi: number },
): void {
  if (!Number.isInteger(count) || count < 1)
    throw new GraphInvalidError(`node ${index} has ${count} elements; at least one is needed`)
  const bound = 2 ** (8 * width - 1)
  if (lo > hi || lo < -bound || hi >= bound) {
    throw new GraphInvalidError(`node ${index} has the range ${lo}…${hi}, which ${width} bytes do not hold`)
  }
}
