import { type ExactGraph, GraphInvalidError, type Interval, inputOf, nodeAt } from './exactGraph.ts'
import { valuesPerWord } from './packing.ts'
import type { NodeInterval } from './primitives/primitive.ts'
import { primitiveOf } from './primitives/table.ts'
import type { Width } from './tensorBytes.ts'

export type { NodeInterval }

/** Most nodes of a graph that is accepted from a stranger, most elements and most products over all of them. */
const limits = { elements: 2 ** 22, nodes: 4096, products: 2 ** 26 }

/** Most packed output words that stand as signals; more are hashed to one. */
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
    const primitive = primitiveOf(node)
    products += node.count * primitive.readCount(node)
    if (products > limits.products) throw new GraphInvalidError(`it needs more than ${limits.products} products`)
    const operands = primitive.operands(node).map((operand) => {
      const interval = intervals[operand]
      if (!interval) throw new GraphInvalidError(`node ${index} reads node ${operand}, which does not stand before it`)
      return interval.value
    })
    const interval = primitive.interval({ graph, node, index, operands })
    checkValues(index, { node, interval: interval.value })
    intervals.push(interval)
  }
  return intervals
}

/** Shape of the graph's public side: how inputs and outputs are packed. */
export type GraphSignals = {
  input: { count: number; width: Width; lo: number; bits: number }
  /** `words` public signals: the packed outputs, or, where they take more than eight, the Poseidon hash of them */
  output: { count: number; bits: number; words: number; isHashed: boolean }
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

/** An input in the graph's range, the nearest to zero, NHWC: for a proof of no matter what. */
export function sampleInput(graph: ExactGraph): Int32Array {
  const { lo, bits, count } = graphSignals(graph).input
  return new Int32Array(count).fill(Math.min(Math.max(lo, 0), lo + 2 ** bits - 1))
}

/** Least bits of a signed integer that holds lo…hi. */
export function signedBits(lo: number, hi: number): number {
  let bits = 1
  while (lo < -(2 ** (bits - 1)) || hi >= 2 ** (bits - 1)) bits++
  return bits
}

function outputLayout(graph: ExactGraph, intervals: NodeInterval[]): GraphSignals['output'] {
  const interval = intervals[graph.outputNode]
  if (!interval) throw new GraphInvalidError(`there is no output node ${graph.outputNode}`)
  const { least, most } = extremes(interval.value)
  const bits = signedBits(least, most)
  const count = interval.value.lo.length
  const words = Math.ceil(count / valuesPerWord(bits))
  const isHashed = words > maxOutputWords
  return { count, bits, words: isHashed ? 1 : words, isHashed }
}

function extremes({ lo, hi }: Interval): { least: number; most: number } {
  return { least: lo.reduce((a, b) => Math.min(a, b)), most: hi.reduce((a, b) => Math.max(a, b)) }
}

/** Rounding clamps a node's values to its range; every other operator must stay inside by itself. */
function checkValues(
  index: number,
  { node, interval }: { node: { lo: number; hi: number }; interval: Interval },
): void {
  const { least, most } = extremes(interval)
  if (least < node.lo || most > node.hi) {
    throw new GraphInvalidError(`node ${index} comes to ${least}…${most}, outside its range ${node.lo}…${node.hi}`)
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
