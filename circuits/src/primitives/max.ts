import { type Circuit, type Element, plainSum } from '../circuit.ts'
import { type Interval, type MaxNode, windowLength } from '../exactGraph.ts'
import type { Primitive } from './primitive.ts'
import { constrainRequantize } from './requantize.ts'
import { checkReads, checkWindow, forEachRun } from './window.ts'

/*
 * Greatest element of a window, by a tournament of pairs:
 *
 *   (1) max(a, b) = a + max(0, b - a)
 *
 * with the ReLU of requantize.ts: n + 2 rows for a difference of n bits with its sign, none where the intervals decide.
 * A window of k elements takes k - 1 of them.
 */

/** max(a, b) by (1). */
export function constrainMax(circuit: Circuit, [left, right]: readonly [Element, Element]): Element {
  if (left.hi <= right.lo) return right
  if (right.hi <= left.lo) return left
  const difference = circuit.sum([
    [1, right],
    [-1, left],
  ])
  const gain = constrainRequantize(circuit, {
    sum: plainSum(difference),
    how: { shift: 0, lo: 0, hi: 2 ** 40 },
  })
  return circuit.sum(
    [
      [1, left],
      [1, gain],
    ],
    { lo: Math.max(left.lo, right.lo), hi: Math.max(left.hi, right.hi) },
  )
}

/** Plays pairs of neighbours until one is left, so that each stays left of what came after it. */
export function tournament<T>(players: readonly T[], play: (left: T, right: T) => T): T | undefined {
  let round = [...players]
  while (round.length > 1) {
    const next: T[] = []
    for (let index = 0; index < round.length; index += 2) {
      const pair = round.slice(index, index + 2)
      const [left, right] = pair
      if (left !== undefined) next.push(right === undefined ? left : play(left, right))
    }
    round = next
  }
  return round[0]
}

/** Positions in the operand that an element reads, in order. */
export function readsOf(node: { window: MaxNode['window'] }, element: number): number[] {
  const reads: number[] = []
  forEachRun(node.window, element, (first) => {
    for (let offset = 0; offset < node.window.run; offset++) reads.push(first + offset)
  })
  return reads
}

/** Checks that a node without weights reads windows inside its operand. @throws GraphInvalidError */
export function checkPlainWindow(context: {
  node: { window: MaxNode['window']; count: number }
  index: number
  operand: Interval | undefined
}): void {
  const { node, index, operand } = context
  checkWindow({ window: node.window, index, count: node.count })
  checkReads({ window: node.window, index, count: node.count, operandCount: operand?.lo.length ?? 0 })
}

/** The greatest element of each window. */
export const maxPrimitive: Primitive<MaxNode> = {
  operands: (node) => [node.operand],
  describe: ({ operand, window }) => ({ operands: [operand], window }),
  parse: ({ shape, operands: [operand = 0], window }) => ({ op: 'max', ...shape, operand, window }),
  readCount: ({ window }) => windowLength(window),
  interval({ node, index, operands: [operand] }) {
    checkPlainWindow({ node, index, operand })
    const value: Interval = { lo: new Int32Array(node.count), hi: new Int32Array(node.count) }
    for (let element = 0; element < node.count; element++) {
      const reads = readsOf(node, element)
      value.lo[element] = reads.reduce((most, read) => Math.max(most, operand?.lo[read] ?? 0), -(2 ** 31))
      value.hi[element] = reads.reduce((most, read) => Math.max(most, operand?.hi[read] ?? 0), -(2 ** 31))
    }
    return { value }
  },
  evaluate({ node, operands: [operand] }) {
    return Int32Array.from({ length: node.count }, (_, element) => {
      let most = -(2 ** 31)
      forEachRun(node.window, element, (first) => {
        for (let position = first; position < first + node.window.run; position++) {
          most = Math.max(most, operand?.[position] ?? 0)
        }
      })
      return most
    })
  },
  step: ({ node, element, open }) =>
    readsOf(node, element).reduce((most, read) => Math.max(most, open.operand(0, read)), -(2 ** 31)),
  constrain: (circuit, { node, operands: [operand = []] }) =>
    Array.from({ length: node.count }, (_, element) => {
      const players = readsOf(node, element).map((read) => operand[read] ?? circuit.constant(0))
      return tournament(players, (left, right) => constrainMax(circuit, [left, right])) ?? circuit.constant(0)
    }),
}
