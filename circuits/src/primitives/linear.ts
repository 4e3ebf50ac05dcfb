import type { Circuit, Element, Sum } from '../circuit.ts'
import { one } from '../circuitBuilder.ts'
import {
  type ExactGraph,
  GraphInvalidError,
  type Interval,
  type LinearNode,
  type Window,
  weightAt,
  windowLength,
} from '../exactGraph.ts'
import type { LinearCombination } from '../r1cs.ts'
import type { NodeInterval, Primitive, SumInterval } from './primitive.ts'
import { checkShift, checkSum, constrainRequantize, requantize, requantizeInterval } from './requantize.ts'
import { checkReads, checkWindow, forEachRun, weightedSum, windowStart } from './window.ts'

/*
 * Sum of products with constant weights (Gemm, Conv): element j of the output is
 *
 *   (1) sum_j = bias[j mod d2] + Σ_t weight[(j mod d2) · rowStride + t] · x[read_t(j)]
 *   (2) y_j = requantize(sum_j), see requantize.ts
 *
 * with the reads of `windowReads`. Every sum fits int32 for every input of the declared range. In a circuit (1) is a
 * linear combination with constant coefficients; it takes no row of its own and stands in the C matrix of (2)'s row.
 */

/** Products at most for which a sum is looked at term by term: it may be an affine image of a single wire. */
const shortSum = 8

/** A sum of products with constant weights. */
export const linearPrimitive: Primitive<LinearNode> = {
  operands: (node) => [node.operand],
  describe: ({ operand, shift, weight, bias, window }) => ({ operands: [operand], shift, weight, bias, window }),
  parse: ({ shape, shift, operands: [operand = 0], weight = 0, bias = 0, window }) => ({
    ...{ op: 'linear', ...shape, shift, operand, weight, bias, window },
  }),
  readCount: ({ window }) => windowLength(window),
  interval: ({ operands: [operand], ...context }) => linearInterval({ ...context, operand: operand ?? none }),
  evaluate({ graph, node, operands: [operand = new Int32Array()] }) {
    const [weight, bias] = [weightAt(graph, node.weight).values, weightAt(graph, node.bias).values]
    const { window } = node
    return Int32Array.from({ length: node.count }, (_, element) =>
      requantize(weightedSum(operand, { window, weight, bias, element }), node),
    )
  },
  step({ node, element, open }) {
    const { window } = node
    const row = element % window.d2
    let sum = open.bias(row)
    forEachRun(window, element, (first, term) => {
      for (let offset = 0; offset < window.run; offset++) {
        sum += open.weight(row * window.rowStride + term + offset) * open.operand(0, first + offset)
      }
    })
    return requantize(sum, node)
  },
  constrain(circuit, { graph, node, operands: [operand = []], bounds }) {
    const sums = linearSums(circuit, { graph, node, operand })
    return Array.from({ length: node.count }, (_, element) => {
      const range = { lo: bounds.sum?.lo[element] ?? 0, hi: bounds.sum?.hi[element] ?? 0 }
      const sum: Sum = { addend: sums(element, range), ...range }
      return constrainRequantize(circuit, { sum, how: node })
    })
  },
}

const none: Interval = { lo: new Int32Array(), hi: new Int32Array() }

/** The sums (1) as elements of a circuit, made one at a time. */
function linearSums(
  circuit: Circuit,
  { graph, node, operand }: { graph: ExactGraph; node: LinearNode; operand: Element[] },
): (element: number, range: { lo: number; hi: number }) => Element {
  const [weight, bias] = [weightAt(graph, node.weight).values, weightAt(graph, node.bias).values]
  const { window } = node
  const length = windowLength(window)
  if (length <= shortSum) {
    return (element, range) => {
      const terms: [number, Element][] = []
      const row = (element % window.d2) * window.rowStride
      forEachRun(window, element, (first, term) => {
        for (let offset = 0; offset < window.run; offset++) {
          const [factor, read] = [weight[row + term + offset] ?? 0, operand[first + offset]]
          if (factor !== 0 && read) terms.push([factor, read])
        }
      })
      return circuit.sum(terms, { offset: bias[element % window.d2] ?? 0, ...range })
    }
  }
  const terms = 1 + length * operand.reduce((most, { terms }) => Math.max(most, terms), 0)
  const sumAt = circuit.tape.weightedSums(operand, { window, weight, bias, count: node.count })
  return (element, range) =>
    circuit.given({ value: sumAt(element), terms, ...range }, () =>
      combination(circuit, { window, element, operand, weight, bias }),
    )
}

function combination(
  { accumulator }: Circuit,
  context: { window: Window; element: number; operand: Element[]; weight: Int32Array; bias: Int32Array },
): LinearCombination {
  const { window, element, operand, weight, bias } = context
  const row = (element % window.d2) * window.rowStride
  forEachRun(window, element, (first, term) => {
    for (let offset = 0; offset < window.run; offset++) {
      const factor = weight[row + term + offset] ?? 0
      const read = operand[first + offset]
      if (factor !== 0 && read) accumulator.add(factor, read.combination)
    }
  })
  const start = bias[element % window.d2] ?? 0
  if (start !== 0) accumulator.add(start, one)
  return accumulator.take()
}

/**
 * Exact worst-case bounds of each element's sum and value.
 * @throws GraphInvalidError when shapes disagree, a read falls outside the operand, or a sum does not fit int32
 */
export function linearInterval(context: {
  graph: ExactGraph
  node: LinearNode
  index: number
  operand: Interval
}): Required<NodeInterval> {
  const { graph, node, index, operand } = context
  const { window } = node
  checkShape(context)
  checkReads({ window, index, count: node.count, operandCount: operand.lo.length })
  const [weight, bias] = [weightAt(graph, node.weight).values, weightAt(graph, node.bias).values]
  const sum: SumInterval = { lo: new Float64Array(node.count), hi: new Float64Array(node.count) }
  for (let element = 0; element < node.count; element++) {
    const start = windowStart(window, element)
    let term = (element % window.d2) * window.rowStride
    let lo = bias[element % window.d2] ?? 0
    let hi = lo
    let reach = Math.abs(lo)
    for (let a = 0; a < window.n1; a++) {
      for (let b = 0; b < window.n2; b++) {
        const first = start + a * window.r1 + b * window.r2
        for (let position = first; position < first + window.run; position++) {
          const factor = weight[term++] ?? 0
          const [least, most] = [operand.lo[position] ?? 0, operand.hi[position] ?? 0]
          lo += factor * (factor < 0 ? most : least)
          hi += factor * (factor < 0 ? least : most)
          reach += Math.abs(factor) * Math.max(Math.abs(least), Math.abs(most))
        }
      }
    }
    checkSum({ index, element, lo, hi, reach, shift: node.shift })
    sum.lo[element] = lo
    sum.hi[element] = hi
  }
  return { sum, value: requantizeInterval(sum, node) }
}

function checkShape({ graph, node, index }: { graph: ExactGraph; node: LinearNode; index: number }): void {
  const [weight, bias] = [weightAt(graph, node.weight), weightAt(graph, node.bias)]
  const { d2, rowStride } = node.window
  checkWindow({ window: node.window, index, count: node.count })
  checkShift(node.shift, index)
  const refuse = (reason: string) => {
    throw new GraphInvalidError(`node ${index} ${reason}`)
  }
  const length = windowLength(node.window)
  if (rowStride !== length) refuse(`has weight rows of ${rowStride} and reads ${length}`)
  if (weight.values.length !== d2 * rowStride)
    refuse(`has ${weight.values.length} weights; its window asks for ${d2 * rowStride}`)
  if (bias.values.length !== d2) refuse(`has ${bias.values.length} biases; its window asks for ${d2}`)
  if (bias.width !== 4) refuse(`has biases of ${bias.width} bytes; 4 are needed`)
}
