import { combine, one } from '../circuitBuilder.ts'
import {
  type ExactGraph,
  GraphInvalidError,
  type Interval,
  type LinearNode,
  type WeightTensor,
  weightAt,
  windowLength,
  windowReads,
} from '../exactGraph.ts'
import type { LinearCombination } from '../r1cs.ts'
import { requantize } from './requantize.ts'

/*
 * Sum of products with constant weights (Gemm, Conv): element j of the output is
 *
 *   (1) sum_j = bias[j mod d2] + Σ_t weight[(j mod d2) · rowStride + t] · x[read_t(j)]
 *   (2) y_j = requantize(sum_j), see requantize.ts
 *
 * with the reads of {@link windowReads}. Every sum fits int32 for every input of the declared range. In a circuit (1) is a
 * linear combination with constant coefficients; it takes no row of its own and stands in the C matrix of (2)'s row.
 */

/** The sum (1) of one element: what an on-chain step recomputes from `windowLength` openings. */
export function linearSum(context: {
  node: LinearNode
  element: number
  operand: Int32Array
  weight: WeightTensor
  bias: WeightTensor
}): number {
  const { node, element, operand, weight, bias } = context
  const { d1, d2, s0, s1, s2, base, run, n1, n2, r1, r2, rowStride } = node.window
  const i2 = element % d2
  const start = base + Math.floor(element / (d2 * d1)) * s0 + (Math.floor(element / d2) % d1) * s1 + i2 * s2
  let sum = bias.values[i2] ?? 0
  let term = i2 * rowStride
  for (let a = 0; a < n1; a++) {
    for (let b = 0; b < n2; b++) {
      const first = start + a * r1 + b * r2
      for (let position = first; position < first + run; position++) {
        sum += (weight.values[term++] ?? 0) * (operand[position] ?? 0)
      }
    }
  }
  return sum
}

/** All elements of a linear node. */
export function evaluateLinear(
  graph: ExactGraph,
  { node, operand }: { node: LinearNode; operand: Int32Array },
): Int32Array {
  return linearSums(graph, { node, operand }).map((sum) => requantize(sum, node))
}

/** The sums (1) of all elements, before rounding. */
export function linearSums(
  graph: ExactGraph,
  { node, operand }: { node: LinearNode; operand: Int32Array },
): Int32Array {
  const [weight, bias] = [weightAt(graph, node.weight), weightAt(graph, node.bias)]
  return Int32Array.from({ length: node.count }, (_, element) => linearSum({ node, element, operand, weight, bias }))
}

/**
 * Exact worst-case bounds of each element's sum and value.
 * @throws GraphInvalidError when shapes disagree, a read falls outside the operand, or a sum does not fit int32
 */
export function linearInterval(context: { graph: ExactGraph; node: LinearNode; index: number; operand: Interval }): {
  value: Interval
  sum: Interval
} {
  const { graph, node, index, operand } = context
  const [weight, bias] = [weightAt(graph, node.weight), weightAt(graph, node.bias)]
  checkShape({ node, index, weight, bias })
  const sum: Interval = { lo: new Int32Array(node.count), hi: new Int32Array(node.count) }
  const half = node.shift === 0 ? 0 : 2 ** (node.shift - 1)
  for (let element = 0; element < node.count; element++) {
    const row = (element % node.window.d2) * node.window.rowStride
    const start = bias.values[element % node.window.d2] ?? 0
    let [lo, hi] = [start, start]
    for (const [term, position] of windowReads(node.window, element).entries()) {
      const factor = weight.values[row + term] ?? 0
      const [least, most] = [operand.lo[position], operand.hi[position]]
      if (least === undefined || most === undefined) {
        throw new GraphInvalidError(`node ${index} reads element ${position} of a tensor of ${operand.lo.length}`)
      }
      lo += factor * (factor < 0 ? most : least)
      hi += factor * (factor < 0 ? least : most)
    }
    // A product is below 2^62 and rounds by less than 2^10 as a double, so a sum outside int32 is never taken for one inside.
    if (lo < -(2 ** 31) || hi + half >= 2 ** 31) {
      throw new GraphInvalidError(
        `element ${element} of node ${index} sums up to ${lo}…${hi}, which does not fit 32 bits`,
      )
    }
    sum.lo[element] = lo
    sum.hi[element] = hi
  }
  return {
    sum,
    value: { lo: sum.lo.map((bound) => requantize(bound, node)), hi: sum.hi.map((bound) => requantize(bound, node)) },
  }
}

/** The sum (1) of one element as a linear combination of the operand's. */
export function linearCombination(
  graph: ExactGraph,
  context: { node: LinearNode; element: number; operand: LinearCombination[] },
): LinearCombination {
  const { node, element, operand } = context
  const [weight, bias] = [weightAt(graph, node.weight), weightAt(graph, node.bias)]
  const row = (element % node.window.d2) * node.window.rowStride
  const terms: [bigint, LinearCombination][] = [[BigInt(bias.values[element % node.window.d2] ?? 0), one]]
  for (const [term, position] of windowReads(node.window, element).entries()) {
    const factor = weight.values[row + term] ?? 0
    const read = operand[position]
    if (!read) throw new GraphInvalidError(`a window reads element ${position} of a tensor of ${operand.length}`)
    if (factor !== 0) terms.push([BigInt(factor), read])
  }
  return combine(terms)
}

function checkShape({
  node,
  index,
  weight,
  bias,
}: {
  node: LinearNode
  index: number
  weight: WeightTensor
  bias: WeightTensor
}): void {
  const { d1, d2, n1, n2, run, rowStride } = node.window
  const length = windowLength(node.window)
  const refuse = (reason: string) => {
    throw new GraphInvalidError(`node ${index} ${reason}`)
  }
  if (d1 < 1 || d2 < 1 || n1 < 1 || n2 < 1 || run < 1) refuse('has an empty window')
  if (node.shift < 0 || node.shift > 30) refuse(`shifts by ${node.shift} bits; 0 to 30 are allowed`)
  if (node.count % (d1 * d2) !== 0) refuse(`has ${node.count} elements, not a multiple of ${d1 * d2}`)
  if (rowStride !== length) refuse(`has weight rows of ${rowStride} and reads ${length}`)
  if (weight.values.length !== d2 * rowStride)
    refuse(`has ${weight.values.length} weights; its window asks for ${d2 * rowStride}`)
  if (bias.values.length !== d2) refuse(`has ${bias.values.length} biases; its window asks for ${d2}`)
  if (bias.width !== 4) refuse(`has biases of ${bias.width} bytes; 4 are needed`)
}
