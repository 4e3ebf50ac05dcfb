import type { CompareNode } from '../exactGraph.ts'
import type { FloatNodeOf, Relation } from '../floatGraph.ts'
import { broadcastMap } from '../moveMap.ts'
import { alignedNodes } from './alignTensors.ts'
import { constantPlace } from './constantPlace.ts'
import { anyRange, arrange, type Lower, type Lowering } from './lowering.ts'
import { countOf, type Place, pick, placeAt } from './place.ts'

type Compare = FloatNodeOf<'compare'>

/** The same relation with its sides exchanged. */
const exchanged: Record<Relation, Relation> = {
  equal: 'equal',
  less: 'greater',
  lessOrEqual: 'greaterOrEqual',
  greater: 'less',
  greaterOrEqual: 'lessOrEqual',
}

/**
 * Which elements are greater, or equal. Against constants the integers are compared with the threshold that decides as the reals do,
 * equality with the nearest; two computed tensors meet in one step first. What is 1 less the comparison is the place's.
 */
export const lowerCompare: Lower<Compare> = (lowering, node) => {
  const [left, right] = node.inputs.map((name) => {
    const place = constantPlace(lowering, { name, node: node.name })
    return pick(place, { from: broadcastMap(place.shape, node.shape), shape: node.shape })
  })
  if (!left || !right) throw new RangeError('a comparison has two operands')
  const isConstant = ({ map }: Place) => map.every((from) => from < 0)
  if (isConstant(right))
    return againstConstants(lowering, { relation: node.relation, x: left, constants: right.offsets })
  if (isConstant(left)) {
    const relation = exchanged[node.relation]
    return againstConstants(lowering, { relation, x: right, constants: left.offsets })
  }
  return ofTwo(lowering, { node, left, right })
}

function ofTwo(lowering: Lowering, { node, left, right }: { node: Compare; left: Place; right: Place }): Place {
  const isTurned = node.relation === 'less' || node.relation === 'lessOrEqual'
  const relation = isTurned ? exchanged[node.relation] : node.relation
  const places = isTurned ? [right, left] : [left, right]
  const { nodes } = alignedNodes(lowering, { name: node.name, places })
  const [first = 0, second = 0] = nodes
  const compare: CompareNode = {
    ...{ op: 'compare', ...anyRange, count: countOf(node.shape), operand: first, against: { operand: second } },
    relation: relation === 'equal' ? 'equal' : relation === 'greater' ? 'greater' : 'greaterOrEqual',
  }
  return placeAt({ node: lowering.addNode(compare), shape: node.shape, step: 1 })
}

/** q > threshold, or if `isNegated` its opposite. */
type Test = { threshold: number; isNegated: boolean }

/** A computed tensor compared with constants of its shape. */
export function againstConstants(
  lowering: Lowering,
  { relation, x, constants }: { relation: Relation; x: Place; constants: Float64Array },
): Place {
  const computed = Int32Array.from(x.map.keys()).filter((at) => (x.map[at] ?? -1) >= 0)
  const tests = Array.from(computed, (at) =>
    testOf(relation, { step: x.steps[at] ?? 1, offset: x.offsets[at] ?? 0, constant: constants[at] ?? 0 }),
  )
  const compare: CompareNode = {
    ...{ op: 'compare', ...anyRange, count: computed.length, operand: arrange(lowering, x, computed) },
    against: { weight: lowering.addWeights(Int32Array.from(tests, ({ threshold }) => threshold)) },
    relation: relation === 'equal' ? 'equal' : 'greater',
  }
  const made = lowering.addNode(compare)
  const result: Place = {
    ...{ node: made, shape: x.shape, map: new Int32Array(x.map.length).fill(-1) },
    steps: new Float64Array(x.map.length).fill(1),
    offsets: x.offsets.map((offset, at) => holds(relation, offset, constants[at] ?? 0)),
  }
  for (const [index, at] of computed.entries()) {
    const isNegated = tests[index]?.isNegated ?? false
    result.map[at] = index
    result.steps[at] = isNegated ? -1 : 1
    result.offsets[at] = isNegated ? 1 : 0
  }
  return result
}

/** step · q + offset compared with a constant, as a test of q. */
function testOf(
  relation: Relation,
  { step, offset, constant }: { step: number; offset: number; constant: number },
): Test {
  const exact = (constant - offset) / step
  // a quotient that misses a whole number by rounding is that number
  const near = Math.round(exact)
  const at = Math.abs(exact - near) <= 1e-9 * Math.max(1, Math.abs(exact)) ? near : exact
  const bound = (value: number) => Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1)
  const asked = step < 0 ? exchanged[relation] : relation
  switch (asked) {
    case 'equal':
      return { threshold: bound(Math.floor(at + 0.5)), isNegated: false }
    case 'greater':
      return { threshold: bound(Math.floor(at)), isNegated: false }
    case 'greaterOrEqual':
      return { threshold: bound(Math.ceil(at) - 1), isNegated: false }
    case 'less':
      return { threshold: bound(Math.ceil(at) - 1), isNegated: true }
    case 'lessOrEqual':
      return { threshold: bound(Math.floor(at)), isNegated: true }
  }
}

function holds(relation: Relation, a: number, b: number): number {
  if (relation === 'equal') return a === b ? 1 : 0
  if (relation === 'less' || relation === 'greater') return (relation === 'less' ? a < b : a > b) ? 1 : 0
  return (relation === 'lessOrEqual' ? a <= b : a >= b) ? 1 : 0
}
