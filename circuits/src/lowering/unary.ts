import type { FloatNodeOf } from '../floatGraph.ts'
import { elementwiseSum } from './elementwiseSum.ts'
import { finish } from './finish.ts'
import { lowerTable } from './lookUp.ts'
import type { Lower } from './lowering.ts'
import { clipOf, targetOf } from './target.ts'

/** A function of each element: signs and negations are the place's, clamps are roundings of their own, everything else is looked up. */
export const lowerUnary: Lower<FloatNodeOf<'unary'>> = (lowering, node) => {
  const [name = ''] = node.inputs
  const place = lowering.place(name)
  if (node.function === 'neg')
    return { ...place, steps: place.steps.map((a) => -a), offsets: place.offsets.map((a) => -a) }
  if (node.function === 'not') {
    return { ...place, steps: place.steps.map((a) => -a), offsets: place.offsets.map((a) => 1 - a) }
  }
  // every integer stands for a number
  if (node.function === 'isNaN') return { ...place, map: place.map.map(() => -1), offsets: place.offsets.map(() => 0) }
  const clip = clipOf(node)
  if (!clip) return lowerTable(lowering, node)
  const behind = targetOf(lowering, node.output)
  const target = {
    ...behind,
    floor: Math.max(clip.lo, behind.floor),
    ceiling: Math.max(clip.lo, behind.floor, Math.min(clip.hi, behind.ceiling)),
  }
  return finish(lowering, {
    ...{ node, target },
    place: elementwiseSum(lowering, { name: node.name, terms: [{ place, coefficient: 1 }], target }),
  })
}
