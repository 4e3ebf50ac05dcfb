import { type Bits, type Circuit, type Element, plainSum, unsignedBits } from '../circuit.ts'
import { one } from '../circuitBuilder.ts'
import { type ExactGraph, GraphInvalidError, type Interval, type LookupNode, weightAt } from '../exactGraph.ts'
import { countUses } from './compare.ts'
import type { Primitive } from './primitive.ts'
import { boundsAt } from './product.ts'
import { type RangeTree, rangeTree } from './rangeTree.ts'
import { checkReads, checkWindow, windowStart } from './window.ts'

/*
 * A table of constants: y = table[x - offset], x bounded so that it never leaves the table. Over the bits b of x - lo, with the
 * lowest l of them written as the number `low`:
 *
 *   (1) d^0 = [1]; d^{i+1}_v = d^i_v · (1 - b_i), d^{i+1}_{v + 2^i} = d^i_v · b_i            2^i - 1 rows for i = 1 … l-1
 *   (2) e_u = Σ_v table[u · 2^l + v] · d^l_v                                               no row: e_u = table[u · 2^l + low]
 *   (3) y = e_u for the u that the upper bits write: pairs, y' = e_{2u} + b · (e_{2u+1} - e_{2u})   one row a pair
 *
 * d^l is one-hot: entry `low` is 1. In (1) Σ_v d^i_v = 1, so the last product is b_i less the others. With n bits of x: n + 1 rows for
 * the bits unless x stands as bits already, 2^l - l - 1 for (1), once for all tables of the same x, and ⌈entries / 2^l⌉ - 1 for (3) of
 * each table; l is chosen so that the sum is least. A table of 256 entries takes 26 rows beside the bits.
 */

/** Most bits whose products (1) are made. */
const maxLowBits = 10

/** Elements of the products d^i_v · b_i, v < 2^i - 1, for each level i made so far; level 0 has none. */
type Demux = { levels: Element[][] }

const demuxOf = new WeakMap<Bits, Demux>()

/**
 * Σ_v entries[v] · d^l_v of 2^l entries (2), as offset + Σ factor · p where p is the product (level, v), or the level's bit for v = -1.
 * It is the same for all elements that look into the same entries.
 */
type EntrySum = {
  entries: number[]
  offset: number
  lo: number
  hi: number
  terms: { factor: number; level: number; v: number }[]
}

/** On each level the upper half of the entries becomes differences to the lower, and the last product is the bit less the others. */
function entrySum(entries: number[]): EntrySum {
  const terms: EntrySum['terms'] = []
  let rest = entries
  for (let level = Math.round(Math.log2(entries.length)) - 1; level >= 0; level--) {
    const size = 2 ** level
    const lower = rest
    const difference = (v: number) => (lower[v + size] ?? 0) - (lower[v] ?? 0)
    const last = difference(size - 1)
    for (let v = 0; v < size - 1; v++) {
      const factor = difference(v) - last
      if (factor !== 0) terms.push({ factor, level, v })
    }
    if (last !== 0) terms.push({ factor: last, level, v: -1 })
    rest = rest.slice(0, size)
  }
  return { entries, offset: rest[0] ?? 0, lo: Math.min(...entries), hi: Math.max(...entries), terms }
}

/** The sums of d^level_v alone, by level and v. */
const unitSums: EntrySum[][] = []

function unitSum(level: number, v: number): EntrySum {
  const sums = unitSums[level] ?? []
  unitSums[level] = sums
  sums[v] ??= entrySum(Array.from({ length: 2 ** level }, (_, index) => (index === v ? 1 : 0)))
  return sums[v]
}

/** The products (1) of the lowest `count` bits; those made before are used again. */
function lowProducts(circuit: Circuit, bits: Bits, count: number): Element[][] {
  const demux = demuxOf.get(bits) ?? { levels: [[]] }
  demuxOf.set(bits, demux)
  const { levels } = demux
  for (let level = levels.length; level < count; level++) {
    const b = circuit.bitSum(bits, level, level + 1)
    levels.push(
      Array.from({ length: 2 ** level - 1 }, (_, v) =>
        circuit.product([sumElement(circuit, { bits, levels, sum: unitSum(level, v) }), b], { lo: 0, hi: 1 }),
      ),
    )
  }
  return levels
}

/** (2) as an element. */
function sumElement(
  circuit: Circuit,
  { bits, levels, sum }: { bits: Bits; levels: Element[][]; sum: EntrySum },
): Element {
  const { entries, offset, lo, hi, terms } = sum
  const source = ({ level, v }: { level: number; v: number }) =>
    (v < 0 ? undefined : levels[level]?.[v]) ?? circuit.bitSum(bits, level, level + 1)
  if (terms.length <= 1) {
    return circuit.sum(
      terms.map((term) => [term.factor, source(term)] as const),
      { offset, lo, hi },
    )
  }
  const at = circuit.tape.digits(bits.offset, { from: 0, count: Math.log2(entries.length) })
  const value = circuit.tape.entry(entries, at)
  return circuit.given({ value, lo, hi, terms: terms.length + 1 }, () => {
    for (const term of terms) circuit.accumulator.add(term.factor, source(term).combination)
    if (offset !== 0) circuit.accumulator.add(offset, one)
    return circuit.accumulator.take()
  })
}

/** The candidate that the number Σ 2^i · b_i over the bits from `from` on names, by pairs (3). Undefined ones never occur. */
export function chooseByBits(
  circuit: Circuit,
  { bits, from, candidates }: { bits: Bits; from: number; candidates: (Element | undefined)[] },
): Element {
  let round = candidates
  for (let bit = from; round.length > 1; bit++) {
    const b = circuit.bitSum(bits, bit, bit + 1)
    round = Array.from({ length: Math.ceil(round.length / 2) }, (_, pair) => {
      const [left, right] = [round[2 * pair], round[2 * pair + 1]]
      if (!left || !right || left === right) return left ?? right
      const difference = circuit.sum([
        [1, right],
        [-1, left],
      ])
      const range = { lo: Math.min(left.lo, right.lo), hi: Math.max(left.hi, right.hi) }
      return circuit.product([difference, b], { ...range, addend: left })
    })
  }
  return round[0] ?? circuit.constant(0)
}

/** Bits that an element stands as, or new ones over its interval. */
export function bitsOf(circuit: Circuit, element: Element): Bits {
  return (
    element.known ?? circuit.bits(plainSum(element), { lo: element.lo, count: unsignedBits(element.hi - element.lo) })
  )
}

/** table[x - offset] of one element; `uses` is how many tables the node looks it up in, `sums` what was made of this table before. */
function constrainLookup(
  circuit: Circuit,
  context: { x: Element; table: Int32Array; offset: number; uses: number; sums: Map<string, (EntrySum | undefined)[]> },
): Element {
  const { x, table, offset, uses, sums } = context
  if (x.lo === x.hi) return circuit.constant(table[x.lo - offset] ?? 0)
  const bits = bitsOf(circuit, x)
  const most = Math.min(x.hi - bits.lo, 2 ** bits.count - 1)
  const made = demuxOf.get(bits)?.levels.length ?? 1
  let best = { low: 1, cost: Number.POSITIVE_INFINITY }
  for (let low = 1; low <= Math.min(bits.count, maxLowBits); low++) {
    const products = 2 ** low - low - (2 ** made - made)
    const cost = Math.max(0, products) + uses * Math.floor(most / 2 ** low)
    if (cost < best.cost) best = { low, cost }
  }
  const size = 2 ** best.low
  const levels = lowProducts(circuit, bits, best.low) // (1)
  const key = `${bits.lo} ${x.lo} ${x.hi} ${size}`
  let upper = sums.get(key)
  if (!upper) {
    upper = Array.from({ length: Math.floor(most / size) + 1 }, (_, u) => {
      const first = bits.lo + u * size
      if (first + size <= x.lo) return undefined
      // What lies outside the interval is never looked at; the nearest entry keeps sums short.
      const entryAt = (v: number) => table[Math.min(Math.max(first + v, x.lo), x.hi) - offset] ?? 0
      return entrySum(Array.from({ length: size }, (_, v) => entryAt(v)))
    })
    sums.set(key, upper)
  }
  const candidates = upper.map((sum) => sum && sumElement(circuit, { bits, levels, sum })) // (2)
  return chooseByBits(circuit, { bits, from: best.low, candidates }) // (3)
}

/** The row of the table that an element looks into. */
function tableRow(graph: ExactGraph, { node, element }: { node: LookupNode; element: number }): Int32Array {
  const { values } = weightAt(graph, node.weight)
  const { rowStride, d2 } = node.window
  if (rowStride === 0) return values
  const first = (element % d2) * rowStride
  return values.subarray(first, first + rowStride)
}

/** A look-up in a table of constants. */
export const lookupPrimitive: Primitive<LookupNode> = {
  operands: (node) => [node.operand],
  describe: ({ operand, weight, offset, window }) => ({ operands: [operand], weight, offset, window }),
  parse: ({ shape, operands: [operand = 0], weight = 0, offset, window }) => ({
    ...{ op: 'lookup', ...shape, operand, weight, offset, window },
  }),
  readCount: () => 1,
  interval({ graph, node, index, operands: [operand] }) {
    const { window, count, offset } = node
    checkWindow({ window, index, count })
    checkReads({ window, index, count, operandCount: operand?.lo.length ?? 0 })
    const { values } = weightAt(graph, node.weight)
    const refuse = (reason: string) => {
      throw new GraphInvalidError(`node ${index} ${reason}`)
    }
    if (window.run !== 1 || window.n1 !== 1 || window.n2 !== 1) refuse('looks up more than one element at once')
    if (window.rowStride !== 0 && values.length !== window.d2 * window.rowStride)
      refuse(`has tables of ${values.length} entries; its window asks for ${window.d2 * window.rowStride}`)
    const value: Interval = { lo: new Int32Array(count), hi: new Int32Array(count) }
    if (!Number.isInteger(offset) || offset < -(2 ** 31) || offset >= 2 ** 31) refuse(`has ${offset} as its offset`)
    const trees = new Map<number, RangeTree>()
    for (let element = 0; element < count; element++) {
      const x = boundsAt(operand, windowStart(window, element))
      const row = tableRow(graph, { node, element })
      if (x.lo < offset || x.hi >= offset + row.length)
        refuse(`looks up ${x.lo}…${x.hi} for element ${element} in a table of ${offset}…${offset + row.length - 1}`)
      const table = window.rowStride === 0 ? 0 : element % window.d2
      const tree = trees.get(table) ?? rangeTree(row)
      trees.set(table, tree)
      const range = tree(x.lo - offset, x.hi - offset)
      value.lo[element] = range.lo
      value.hi[element] = range.hi
    }
    return { value }
  },
  evaluate: ({ graph, node, operands: [operand] }) =>
    Int32Array.from({ length: node.count }, (_, element) => {
      const x = operand?.[windowStart(node.window, element)] ?? 0
      return tableRow(graph, { node, element })[x - node.offset] ?? 0
    }),
  step({ node, element, open }) {
    const { rowStride, d2 } = node.window
    return open.weight((element % d2) * rowStride + open.operand(0, windowStart(node.window, element)) - node.offset)
  },
  constrain(circuit, { graph, node, operands: [operand = []], bounds }) {
    const reads = Array.from(
      { length: node.count },
      (_, element) => operand[windowStart(node.window, element)] ?? circuit.constant(0),
    )
    const uses = countUses(reads)
    const { rowStride, d2 } = node.window
    const sumsOfRow = Array.from(
      { length: rowStride === 0 ? 1 : d2 },
      () => new Map<string, (EntrySum | undefined)[]>(),
    )
    return reads.map((x, element) => {
      const table = tableRow(graph, { node, element })
      const sums = sumsOfRow[rowStride === 0 ? 0 : element % d2] ?? new Map<string, (EntrySum | undefined)[]>()
      const result = constrainLookup(circuit, { x, table, offset: node.offset, uses: uses.get(x) ?? 1, sums })
      return circuit.sum([[1, result]], boundsAt(bounds.value, element))
    })
  },
}
