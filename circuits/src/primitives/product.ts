import { GraphInvalidError, type Interval, type ProductNode, rowWindow } from '../exactGraph.ts'
import { elementwiseSecond, type Primitive, type SumInterval } from './primitive.ts'
import { checkShift, checkSum, constrainRequantize, requantize, requantizeInterval } from './requantize.ts'

/*
 * Product of two elements, rounded:
 *
 *   (1) sum_j = x_j · z_j
 *   (2) y_j = requantize(sum_j), see requantize.ts
 *
 * In a circuit (1) is the A · B of (2)'s recomposition row, so a rounded product costs what a rounded sum costs; without rounding
 * it is one row. If neither side is a single wire, z gets one (one row, once for all its products). The product of the same
 * p with c and with 1 - c, c a single wire, is one row for both: p - p · c needs none.
 */

/** Least and greatest product of a value in one interval and a value in another. */
export function productRange(
  left: { lo: number; hi: number },
  right: { lo: number; hi: number },
): { lo: number; hi: number } {
  const corners = [left.lo * right.lo, left.lo * right.hi, left.hi * right.lo, left.hi * right.hi]
  return { lo: Math.min(...corners), hi: Math.max(...corners) }
}

/** Least and greatest square of a value in an interval. */
export function squareRange({ lo, hi }: { lo: number; hi: number }): { lo: number; hi: number } {
  const [a, b] = [lo * lo, hi * hi]
  return { lo: lo <= 0 && hi >= 0 ? 0 : Math.min(a, b), hi: Math.max(a, b) }
}

/** Bounds of one element of an interval. */
export function boundsAt(interval: Interval | undefined, index: number): { lo: number; hi: number } {
  return { lo: interval?.lo[index] ?? 0, hi: interval?.hi[index] ?? 0 }
}

/** Refuses an operand that does not have the node's number of elements. @throws GraphInvalidError */
export function checkElementwise(context: { index: number; count: number; operands: Interval[] }): void {
  for (const { lo } of context.operands) {
    if (lo.length !== context.count) {
      throw new GraphInvalidError(
        `node ${context.index} has ${context.count} elements and reads a tensor of ${lo.length} element by element`,
      )
    }
  }
}

/** The product of two operands, element by element. */
export const productPrimitive: Primitive<ProductNode> = {
  operands: (node) => node.operands,
  describe: ({ operands, shift, count }) => ({
    ...{ operands: [...operands], shift },
    ...{ window: rowWindow({ rows: count, length: 1 }), second: elementwiseSecond },
  }),
  parse: ({ shape, shift, operands: [left = 0, right = 0] }) => ({
    ...{ op: 'product', ...shape, shift, operands: [left, right] },
  }),
  readCount: () => 1,
  interval({ node, index, operands }) {
    const { count, shift } = node
    checkShift(shift, index)
    checkElementwise({ index, count, operands })
    const sum: SumInterval = { lo: new Float64Array(count), hi: new Float64Array(count) }
    for (let element = 0; element < count; element++) {
      const [left, right] = [boundsAt(operands[0], element), boundsAt(operands[1], element)]
      const { lo, hi } = node.operands[0] === node.operands[1] ? squareRange(left) : productRange(left, right)
      checkSum({ index, element, lo, hi, reach: Math.max(-lo, hi), shift })
      sum.lo[element] = lo
      sum.hi[element] = hi
    }
    return { sum, value: requantizeInterval(sum, node) }
  },
  evaluate: ({ node, operands: [left, right] }) =>
    Int32Array.from({ length: node.count }, (_, element) =>
      requantize((left?.[element] ?? 0) * (right?.[element] ?? 0), node),
    ),
  step: ({ node, element, open }) => requantize(open.operand(0, element) * open.operand(1, element), node),
  constrain: (circuit, { node, operands: [left = [], right = []], bounds }) =>
    left.map((x, element) => {
      const z = right[element] ?? circuit.constant(0)
      const range = { lo: bounds.sum?.lo[element] ?? 0, hi: bounds.sum?.hi[element] ?? 0 }
      if (node.shift === 0 && range.lo >= node.lo && range.hi <= node.hi) return circuit.product([x, z], range)
      return constrainRequantize(circuit, {
        sum: { addend: circuit.constant(0), product: [x, z], ...range },
        how: node,
      })
    }),
}
