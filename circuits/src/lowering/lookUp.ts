import { type LookupNode, nodeAt, rowWindow, type Window } from '../exactGraph.ts'
import type { FloatNode } from '../floatGraph.ts'
import { QuantizeError } from '../quantizeError.ts'
import { roundHalfEven } from '../unaryFunctions.ts'
import { lowerBend } from './bend.ts'
import { type CompactPlace, compactPlace } from './compactPlace.ts'
import { tableOf } from './composite.ts'
import { elementwiseSum, exactTarget } from './elementwiseSum.ts'
import { finish } from './finish.ts'
import { anyRange, type Lower, type Lowering, rangeOfInterval } from './lowering.ts'
import { type Place, realRange } from './place.ts'
import { type TableDomain, tableDomain } from './tableDomain.ts'
import { type Target, targetOf } from './target.ts'

/** Entries of all tables of a node together, at most. */
const maxEntries = 2 ** 16
/** Bits of an argument that many tables would be needed for. */
const maxBits = 12
/** Bits of a result that is added, compared or rounded next, and of one that is the model's. */
const wideBits = 14
/** Results are kept up to this many times the greatest that the calibration inputs reach. */
const farResults = 4

/**
 * A function of each element, looked up in a table of what it gives for every integer that can occur.
 * With x the real number that an integer stands for and f the function, an entry is within half a step of f(x), unless f(x) lies outside
 * the range that results are kept in. Where x was first rounded to the table's step s, the result is within half a step of its own
 * and s / 2 · max |f'| of f of the number before.
 */
export const lowerTable: Lower<FloatNode> = (lowering, node) => {
  const composite = tableOf(lowering, node)
  if (!composite) return lowerBend(lowering, node)
  const place = narrowed(lowering, { name: node.name, root: composite.root })
  const target = targetOf(lowering, node.output)
  const isWhole = node.type !== 'float'
  const result = lookUp(lowering, { name: node.name, place, apply: composite.apply, target, isWhole })
  return finish(lowering, { node, target, place: { ...result, shape: node.shape } })
}

const narrowPlaces = new WeakMap<Lowering, Map<string, Place>>()

/** A tensor with few enough integers for a table: as it stands, or rounded once for all functions that read it. */
function narrowed(lowering: Lowering, { name, root }: { name: string; root: string }): Place {
  const places = narrowPlaces.get(lowering) ?? new Map<string, Place>()
  narrowPlaces.set(lowering, places)
  const domain = tableDomain(lowering, root)
  let place = places.get(root) ?? lowering.place(root)
  const { lo, hi } = rangeOfInterval(lowering.intervalOf(place.node))
  if (hi - lo >= Math.min(2 ** (domain.bits + 2), maxEntries)) {
    place = rounded(lowering, { name, place, domain })
  }
  places.set(root, place)
  return place
}

/** A tensor in one step, with the integers of a table's domain. */
function rounded(
  lowering: Lowering,
  { name, place, domain }: { name: string; place: Place; domain: TableDomain },
): Place {
  const target: Target = { ...exactTarget(''), kind: 'table', ...domain }
  return elementwiseSum(lowering, { name, terms: [{ place, coefficient: 1 }], target })
}

/** Looks the elements of a tensor up in a table of a function; its results are integers where `isWhole`. */
export function lookUp(
  lowering: Lowering,
  context: { name: string; place: Place; apply: (x: number) => number; target: Target; isWhole?: boolean },
): Place {
  const { name, place, apply, target, isWhole = false } = context
  let compact = compactPlace(lowering, place)
  let rows = periodOf(compact) ?? 0
  const span = () => {
    const { lo, hi } = rangeOfInterval(lowering.intervalOf(compact.operand))
    return { lo, entries: hi - lo + 1 }
  }
  if (rows === 0 || (rows > 1 && rows * span().entries > maxEntries)) {
    // too many tables: one, for the reals that all of them take
    const domain = { ...realRange(place, lowering.intervalOf(place.node)), bits: maxBits }
    compact = compactPlace(lowering, rounded(lowering, { name, place, domain }))
    rows = 1
  }
  const { lo, entries } = span()
  if (entries > maxEntries) {
    throw new QuantizeError(
      `Node "${name}" looks up ${entries} different integers; give its input ${Math.log2(maxEntries)} bits or fewer.`,
    )
  }
  const reals = new Float64Array(rows * entries)
  for (let row = 0; row < rows; row++) {
    const [step, offset] = [compact.steps[row] ?? 1, compact.offsets[row] ?? 0]
    for (let entry = 0; entry < entries; entry++) reals[row * entries + entry] = apply(step * (lo + entry) + offset)
    fillGaps(reals.subarray(row * entries, (row + 1) * entries))
  }
  const code = resultCode(lowering, { name, target, reals, isWhole })
  const table = reals.map(code.encode)
  const [first] = table
  // a function that is the same of all integers needs none of them
  const isSame = table.every((entry) => entry === first)
  const node = isSame ? place.node : addTable(lowering, { operand: compact.operand, offset: lo, rows, table })
  const map = isSame ? compact.index.map(() => -1) : compact.index
  const constantAt = (at: number) =>
    compact.index[at] === -1 ? code.encode(apply(place.offsets[at] ?? 0)) : (first ?? 0)
  return {
    ...{ node, shape: place.shape, map, steps: new Float64Array(map.length).fill(code.step) },
    offsets: Float64Array.from(map, (from, at) => (from < 0 ? code.step * constantAt(at) : 0)),
  }
}

/** Adds the look-up of each element of a node, the tables' rows taking turns. */
export function addTable(
  { graph, addNode, addWeights }: Lowering,
  context: { operand: number; offset: number; rows?: number; table: ArrayLike<number> },
): number {
  const { operand, offset, rows = 1, table } = context
  const { count } = nodeAt(graph, operand)
  const inTurns: Window = {
    ...{ d1: 1, d2: rows, s0: rows, s1: 0, s2: 1, base: 0, run: 1, n1: 1, n2: 1, r1: 0, r2: 0 },
    rowStride: table.length / rows,
  }
  const window = rows === 1 ? rowWindow({ rows: count, length: 1 }) : inTurns
  const weight = addWeights(Int32Array.from(table))
  const node: LookupNode = { op: 'lookup', ...anyRange, count, operand, weight, offset, window }
  return addNode(node)
}

/** After how many elements steps and offsets repeat, if they do soon. */
function periodOf({ steps, offsets }: CompactPlace): number | undefined {
  const most = Math.min(steps.length, 1024)
  for (let rows = 1; rows <= most; rows++) {
    if (steps.length % rows !== 0) continue
    const repeats = steps.every((step, at) => step === steps[at % rows] && offsets[at] === offsets[at % rows])
    if (repeats) return rows
  }
  return undefined
}

/** Where a function is not finite it takes the value of the nearest integer where it is: the root of a rounding error below 0 is 0. */
function fillGaps(reals: Float64Array): void {
  const defined = [...reals.keys()].filter((at) => Number.isFinite(reals[at]))
  if (defined.length === reals.length) return
  const distance = (next: number, at: number) => Math.abs((defined[next] ?? Infinity) - at)
  let next = 0
  for (let at = 0; at < reals.length; at++) {
    while (distance(next + 1, at) < distance(next, at)) next++
    if (!Number.isFinite(reals[at])) reals[at] = defined.length > 0 ? (reals[defined[next] ?? 0] ?? 0) : 0
  }
}

type Results = { name: string; target: Target; reals: Float64Array; isWhole: boolean }

/**
 * The step of a function's results and how they become integers: the step is a power of two at which the greatest result has the bits
 * that its readers take. Results far beyond what the calibration inputs reach saturate (1 / x near 0).
 */
function resultCode(
  lowering: Lowering,
  { name, target, reals, isWhole }: Results,
): { step: number; encode: (value: number) => number } {
  const { floor, ceiling } = target
  const { activationBits, range } = lowering.settings(name)
  const clampedTo = (lo: number, hi: number) => (value: number) => Math.min(Math.max(value, lo), hi)
  if (target.kind === 'code') {
    const [clip, bound] = [clampedTo(floor, ceiling), clampedTo(target.lo, target.hi)]
    return { step: target.step, encode: (value) => bound(roundHalfEven(clip(value) / target.step)) }
  }
  let [lo, hi] = [Infinity, -Infinity]
  for (const real of reals) {
    lo = Math.min(lo, Math.max(real, floor))
    hi = Math.max(hi, Math.min(real, ceiling))
  }
  if (target.kind === 'table') {
    lo = Math.min(Math.max(lo, target.lo), target.hi)
    hi = Math.max(Math.min(hi, target.hi), target.lo)
  } else if (!isWhole) {
    const seen = lowering.calibration.range(target.output, range)
    const most = farResults * Math.max(Math.abs(seen.lo), Math.abs(seen.hi))
    if (most > 0 && Number.isFinite(most))
      [lo, hi] = [Math.max(Math.min(lo, most), -most), Math.min(Math.max(hi, -most), most)]
  }
  const wide = Math.max(activationBits, wideBits)
  const bits = target.kind === 'table' ? target.bits : target.kind === 'hidden' ? activationBits : wide
  const reach = target.kind === 'table' ? hi - lo : Math.max(Math.abs(lo), Math.abs(hi))
  const finest = reach > 0 && Number.isFinite(reach) ? 2 ** Math.ceil(Math.log2(reach / 2 ** bits)) : 2 ** -bits
  const step = isWhole ? 1 : finest
  const clip = clampedTo(Math.max(lo, -(2 ** 30) * step), Math.min(hi, 2 ** 30 * step))
  return { step, encode: (value) => Math.floor(clip(value) / step + 0.5) }
}
