import type { FloatNode } from '../floatGraph.ts'
import type { Lowering } from './lowering.ts'
import { type Place, placeAt } from './place.ts'
import type { Target } from './target.ts'

/**
 * Says where the tensor stands that a node's sum has become, after the clamps and roundings that its target did with it.
 * @returns the same place, for the node's own output, which then nobody else reads
 */
export function finish(
  lowering: Lowering,
  { node, target, place }: { node: FloatNode; target: Target; place: Place },
): Place {
  const result = target.kind === 'code' ? codePlace(place, target.zero) : place
  if (target.output !== node.output) lowering.setPlace(target.output, result)
  return result
}

/** Whole steps from `zero` on: the tensor's elements are integers. */
function codePlace({ node, shape, map }: Place, zero: number): Place {
  const place = placeAt({ node, shape, step: 1, map })
  return { ...place, offsets: place.offsets.fill(zero) }
}
