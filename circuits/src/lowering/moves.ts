import { nodeAt } from '../exactGraph.ts'
import { type FloatMove, moveMap } from '../moveMap.ts'
import { constantPlace } from './constantPlace.ts'
import { anyRange, type Lower, type Lowering } from './lowering.ts'
import { type Place, pick } from './place.ts'

/** Operands of one move. */
const maxOperands = 3

/** Reshape, transpose, concat, slice, expand, pad: the place alone changes, unless tensors of several nodes come together. */
export const lowerMove: Lower<FloatMove> = (lowering, node) => {
  const places = node.inputs.map((name) => constantPlace(lowering, { name, node: node.name }))
  const from = moveMap(
    node,
    places.map(({ shape }) => shape),
  )
  const value = node.op === 'pad' ? node.value : 0
  return pick(joinPlaces(lowering, places), { from, shape: node.shape, value })
}

/** Tensors laid end to end, in one node. */
export function joinPlaces(lowering: Lowering, places: readonly Place[]): Place {
  const nodes = [...new Set(places.filter(({ map }) => map.some((at) => at >= 0)).map(({ node }) => node))]
  const { node, starts } = joinNodes(lowering, nodes)
  const count = places.reduce((sum, { map }) => sum + map.length, 0)
  const joined: Place = {
    ...{ node, shape: [count], map: new Int32Array(count) },
    ...{ steps: new Float64Array(count), offsets: new Float64Array(count) },
  }
  let at = 0
  for (const place of places) {
    const start = starts.get(place.node) ?? 0
    joined.map.set(
      place.map.map((entry) => (entry < 0 ? -1 : start + entry)),
      at,
    )
    joined.steps.set(place.steps, at)
    joined.offsets.set(place.offsets, at)
    at += place.map.length
  }
  return joined
}

/** One node with the elements of several, and where each begins. */
function joinNodes(lowering: Lowering, nodes: number[]): { node: number; starts: Map<number, number> } {
  const { graph, addNode, addWeights } = lowering
  const [first = graph.inputNode, ...others] = nodes
  const starts = new Map([[first, 0]])
  let [node, total] = [first, nodeAt(graph, first).count]
  for (let at = 0; at < others.length; at += maxOperands - 1) {
    const more = others.slice(at, at + maxOperands - 1)
    for (const other of more) {
      starts.set(other, total)
      total += nodeAt(graph, other).count
    }
    const map = Int32Array.from({ length: total }, (_, index) => index)
    node = addNode({ op: 'move', ...anyRange, count: total, operands: [node, ...more], weight: addWeights(map, 4) })
  }
  return { node, starts }
}
