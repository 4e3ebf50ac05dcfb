import type { FloatNodeOf } from '../floatGraph.ts'
import { againstConstants } from './compare.ts'
import { lowerTable } from './lookUp.ts'
import type { Lower } from './lowering.ts'

/**
 * To another type. Whole numbers stay what they are; others lose their fraction by a table (composite.ts); a boolean is 1 less
 * whether x = 0.
 */
export const lowerCast: Lower<FloatNodeOf<'cast'>> = (lowering, node) => {
  const { float } = lowering
  const [name = ''] = node.inputs
  const type = float.nodes.find(({ output }) => output === name)?.type ?? float.input.type
  const place = lowering.place(name)
  if (node.type === 'float' || type === 'boolean') return place
  if (node.type === 'integer') return type === 'integer' ? place : lowerTable(lowering, node)
  const constants = new Float64Array(place.map.length)
  const isZero = againstConstants(lowering, { relation: 'equal', x: place, constants })
  return { ...isZero, steps: isZero.steps.map((a) => -a), offsets: isZero.offsets.map((a) => 1 - a) }
}
