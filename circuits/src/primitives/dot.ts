import type { Element } from '../circuit.ts'
import { type DotNode, GraphInvalidError, windowLength } from '../exactGraph.ts'
import type { Primitive, SumInterval } from './primitive.ts'
import { boundsAt, productRange, squareRange } from './product.ts'
import { checkShift, checkSum, constrainRequantize, requantize, requantizeInterval } from './requantize.ts'
import { checkReads, checkSecondReads, checkWindow, secondStart, windowStart } from './window.ts'

/*
 * Sum of products of two operands (MatMul of two activations): with x and z the k reads of element j in the first and the second
 *
 *   (1) sum_j = Σ_t x_t · z_t
 *   (2) y_j = requantize(sum_j), see requantize.ts
 *
 * In a circuit each product of (1) is one row, the last one that of (2)'s recomposition: k rows and what the rounding takes, less one.
 * Where neither factor is a single wire, z gets one, once for all sums that read it.
 */

/** Calls back with the positions of the factors of each product of an element. */
function forEachProduct(
  { window, second }: { window: DotNode['window']; second: DotNode['second'] },
  element: number,
  product: (left: number, right: number) => void,
): void {
  const [left, right] = [windowStart(window, element), secondStart(window, { second, element })]
  for (let a = 0; a < window.n1; a++) {
    for (let offset = 0; offset < window.run; offset++) {
      product(left + a * window.r1 + offset, right + a * second.r1 + offset)
    }
  }
}

/** A sum of products of two operands. */
export const dotPrimitive: Primitive<DotNode> = {
  operands: (node) => node.operands,
  describe: ({ operands, shift, window, second }) => ({ operands: [...operands], shift, window, second }),
  parse: ({ shape, shift, operands: [left = 0, right = 0], window, second }) => ({
    ...{ op: 'dot', ...shape, shift, operands: [left, right], window, second },
  }),
  readCount: ({ window }) => windowLength(window),
  interval({ node, index, operands: [left, right] }) {
    const { count, shift, window, second } = node
    checkShift(shift, index)
    checkWindow({ window, index, count })
    if (window.n2 !== 1 || window.rowStride !== 0) {
      throw new GraphInvalidError(
        `node ${index} is a dot with n2 = ${window.n2} and weight rows of ${window.rowStride}; 1 and 0 are needed`,
      )
    }
    checkReads({ window, index, count, operandCount: left?.lo.length ?? 0 })
    const reach = (window.n1 - 1) * second.r1 + window.run - 1
    checkSecondReads({ window, second, index, count, operandCount: right?.lo.length ?? 0, reach })
    const isSame = node.operands[0] === node.operands[1]
    const sum: SumInterval = { lo: new Float64Array(count), hi: new Float64Array(count) }
    for (let element = 0; element < count; element++) {
      let [lo, hi, reach] = [0, 0, 0]
      forEachProduct(node, element, (x, z) => {
        const range =
          isSame && x === z ? squareRange(boundsAt(left, x)) : productRange(boundsAt(left, x), boundsAt(right, z))
        lo += range.lo
        hi += range.hi
        reach += Math.max(-range.lo, range.hi)
      })
      checkSum({ index, element, lo, hi, reach, shift })
      sum.lo[element] = lo
      sum.hi[element] = hi
    }
    return { sum, value: requantizeInterval(sum, node) }
  },
  evaluate({ node, operands: [left, right] }) {
    const { window, second } = node
    return Int32Array.from({ length: node.count }, (_, element) => {
      const [x, z] = [windowStart(window, element), secondStart(window, { second, element })]
      let sum = 0
      for (let a = 0; a < window.n1; a++) {
        const [from, other] = [x + a * window.r1, z + a * second.r1]
        for (let offset = 0; offset < window.run; offset++) {
          sum += (left?.[from + offset] ?? 0) * (right?.[other + offset] ?? 0)
        }
      }
      return requantize(sum, node)
    })
  },
  step({ node, element, open }) {
    let sum = 0
    forEachProduct(node, element, (x, z) => {
      sum += open.operand(0, x) * open.operand(1, z)
    })
    return requantize(sum, node)
  },
  constrain(circuit, { node, operands: [left = [], right = []], bounds }) {
    return Array.from({ length: node.count }, (_, element) => {
      const pairs: [Element, Element][] = []
      forEachProduct(node, element, (x, z) => {
        const [a, b] = [left[x], right[z]]
        if (a && b) pairs.push([a, b])
      })
      const last = pairs.pop() ?? [circuit.constant(0), circuit.constant(0)]
      const range = { lo: bounds.sum?.lo[element] ?? 0, hi: bounds.sum?.hi[element] ?? 0 }
      const terms = pairs.map((pair) => [1, circuit.product(pair, productRange(...pair))] as const)
      const sum = { addend: circuit.sum(terms), product: last, ...range }
      return constrainRequantize(circuit, { sum, how: node })
    })
  },
}
