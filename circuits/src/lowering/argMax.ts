import type { ArgmaxNode } from '../exactGraph.ts'
import type { FloatNodeOf } from '../floatGraph.ts'
import { eachRow } from './addSumOfIntegers.ts'
import { alignedNodes } from './alignTensors.ts'
import { anyRange, type Lower } from './lowering.ts'
import { axesLast, countOf, pick, placeAt } from './place.ts'

/** Position of the greatest element along an axis: of integers in one step, as their sums stand before any rounding. */
export const lowerArgMax: Lower<FloatNodeOf<'argMax'>> = (lowering, node) => {
  const place = lowering.place(node.inputs[0] ?? '')
  const order = axesLast(place.shape, [node.axis])
  const rows = pick(place, { from: order, shape: [order.length] })
  const { nodes } = alignedNodes(lowering, { name: node.name, places: [rows] })
  const [operand = 0] = nodes
  const window = eachRow(place.shape[node.axis] ?? 1)
  const argmax: ArgmaxNode = { op: 'argmax', ...anyRange, count: countOf(node.shape), operand, window }
  return placeAt({ node: lowering.addNode(argmax), shape: node.shape, step: 1 })
}
