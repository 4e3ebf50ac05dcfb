import { nodeAt, rowWindow } from '../exactGraph.ts'
import { anyRange, type Lowering } from './lowering.ts'
import type { Place } from './place.ts'

/** Bits of a sum beside its sign. */
const sumBits = 29
/** Bits to which factors that are not whole multiples of each other are met, of the greatest term. */
const factorBits = 12

type Term = { place: Place; coefficient: number }

/**
 * Terms as they can be summed in 30 bits: as they are where all of their steps are whole multiples of one, or else with as many of their bits
 * as leave room for factors that miss by little. `weightBits` are those that the factors then take.
 */
export function fitTerms(
  lowering: Lowering,
  { terms, isPowerAsked }: { terms: readonly Term[]; isPowerAsked: boolean },
): { terms: readonly Term[]; weightBits: number } {
  const steps = terms.map(stepsOf)
  const all = steps.flat()
  if (all.length === 0) return { terms, weightBits: factorBits + 1 }
  const reaches = terms.map((term) => reachOf(lowering, term))
  const total = reaches.reduce((sum, { real }) => sum + real, 0)
  const least = Math.min(...all)
  const units = [2 ** Math.floor(Math.log2(least)), ...(isPowerAsked ? [] : [least])]
  const isExact = units.some(
    (unit) => total < unit * 2 ** sumBits && all.every((step) => Number.isInteger(step / unit)),
  )
  if (isExact) return { terms, weightBits: 31 }
  if (all.every((step) => Number.isInteger(Math.log2(step)))) {
    // powers of two lose what is finer than the finest step that the sum has room for, and nothing else
    const unit = 2 ** Math.ceil(Math.log2(total / 2 ** sumBits))
    return { terms: terms.map((term) => coarser(lowering, { term, unit })), weightBits: 31 }
  }
  const fitted = terms.map((term) => ({ ...term, place: rounded(lowering, term.place) }))
  const wholes = fitted.map((term) => reachOf(lowering, term).whole)
  const unit = (2 ** -factorBits * Math.max(...reaches.map(({ real }) => real))) / wholes.reduce((a, b) => a + b, 0)
  const most = Math.max(...fitted.flatMap(stepsOf))
  const weightBits = Math.ceil(Math.log2(most / unit)) + 1
  return { terms: fitted, weightBits: Math.min(Math.max(weightBits, factorBits + 1), 24) }
}

/** The different steps of a term, as magnitudes. */
export function stepsOf({ place, coefficient }: Term): number[] {
  const steps = new Set<number>()
  for (const [at, from] of place.map.entries()) if (from >= 0) steps.add(Math.abs(coefficient * (place.steps[at] ?? 0)))
  steps.delete(0)
  return [...steps]
}

/** The greatest magnitude of a term's integers and of the reals they stand for. */
function reachOf(
  { intervalOf }: Lowering,
  { place: { node, map, steps, offsets }, coefficient }: Term,
): { whole: number; real: number } {
  const { lo, hi } = intervalOf(node)
  let [whole, real] = [1, 0]
  for (const [at, from] of map.entries()) {
    const constant = Math.abs(coefficient * (offsets[at] ?? 0))
    real = Math.max(real, constant)
    if (from < 0) continue
    const most = Math.max(-(lo[from] ?? 0), hi[from] ?? 0)
    whole = Math.max(whole, most)
    real = Math.max(real, constant + most * Math.abs(coefficient * (steps[at] ?? 0)))
  }
  return { whole, real }
}

/** A term whose steps are powers of two, without what is finer than a unit. */
function coarser(lowering: Lowering, { term, unit }: { term: Term; unit: number }): Term {
  const shift = Math.log2(unit / Math.min(...stepsOf(term)))
  if (!(shift > 0) || !Number.isFinite(shift)) return term
  const { place } = term
  const { count } = nodeAt(lowering.graph, place.node)
  const how = { ...anyRange, count, operand: place.node, multiplier: 1, shift: Math.min(shift, 40) }
  const node = lowering.addNode({ op: 'requantize', ...how })
  return { ...term, place: { ...place, node, steps: place.steps.map((step) => step * 2 ** how.shift) } }
}

/** A tensor without the lowest bits of those of its integers that have too many; others are laid over as many zeros first. */
function rounded(lowering: Lowering, place: Place): Place {
  const { node, map, steps } = place
  const { lo, hi } = lowering.intervalOf(node)
  const surplus = Array.from(lo, (least, at) => {
    const most = Math.max(-least, hi[at] ?? 0, 1)
    return Math.max(0, Math.ceil(Math.log2(most / 2 ** (sumBits - factorBits - 1))))
  })
  const used = new Set(Array.from(map).filter((at) => at >= 0))
  const shift = surplus.reduce((most, own, at) => (used.has(at) ? Math.max(most, own) : most), 0)
  if (shift === 0) return place
  const isAlike = surplus.every((own, at) => own === shift || !used.has(at))
  const count = surplus.length
  const how = { ...anyRange, count, operand: node, shift }
  const sum = {
    ...{ op: 'linear' as const, window: rowWindow({ rows: count, length: 1, rowStride: 1 }) },
    weight: isAlike
      ? 0
      : lowering.addWeights(Int32Array.from(surplus, (own, at) => (used.has(at) ? 2 ** (shift - own) : 0))),
    bias: isAlike ? 0 : lowering.addWeights(new Int32Array(count), 4),
  }
  const made = lowering.addNode(isAlike ? { op: 'requantize', ...how, multiplier: 1 } : { ...how, ...sum })
  return { ...place, node: made, steps: steps.map((step, at) => step * 2 ** (surplus[map[at] ?? -1] ?? 0)) }
}
