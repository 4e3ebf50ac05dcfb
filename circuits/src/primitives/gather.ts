import { type GatherNode, GraphInvalidError, type Interval } from '../exactGraph.ts'
import { bitsOf, chooseByBits } from './lookup.ts'
import type { Primitive } from './primitive.ts'
import { boundsAt } from './product.ts'
import { checkReads, checkSecondReads, checkWindow, secondStart, windowStart } from './window.ts'

/*
 * An element at an index that is computed: with k the index, 0 ≤ k < n1 by its interval,
 *
 *   (1) y = x[start + r1 · k]
 *   (2) y' = left + b · (right - left)      one row a pair, by the bits of k from the lowest on
 *
 * With m candidates m - 1 rows for each element, and the bits of k once for all elements that use it (n + 1 rows, none if k
 * stands as bits already).
 */

/** Elements picked by a dynamic index. */
export const gatherPrimitive: Primitive<GatherNode> = {
  operands: (node) => node.operands,
  describe: ({ operands, window, second }) => ({ operands: [...operands], window, second }),
  parse: ({ shape, operands: [data = 0, index = 0], window, second }) => ({
    ...{ op: 'gather', ...shape, operands: [data, index], window, second },
  }),
  readCount: ({ window }) => window.n1,
  interval({ node, index, operands: [data, indices] }) {
    const { window, second, count } = node
    checkWindow({ window, index, count })
    const refuse = (reason: string) => {
      throw new GraphInvalidError(`node ${index} ${reason}`)
    }
    if (window.run !== 1 || window.n2 !== 1) refuse('gathers more than one element at once')
    if (second.r1 !== 0) refuse(`has a second r1 of ${second.r1}; an index is one element`)
    checkReads({ window, index, count, operandCount: data?.lo.length ?? 0 })
    checkSecondReads({ window, second, index, count, operandCount: indices?.lo.length ?? 0, reach: 0 })
    const value: Interval = { lo: new Int32Array(count), hi: new Int32Array(count) }
    for (let element = 0; element < count; element++) {
      const k = boundsAt(indices, secondStart(window, { second, element }))
      if (k.lo < 0 || k.hi >= window.n1)
        refuse(`takes candidate ${k.lo}…${k.hi} for element ${element}; there are ${window.n1}`)
      let [lo, hi] = [2 ** 31, -(2 ** 31)]
      for (let candidate = k.lo; candidate <= k.hi; candidate++) {
        const range = boundsAt(data, windowStart(window, element) + candidate * window.r1)
        lo = Math.min(lo, range.lo)
        hi = Math.max(hi, range.hi)
      }
      value.lo[element] = lo
      value.hi[element] = hi
    }
    return { value }
  },
  evaluate: ({ node: { window, second, count }, operands: [data, indices] }) =>
    Int32Array.from({ length: count }, (_, element) => {
      const k = indices?.[secondStart(window, { second, element })] ?? 0
      return data?.[windowStart(window, element) + k * window.r1] ?? 0
    }),
  step({ node: { window, second }, element, open }) {
    const k = open.operand(1, secondStart(window, { second, element }))
    return open.operand(0, windowStart(window, element) + k * window.r1)
  },
  constrain: (circuit, { node: { window, second, count }, operands: [data = [], indices = []], bounds }) =>
    Array.from({ length: count }, (_, element) => {
      const k = indices[secondStart(window, { second, element })] ?? circuit.constant(0)
      const at = (candidate: number) => data[windowStart(window, element) + candidate * window.r1]
      if (k.lo === k.hi) return at(k.lo) ?? circuit.constant(0)
      const bits = bitsOf(circuit, k)
      const candidates = Array.from({ length: k.hi - bits.lo + 1 }, (_, place) => {
        const candidate = bits.lo + place
        return candidate < k.lo ? undefined : at(candidate)
      })
      const chosen = chooseByBits(circuit, { bits, from: 0, candidates }) // (2)
      return circuit.sum([[1, chosen]], boundsAt(bounds.value, element))
    }),
}
