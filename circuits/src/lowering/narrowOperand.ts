import { elementwiseSum } from './elementwiseSum.ts'
import type { Lowering } from './lowering.ts'
import type { Place } from './place.ts'

/** Bits of a sum of products. */
const sumBits = 30

/** What a layer reads: a tensor by its name, where it stands, and how many of its elements one sum takes. */
export type LayerOperand = { name: string; tensor: string; place: Place; terms: number }

/** By how much steps may differ until the weights of the finer ones lose bits. */
const evenSteps = 4

/**
 * A tensor whose integers are few enough bits for a layer's sums: as it stands, unless it is, or holds, a raw sum that would take bits from
 * the weights; then it is rounded to the bits of a hidden value.
 */
export function narrowOperand(lowering: Lowering, { name, tensor, place, terms }: LayerOperand): Place {
  const { weightBits, activationBits } = lowering.settings(name)
  const { lo, hi } = lowering.intervalOf(place.node)
  const reaches = place.map.map((at) => (at < 0 ? 0 : Math.max(-(lo[at] ?? 0), hi[at] ?? 0)))
  const isWide = (reach: number) => reach > 2 ** (activationBits + 2)
  const most = reaches.reduce((a, b) => Math.max(a, b), 1)
  if (!isWide(most)) return place
  const fits = Math.log2(most) + weightBits - 1 + Math.log2(terms) <= sumBits
  const coarsest = place.steps.reduce((a, step, at) => (reaches[at] === 0 ? a : Math.max(a, Math.abs(step))), 0)
  const isUneven = reaches.some((reach, at) => isWide(reach) && coarsest > evenSteps * Math.abs(place.steps[at] ?? 0))
  if (fits && !isUneven) return place
  const target = { kind: 'hidden', output: tensor, floor: -Infinity, ceiling: Infinity } as const
  return elementwiseSum(lowering, { name, terms: [{ place, coefficient: 1 }], target })
}
