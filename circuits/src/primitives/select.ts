import type { Element } from '../circuit.ts'
import { GraphInvalidError, type Interval, rowWindow, type SelectNode } from '../exactGraph.ts'
import { elementwiseSecond, type Primitive } from './primitive.ts'
import { boundsAt, checkElementwise } from './product.ts'

/*
 * Choice by a condition c that the graph's intervals bound to 0…1:
 *
 *   (1) (a - b) · c = y - b
 *
 * One row; none where c is known or a - b is constant. Where a or b is 0, (1) says what the product of the other and c is, and
 * the choices c ? p : 0 and c ? 0 : p = p - p · c take one row together. c is 0 or 1 by whoever made it: an interval of 0…1 leaves
 * nothing else.
 */

/** a where the condition is 1, b where it is 0, element by element. */
export const selectPrimitive: Primitive<SelectNode> = {
  operands: (node) => node.operands,
  describe: ({ operands, count }) => ({
    operands: [...operands],
    window: rowWindow({ rows: count, length: 1 }),
    second: elementwiseSecond,
  }),
  parse: ({ shape, operands: [condition = 0, yes = 0, no = 0] }) => ({
    ...{ op: 'select', ...shape, operands: [condition, yes, no] },
  }),
  readCount: () => 1,
  interval({ node, index, operands }) {
    const { count } = node
    checkElementwise({ index, count, operands })
    const value: Interval = { lo: new Int32Array(count), hi: new Int32Array(count) }
    for (let element = 0; element < count; element++) {
      const condition = boundsAt(operands[0], element)
      if (condition.lo < 0 || condition.hi > 1) {
        throw new GraphInvalidError(
          `element ${element} of node ${index} has a condition of ${condition.lo}…${condition.hi}; 0 and 1 are allowed`,
        )
      }
      const chosen = [boundsAt(operands[1], element), boundsAt(operands[2], element)]
      const possible = chosen.slice(1 - condition.hi, 2 - condition.lo)
      value.lo[element] = Math.min(...possible.map(({ lo }) => lo))
      value.hi[element] = Math.max(...possible.map(({ hi }) => hi))
    }
    return { value }
  },
  evaluate: ({ node, operands: [condition, yes, no] }) =>
    Int32Array.from({ length: node.count }, (_, element) => (condition?.[element] ? yes : no)?.[element] ?? 0),
  step: ({ element, open }) => open.operand(open.operand(0, element) === 1 ? 1 : 2, element),
  constrain: (circuit, { operands: [condition = [], yes = [], no = []], bounds }) =>
    condition.map((c, element) => {
      const [a, b] = [yes[element] ?? circuit.constant(0), no[element] ?? circuit.constant(0)]
      if (a === b) return a
      const range = boundsAt(bounds.value, element)
      if (isZero(b)) return circuit.product([a, c], range) // (1)
      if (isZero(a)) {
        const both = circuit.product([b, c], { lo: Math.min(b.lo, 0), hi: Math.max(b.hi, 0) }) // (1)
        return circuit.sum(
          [
            [1, b],
            [-1, both],
          ],
          range,
        )
      }
      const difference = circuit.sum([
        [1, a],
        [-1, b],
      ])
      return circuit.product([difference, c], { ...range, addend: b }) // (1)
    }),
}

function isZero({ affine }: Element): boolean {
  return affine?.factor === 0 && affine.constant === 0
}
