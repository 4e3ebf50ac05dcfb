import { type AffineElement, type Circuit, type Element, plainSum, unsignedBits } from '../circuit.ts'
import {
  type CompareNode,
  GraphInvalidError,
  type Interval,
  type Relation,
  relations,
  rowWindow,
  weightAt,
} from '../exactGraph.ts'
import { greaterThanConstant, greaterThanConstantRows } from './bits.ts'
import { elementwiseSecond, type Primitive } from './primitive.ts'
import { boundsAt, checkElementwise } from './product.ts'

/*
 * Comparison of two elements, or of an element with a constant; 1 if it holds, else 0.
 *
 * x > z over a difference of n bits with its sign (x ≥ z is x > z - 1):
 *
 *   (1) Σ 2^i · b_i - 2^(n-1) = x - z - 1, y = b_{n-1}           n + 1 rows, see bits.ts
 *
 * x = z: whether x - z is zero (three rows, see circuit.ts).
 *
 * x against constants t. Over n bits of x (n + 1 rows unless x stands as bits) each t takes at most n - 1 rows, see bits.ts. Where x is
 * compared with many constants, it stands as two digits instead, each written as so many ones as it says:
 *
 *   (2) low_v, high_u descend from 1: low_v says that the low digit is at least v     one row for each v, u ≥ 1
 *   (3) lo + Σ low_v + Σ 2^l · high_u = x                                             one row
 *   (4) (high_T - high_{T+1}) · low_{t'+1} = y - high_{T+1}                           one row for each t = lo + T · 2^l + t'
 *
 * A single digit, of few values, is the answers: no row for any t. For x = t the digits are one-hot:
 *
 *   (5) low_v, high_u are 0 or 1, and one of each is 1                                one row for each, and two
 *   (6) lo + Σ v · low_v + Σ u · 2^l · high_u = x                                     one row
 *   (7) high_T · low_{t'} = y                                                         one row for each t
 *
 * What takes fewest rows is taken; digits serve all nodes that compare the same element.
 */

/** Digits of x - lo in base 2^width. Descending ones leave the digit's first out, which is always 1; a single digit has no `high`. */
type Digits = { lo: number; width: number; low: AffineElement[]; high: AffineElement[] }

const descendingOf = new WeakMap<Element, Digits>()
const oneHotOf = new WeakMap<Element, Digits>()

/** 1 if left > right, else 0: (1). */
export function constrainGreater(circuit: Circuit, [left, right]: readonly [Element, Element]): Element {
  if (left === right) return circuit.constant(0)
  const difference = circuit.sum(
    [
      [1, left],
      [-1, right],
    ],
    { offset: -1 },
  )
  if (difference.lo >= 0) return circuit.constant(1)
  if (difference.hi < 0) return circuit.constant(0)
  let n = 1
  while (difference.lo < -(2 ** (n - 1)) || difference.hi >= 2 ** (n - 1)) n++
  const bits = circuit.bits(plainSum(difference), { lo: -(2 ** (n - 1)), count: n }) // (1)
  return circuit.bitSum(bits, n - 1, n)
}

/** 1 if left = right, else 0. */
function constrainEqual(circuit: Circuit, [left, right]: readonly [Element, Element]): Element {
  if (left === right) return circuit.constant(1)
  if (left.lo > right.hi || left.hi < right.lo) return circuit.constant(0)
  const difference = circuit.sum([
    [1, left],
    [-1, right],
  ])
  if (difference.affine?.factor === 0) return circuit.constant(difference.affine.constant === 0 ? 1 : 0)
  return circuit.isZero(difference)
}

/** An element against a constant: `all` are those that the node compares it with, x ≥ t as x > t - 1. */
function constrainConstant(
  circuit: Circuit,
  { x, threshold, isEqual, all }: { x: Element; threshold: number; isEqual: boolean; all: number[] },
): Element {
  if (isEqual ? threshold < x.lo || threshold > x.hi : threshold >= x.hi) return circuit.constant(0)
  if (isEqual ? x.lo === x.hi : threshold < x.lo) return circuit.constant(1)
  const digits = (isEqual ? oneHotOf : descendingOf).get(x) ?? makeDigits(circuit, x, { all, isEqual })
  if (digits) return isEqual ? digitsEqual(circuit, digits, threshold) : digitsAbove(circuit, digits, threshold)
  if (isEqual) return circuit.isZero(circuit.sum([[1, x]], { offset: -threshold }))
  const bits = x.known ?? circuit.bits(plainSum(x), { lo: x.lo, count: unsignedBits(x.hi - x.lo) })
  return greaterThanConstant(circuit, { bits, threshold: threshold - bits.lo })
}

/** Digits of an element (2), (3), or (5), (6), if they pay for these comparisons. */
function makeDigits(
  circuit: Circuit,
  x: Element,
  { all, isEqual }: { all: number[]; isEqual: boolean },
): Digits | undefined {
  const range = x.hi - x.lo
  const count = unsignedBits(range)
  const reached = all.filter((threshold) => threshold >= x.lo && (isEqual ? threshold <= x.hi : threshold < x.hi))
  const uses = reached.length
  let best = { width: 0, cost: isEqual ? 3 * uses : rowsByBits(x, reached) }
  for (let width = 1; width <= Math.min(count, 12); width++) {
    const high = Math.floor(range / 2 ** width)
    if (high >= 2 ** 12) continue
    const values = high === 0 ? range : 2 ** width + high - 1
    const cost = values + 1 + (isEqual ? (high === 0 ? 2 : 4) : 0) + (high === 0 ? 0 : uses)
    if (cost < best.cost) best = { width, cost }
  }
  if (best.width === 0) return undefined
  const digits = (isEqual ? makeOneHot : makeDescending)(circuit, x, best.width)
  ;(isEqual ? oneHotOf : descendingOf).set(x, digits)
  return digits
}

/** Rows of comparisons by the element's bits. */
function rowsByBits(x: Element, thresholds: number[]): number {
  const { lo, count } = x.known ?? { lo: x.lo, count: unsignedBits(x.hi - x.lo) }
  const rows = thresholds.map((threshold) => greaterThanConstantRows({ count, threshold: threshold - lo }))
  return rows.reduce((sum, one) => sum + one, x.known ? 0 : count + 1)
}

/** Both digits of an element, as values, and how many values each may have. */
function split({ tape }: Circuit, x: Element, width: number) {
  const range = x.hi - x.lo
  const offset = tape.sum([[1, x]], -x.lo)
  const high = Math.floor(range / 2 ** width)
  const upperBits = Math.max(0, unsignedBits(range) - width)
  return {
    low: { digit: tape.digits(offset, { from: 0, count: width }), most: high === 0 ? range : 2 ** width - 1 },
    high: { digit: tape.digits(offset, { from: width, count: upperBits }), most: high },
  }
}

function makeDescending(circuit: Circuit, x: Element, width: number): Digits {
  const parts = split(circuit, x, width)
  const low = circuit.descend(parts.low.digit, parts.low.most) // (2)
  const high = circuit.descend(parts.high.digit, parts.high.most) // (2)
  const terms = [...low.map((one) => [1, one] as const), ...high.map((one) => [2 ** width, one] as const)]
  circuit.equate(circuit.sum(terms, { offset: x.lo, lo: x.lo, hi: x.hi }), x) // (3)
  return { lo: x.lo, width, low, high }
}

function makeOneHot(circuit: Circuit, x: Element, width: number): Digits {
  const parts = split(circuit, x, width)
  const low = circuit.oneHot(parts.low.digit, parts.low.most + 1) // (5)
  const high = parts.high.most === 0 ? [] : circuit.oneHot(parts.high.digit, parts.high.most + 1) // (5)
  const terms = [
    ...low.map((digit, v) => [v, digit] as const),
    ...high.map((digit, u) => [u * 2 ** width, digit] as const),
  ].filter(([factor]) => factor !== 0)
  circuit.equate(circuit.sum(terms, { offset: x.lo, lo: x.lo, hi: x.hi }), x) // (6)
  return { lo: x.lo, width, low, high }
}

/** 1 if the element of the digits is above the threshold, which its range contains: (4). */
function digitsAbove(circuit: Circuit, { lo, width, low, high }: Digits, threshold: number): Element {
  const [zero, one] = [circuit.constant(0), circuit.constant(1)]
  const rest = threshold - lo
  if (high.length === 0) return low[rest] ?? zero
  const top = Math.floor(rest / 2 ** width)
  const [above, from] = [high[top] ?? zero, top === 0 ? one : (high[top - 1] ?? zero)]
  const lowAbove = low[rest % 2 ** width]
  if (!lowAbove) return above
  const isTop = circuit.sum(
    [
      [1, from],
      [-1, above],
    ],
    { lo: 0, hi: 1 },
  )
  return circuit.product([isTop, lowAbove], { lo: 0, hi: 1, addend: above })
}

/** 1 if the element of the digits is the constant, which its range contains: (7). */
function digitsEqual(circuit: Circuit, { lo, width, low, high }: Digits, constant: number): Element {
  const zero = circuit.constant(0)
  const rest = constant - lo
  if (high.length === 0) return low[rest] ?? zero
  const [digit = zero, lowDigit = zero] = [high[Math.floor(rest / 2 ** width)], low[rest % 2 ** width]]
  return circuit.product([lowDigit, digit], { lo: 0, hi: 1 })
}

const relationNames = Object.keys(relations) as Relation[] // the object's own keys

function holds(relation: Relation, { x, z }: { x: number; z: number }): number {
  if (relation === 'equal') return x === z ? 1 : 0
  return (relation === 'greater' ? x > z : x >= z) ? 1 : 0
}

/** Least and greatest truth of a comparison over two intervals. */
function truth(relation: Relation, { x, z }: { x: { lo: number; hi: number }; z: { lo: number; hi: number } }) {
  if (relation === 'equal') {
    const isPossible = x.lo <= z.hi && z.lo <= x.hi
    const isCertain = x.lo === x.hi && z.lo === z.hi && x.lo === z.lo
    return { lo: isCertain ? 1 : 0, hi: isPossible ? 1 : 0 }
  }
  return { lo: holds(relation, { x: x.lo, z: z.hi }), hi: holds(relation, { x: x.hi, z: z.lo }) }
}

/** A comparison, element by element. */
export const comparePrimitive: Primitive<CompareNode> = {
  operands: ({ operand, against }) => ('operand' in against ? [operand, against.operand] : [operand]),
  describe: ({ operand, against, relation, count }) => ({
    ...{ operands: 'operand' in against ? [operand, against.operand] : [operand], flags: relations[relation] },
    ...{ window: rowWindow({ rows: count, length: 1 }) },
    ...('operand' in against ? { second: elementwiseSecond } : { weight: against.weight }),
  }),
  parse: ({ shape, operands: [operand = 0, other], weight = 0, flags }) => ({
    ...{ op: 'compare', ...shape, operand, against: other === undefined ? { weight } : { operand: other } },
    relation: relationAt(flags),
  }),
  readCount: () => 1,
  interval({ graph, node, index, operands }) {
    const { count, relation, against } = node
    checkElementwise({ index, count, operands })
    const constants = 'weight' in against ? weightAt(graph, against.weight).values : undefined
    if (constants && constants.length !== count) {
      throw new GraphInvalidError(`node ${index} has ${count} elements and compares with ${constants.length} constants`)
    }
    const value: Interval = { lo: new Int32Array(count), hi: new Int32Array(count) }
    for (let element = 0; element < count; element++) {
      const constant = constants?.[element] ?? 0
      const z = constants ? { lo: constant, hi: constant } : boundsAt(operands[1], element)
      const { lo, hi } = truth(relation, { x: boundsAt(operands[0], element), z })
      value.lo[element] = lo
      value.hi[element] = hi
    }
    return { value }
  },
  evaluate({ graph, node, operands: [x, other] }) {
    const z = 'weight' in node.against ? weightAt(graph, node.against.weight).values : other
    return Int32Array.from({ length: node.count }, (_, element) =>
      holds(node.relation, { x: x?.[element] ?? 0, z: z?.[element] ?? 0 }),
    )
  },
  step({ node, element, open }) {
    const z = 'weight' in node.against ? open.weight(element) : open.operand(1, element)
    return holds(node.relation, { x: open.operand(0, element), z })
  },
  constrain(circuit, { graph, node, operands: [left = [], right = []] }) {
    const { relation, against } = node
    if ('weight' in against) {
      const thresholds = Array.from(weightAt(graph, against.weight).values, (t) =>
        relation === 'greaterOrEqual' ? t - 1 : t,
      )
      const asked = new Map<Element, number[]>()
      for (const [element, x] of left.entries()) {
        const all = asked.get(x) ?? []
        all.push(thresholds[element] ?? 0)
        asked.set(x, all)
      }
      return left.map((x, element) => {
        const [threshold = 0, all = []] = [thresholds[element], asked.get(x)]
        return constrainConstant(circuit, { x, threshold, isEqual: relation === 'equal', all })
      })
    }
    return left.map((x, element) => {
      const z = right[element] ?? circuit.constant(0)
      if (relation === 'equal') return constrainEqual(circuit, [x, z])
      if (relation === 'greater') return constrainGreater(circuit, [x, z])
      return circuit.sum([[-1, constrainGreater(circuit, [z, x])]], { offset: 1, lo: 0, hi: 1 })
    })
  },
}

/** How often each element occurs. */
export function countUses(elements: readonly Element[]): Map<Element, number> {
  const uses = new Map<Element, number>()
  for (const element of elements) uses.set(element, (uses.get(element) ?? 0) + 1)
  return uses
}

function relationAt(flags: number): Relation {
  const name = relationNames[flags]
  if (name === undefined) throw new GraphInvalidError(`a comparison has the unknown relation ${flags}`)
  return name
}
