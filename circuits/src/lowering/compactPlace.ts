import { nodeAt } from '../exactGraph.ts'
import { arrange, type Lowering } from './lowering.ts'
import type { Place } from './place.ts'

/**
 * The different elements of a tensor, in a node of their own: what an operator computes once for each. `index` says where each of
 * the tensor's elements stands among them; -1 where it is a constant.
 */
export type CompactPlace = { operand: number; steps: Float64Array; offsets: Float64Array; index: Int32Array }

/** Brings the different elements of a tensor together, in the order of its node. */
export function compactPlace(lowering: Lowering, place: Place): CompactPlace {
  const { map, steps, offsets } = place
  const order = (a: number, b: number) =>
    (map[a] ?? 0) - (map[b] ?? 0) || (steps[a] ?? 0) - (steps[b] ?? 0) || (offsets[a] ?? 0) - (offsets[b] ?? 0)
  const computed = Int32Array.from(map.keys()).filter((at) => (map[at] ?? -1) >= 0)
  if (!isAscending(map)) computed.sort(order)
  const index = new Int32Array(map.length).fill(-1)
  const kept: number[] = []
  for (const at of computed) {
    const last = kept.at(-1)
    if (last === undefined || order(last, at) !== 0) kept.push(at)
    index[at] = kept.length - 1
  }
  // a tensor of constants only still needs a node that it can be read from
  const from = Int32Array.from(kept.length > 0 ? kept : [0])
  const whole = { ...place, shape: [from.length] }
  const isOwn =
    kept.length === nodeAt(lowering.graph, place.node).count && kept.every((at, position) => map[at] === position)
  const operand = isOwn ? place.node : arrange(lowering, whole, from)
  return {
    ...{ operand, index },
    steps: Float64Array.from(from, (at) => steps[at] ?? 1),
    offsets: Float64Array.from(from, (at) => offsets[at] ?? 0),
  }
}

function isAscending(map: Int32Array): boolean {
  return map.every((at, index) => index === 0 || at > (map[index - 1] ?? 0))
}
