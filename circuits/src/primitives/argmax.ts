import type { Circuit, Element } from '../circuit.ts'
import { type ArgmaxNode, type Interval, windowLength } from '../exactGraph.ts'
import { constrainGreater } from './compare.ts'
import { checkPlainWindow, readsOf, tournament } from './max.ts'
import type { Primitive } from './primitive.ts'

/*
 * Position of the greatest element of a window, the first of equals, by a tournament of pairs (a, at position i) and (b, at j),
 * i < j:
 *
 *   (1) c = 1 if b > a, else 0            see compare.ts: n + 1 rows for a difference of n bits with its sign
 *   (2) (b - a) · c = m - a               the pair's greater value; one row, none in the last pair
 *   (3) (j - i) · c = k - i               its position; one row, none where i and j are constants
 *
 * Where the intervals decide (1) the pair takes no row.
 */

type Player = { value: Element; position: Element }

/** The greater of two players, the left one of equals; the last pair's value is not asked for. */
export function constrainMaxAt(
  circuit: Circuit,
  { left, right, isLast }: { left: Player; right: Player; isLast: boolean },
): Player {
  if (right.value.hi <= left.value.lo) return left
  if (right.value.lo > left.value.hi) return right
  const isRight = constrainGreater(circuit, [right.value, left.value]) // (1)
  const choose = (from: Element, to: Element) => {
    const range = { lo: Math.min(from.lo, to.lo), hi: Math.max(from.hi, to.hi) }
    const difference = circuit.sum([
      [1, to],
      [-1, from],
    ])
    return circuit.product([difference, isRight], { ...range, addend: from })
  }
  return {
    value: isLast ? left.value : choose(left.value, right.value), // (2)
    position: choose(left.position, right.position), // (3)
  }
}

/** The position of the greatest element of each window. */
export const argmaxPrimitive: Primitive<ArgmaxNode> = {
  operands: (node) => [node.operand],
  describe: ({ operand, window }) => ({ operands: [operand], window }),
  parse: ({ shape, operands: [operand = 0], window }) => ({ op: 'argmax', ...shape, operand, window }),
  readCount: ({ window }) => windowLength(window),
  interval({ node, index, operands: [operand] }) {
    checkPlainWindow({ node, index, operand })
    const value: Interval = { lo: new Int32Array(node.count), hi: new Int32Array(node.count) }
    value.hi.fill(windowLength(node.window) - 1)
    return { value }
  },
  evaluate: ({ node, operands: [operand] }) =>
    Int32Array.from({ length: node.count }, (_, element) =>
      firstGreatest(readsOf(node, element).map((read) => operand?.[read] ?? 0)),
    ),
  step: ({ node, element, open }) => firstGreatest(readsOf(node, element).map((read) => open.operand(0, read))),
  constrain: (circuit, { node, operands: [operand = []] }) =>
    Array.from({ length: node.count }, (_, element) => {
      const players = readsOf(node, element).map(
        (read, position): Player => ({
          value: operand[read] ?? circuit.constant(0),
          position: circuit.constant(position),
        }),
      )
      let left = players.length
      const winner = tournament(players, (one, other) => {
        left -= 1
        return constrainMaxAt(circuit, { left: one, right: other, isLast: left === 1 })
      })
      return winner?.position ?? circuit.constant(0)
    }),
}

function firstGreatest(values: number[]): number {
  let best = 0
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index
  }
  return best
}
