import { elementwiseSum } from './elementwiseSum.ts'
import type { Lowering } from './lowering.ts'
import type { Place } from './place.ts'

/** Bits of a sum of products. */
const sumBits = 30

/** What a layer reads: a tensor by its name, where it stands, and how many of its elements one sum takes. */
export type LayerOperand = { name: string; tensor: string; place: Place; terms: number }

/**
 * A tensor whose integers are few enough bits for a layer's sums: as it stands, unless it is a raw sum that would take bits from the weights;
 * then it is rounded to the bits of a hidden value.
 */
export function narrowOperand(lowering: Lowering, { name, tensor, place, terms }: LayerOperand): Place {
  const { weightBits, activationBits } = lowering.settings(name)
  const { lo, hi } = lowering.intervalOf(place.node)
  const most = place.map.reduce((a, at) => (at < 0 ? a : Math.max(a, -(lo[at] ?? 0), hi[at] ?? 0)), 1)
  const bits = Math.log2(most)
  if (bits <= activationBits + 2 || bits + weightBits - 1 + Math.log2(terms) <= sumBits) return place
  const target = { kind: 'hidden', output: tensor, floor: -Infinity, ceiling: Infinity } as const
  return elementwiseSum(lowering, { name, terms: [{ place, coefficient: 1 }], target })
}
