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
import { greaterThanConstant } from './bits.ts'
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
 * x against constants t. Over n bits of x (n + 1 rows unless x stands as bits) each t takes at most n - 1 rows, see bits.ts. Where
 * x is compared with many constants, it stands as two one-hot digits instead, x = lo + Σ v · low_v + 2^l · Σ u · high_u:
 *
 *   (2) low_v, high_u are 0 or 1, and one of each is 1           one row for each, and two
 *   (3) lo + Σ v · low_v + Σ u · 2^l · high_u = x                one row
 *   (4) high_T · Σ_{v > t'} low_v = y - Σ_{u > T} high_u         one row for each t = lo + T · 2^l + t'
 *   (5) high_T · low_{t'} = y                                    the same for x = t
 *
 * The cheaper of the two is taken; digits serve all nodes that compare the same element.
 */

/** One-hot digits of x - lo in base 2^width. */
type Digits = { lo: number; width: number; low: AffineElement[]; high: AffineElement[] }

const digitsOf = new WeakMap<Element, Digits>()

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

/** An element against constants: `uses` is how many the node compares it with. */
function constrainConstant(
  circuit: Circuit,
  context: { x: Element; constant: number; relation: Relation; uses: number },
): Element {
  const { x, relation, uses } = context
  const isEqual = relation === 'equal'
  const threshold = relation === 'greaterOrEqual' ? context.constant - 1 : context.constant
  if (isEqual ? threshold < x.lo || threshold > x.hi : threshold >= x.hi) return circuit.constant(0)
  if (isEqual ? x.lo === x.hi : threshold < x.lo) return circuit.constant(1)
  const digits = digitsOf.get(x) ?? makeDigits(circuit, x, { uses, isEqual })
  if (digits) return digitsAgainst(circuit, { digits, threshold, isEqual })
  if (isEqual) return circuit.isZero(circuit.sum([[1, x]], { offset: -threshold }))
  const bits = x.known ?? circuit.bits(plainSum(x), { lo: x.lo, count: unsignedBits(x.hi - x.lo) })
  return greaterThanConstant(circuit, { bits, threshold: threshold - bits.lo })
}

/** Digits of an element (2), (3), if they pay for this many comparisons. */
function makeDigits(
  circuit: Circuit,
  x: Element,
  { uses, isEqual }: { uses: number; isEqual: boolean },
): Digits | undefined {
  const count = unsignedBits(x.hi - x.lo)
  const without = isEqual ? 3 * uses : uses * (count - 1) + (x.known ? 0 : count + 1)
  let best: { width: number; high: number; cost: number } | undefined
  for (let width = 1; width <= Math.min(count, 12); width++) {
    const high = Math.floor((x.hi - x.lo) / 2 ** width) + 1
    if (high > 2 ** 12) continue
    const cost = high === 1 ? x.hi - x.lo + 3 : 2 ** width + high + 3 + uses
    if (cost < (best?.cost ?? without)) best = { width, high, cost }
  }
  if (!best) return undefined
  const { width, high } = best
  const offset = circuit.makesRows ? 0 : x.value - x.lo
  const lowCount = high === 1 ? x.hi - x.lo + 1 : 2 ** width
  const low = circuit.oneHot(offset % 2 ** width, lowCount) // (2)
  const digits: Digits = {
    ...{ lo: x.lo, width, low },
    high: high === 1 ? [circuit.constant(1)] : circuit.oneHot(Math.floor(offset / 2 ** width), high), // (2)
  }
  const terms = [
    ...digits.low.map((digit, v) => [v, digit] as const),
    ...digits.high.map((digit, u) => [u * 2 ** width, digit] as const),
  ].filter(([factor]) => factor !== 0)
  circuit.equate(circuit.sum(terms, { offset: x.lo, lo: x.lo, hi: x.hi }), x) // (3)
  digitsOf.set(x, digits)
  return digits
}

/** (4) or (5). */
function digitsAgainst(
  circuit: Circuit,
  { digits, threshold, isEqual }: { digits: Digits; threshold: number; isEqual: boolean },
): Element {
  const { lo, width, low, high } = digits
  const [top, rest] = [Math.floor((threshold - lo) / 2 ** width), (threshold - lo) % 2 ** width]
  const [zero, bit] = [circuit.constant(0), { lo: 0, hi: 1 }]
  const [digit = zero, lowDigit = zero] = [high[top], low[rest]]
  if (isEqual) return circuit.product([lowDigit, digit], bit) // (5)
  const above = sumAbove(circuit, high, top)
  if (rest === low.length - 1) return above
  return circuit.product([sumAbove(circuit, low, rest), digit], { ...bit, addend: above }) // (4)
}

/** Σ_{i > position} of one-hot elements: as it stands, or as one less the others where these are fewer. */
function sumAbove(circuit: Circuit, elements: Element[], position: number): Element {
  const isUpper = position + 1 >= elements.length / 2
  const chosen = isUpper ? elements.slice(position + 1) : elements.slice(0, position + 1)
  return circuit.sum(
    chosen.map((element) => [isUpper ? 1 : -1, element] as const),
    { offset: isUpper ? 0 : 1, lo: 0, hi: 1 },
  )
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
      const uses = countUses(left)
      return left.map((x, element) => {
        const constant = weightAt(graph, against.weight).values[element] ?? 0
        return constrainConstant(circuit, { x, constant, relation, uses: uses.get(x) ?? 1 })
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
