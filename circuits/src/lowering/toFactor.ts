import { nodeAt } from '../exactGraph.ts'
import { roundingHalf } from '../primitives/requantize.ts'
import { toUniform } from './elementwiseSum.ts'
import { anyRange, type Lowering } from './lowering.ts'
import type { Place } from './place.ts'

/** Bits of a product's factors beside their signs; two of them stay below a sum's 30. */
const factorBits = 14

/** A tensor of one step and of at most `bits` bits beside the sign, to be multiplied. */
export function toFactor(
  lowering: Lowering,
  { name, place, bits = factorBits }: { name: string; place: Place; bits?: number },
): Place {
  const uniform = toUniform(lowering, { name, place })
  const { lo, hi } = lowering.intervalOf(uniform.node)
  const most = uniform.map.reduce((a, at) => (at < 0 ? a : Math.max(a, -(lo[at] ?? 0), hi[at] ?? 0)), 0)
  let shift = 0
  while (Math.floor((most + roundingHalf(shift)) / 2 ** shift) >= 2 ** bits) shift++
  if (shift === 0) return uniform
  const { count } = nodeAt(lowering.graph, uniform.node)
  const node = lowering.addNode({ op: 'requantize', ...anyRange, count, operand: uniform.node, multiplier: 1, shift })
  return { ...uniform, node, steps: uniform.steps.map((step) => step * 2 ** shift) }
}
