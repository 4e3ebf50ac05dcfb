import { curvesOf } from './composite.ts'
import type { Lowering } from './lowering.ts'

/** Bits that a function's argument may have beyond its setting, where it is steep, and most of them that it then has. */
const [extraBits, mostBits] = [4, 14]
/** Part of what a function spans by which it may change on a flat end. */
const flatness = 2 ** -12
/** Points at which a function's span is tried. */
const spanPoints = 256
/** Values of the calibration inputs at which functions are tried. */
const maxSamples = 2000

type Curve = { apply: (x: number) => number }
/** The range of an argument, and its bits. */
export type TableDomain = { lo: number; hi: number; bits: number }

const domains = new WeakMap<Lowering, Map<string, TableDomain>>()

/**
 * The range of a tensor that tables are made for: what the calibration inputs reach, but for ends where functions are flat (a sigmoid
 * beyond 8). And how many bits it has: those of the setting, and more where a function of it, at the values that occur, would else miss by a sixty-fourth of its own deviation (with tables of 8
 * bits): sigmoids never need any, logarithms and reciprocals of what comes near 0 do.
 */
export function tableDomain(lowering: Lowering, root: string): TableDomain {
  const known = domains.get(lowering) ?? new Map<string, TableDomain>()
  domains.set(lowering, known)
  const found = known.get(root) ?? domainOf(lowering, root)
  known.set(root, found)
  return found
}

function domainOf(lowering: Lowering, root: string): TableDomain {
  const curves = curvesOf(lowering, root)
  const [first] = curves
  const { range } = lowering.settings(first?.node.name ?? '')
  const { lo, hi } = withoutFlatEnds(curves, lowering.calibration.range(root, range))
  const samples = samplesOf(lowering, root)
  let most = 2
  for (const { node, apply } of curves) {
    const { tableBits } = lowering.settings(node.name)
    let bits = tableBits
    const limit = 2 ** (2 - tableBits) * deviation(samples.map(apply))
    while (
      bits < Math.min(tableBits + extraBits, mostBits) &&
      missOf({ samples, apply, half: (hi - lo) / 2 ** (bits + 1) }) > limit
    )
      bits++
    most = Math.max(most, bits)
  }
  return { lo, hi, bits: most }
}

/** The range without the parts at its ends, found by halves, on which every function is constant but for a small part of what it spans. */
function withoutFlatEnds(curves: readonly Curve[], { lo, hi }: { lo: number; hi: number }): { lo: number; hi: number } {
  const isFlat = (from: number, to: number) =>
    curves.length > 0 &&
    curves.every(({ apply }) => {
      const all = spanOf(apply, { lo, hi })
      const end = spanOf(apply, { lo: from, hi: to })
      return Number.isFinite(all) && end <= all * flatness
    })
  const cutOf = (steep: number, flat: number) => {
    let [inside, outside] = [steep, flat]
    for (let round = 0; round < 20; round++) {
      const middle = (inside + outside) / 2
      if (isFlat(Math.min(middle, flat), Math.max(middle, flat))) outside = middle
      else inside = middle
    }
    return outside
  }
  if (!(hi > lo) || isFlat(lo, hi)) return { lo, hi }
  const [first, last] = [cutOf(hi, lo), cutOf(lo, hi)]
  return first < last ? { lo: first, hi: last } : { lo, hi }
}

/** Greatest less least value of a function over a range, tried at even distances. */
function spanOf(apply: (x: number) => number, { lo, hi }: { lo: number; hi: number }): number {
  let [least, most] = [Infinity, -Infinity]
  for (let at = 0; at <= spanPoints; at++) {
    const value = apply(lo + ((hi - lo) * at) / spanPoints)
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return most - least
}

/** Root of the mean square by which a function misses when its argument is rounded, the error spread evenly over the half steps. */
function missOf({ samples, apply, half }: { samples: number[]; apply: (x: number) => number; half: number }): number {
  const misses = samples.map((x) => Math.abs(apply(x + half) - apply(x)) / Math.sqrt(3))
  const finite = misses.filter(Number.isFinite)
  return Math.sqrt(finite.reduce((sum, miss) => sum + miss ** 2, 0) / Math.max(1, finite.length))
}

function deviation(values: number[]): number {
  const finite = values.filter(Number.isFinite)
  const mean = finite.reduce((sum, value) => sum + value, 0) / Math.max(1, finite.length)
  return Math.sqrt(finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, finite.length))
}

function samplesOf({ calibration }: Lowering, root: string): number[] {
  const runs = calibration.values(root)
  const total = runs.reduce((sum, run) => sum + run.length, 0)
  const stride = Math.max(1, Math.ceil(total / maxSamples))
  const samples: number[] = []
  let next = 0
  for (const run of runs) {
    for (; next < run.length; next += stride) samples.push(run[next] ?? 0)
    next -= run.length
  }
  return samples
}
