import { type LinearNode, nodeAt } from '../exactGraph.ts'
import { collect, type Reference } from './collect.ts'
import { anyRange, type Lowering, rangeOfInterval } from './lowering.ts'
import { type Place, pick } from './place.ts'
import { toCommonStep } from './toCommonStep.ts'

/** Constants lie at least this many steps from zero, where there is room. */
const constantSteps = 2 ** 10
/** Greatest integer that stands for a constant; what is beyond it saturates. */
const mostConstant = 2 ** 28

/** Tensors whose integers are compared with each other: the real number of one step, and where each element of each tensor stands. */
export type Aligned = { step: number; elements: Reference[][] }

/** Brings tensors, of which parts or all but one may be constant, to one step without offsets. Costs no constraint. */
export function alignTensors(
  lowering: Lowering,
  { name, places }: { name: string; places: readonly Place[] },
): Aligned {
  const computed = places.filter(isComputed).map((place) => ({ place, plain: withoutConstants(place) }))
  const plain = computed.map((one) => one.plain)
  const common = plain.length > 0 ? toCommonStep(lowering, { name, places: plain }) : { places: [], step: 1 }
  const aligned = new Map(computed.map(({ place }, index) => [place, common.places[index]]))
  const constants = [...new Set(places.flatMap(constantsOf))]
  const factor = refinement(lowering, { step: common.step, nodes: common.places.map(({ node }) => node), constants })
  const step = common.step / factor
  const scaled = new Map<number, number>()
  const atStep = (node: number) => {
    const made = scaled.get(node) ?? times(lowering, { node, factor })
    scaled.set(node, made)
    return made
  }
  const integers = constants.map((value) =>
    Math.min(Math.max(Math.floor(value / step + 0.5), -mostConstant), mostConstant),
  )
  const held = constants.length > 0 ? addConstants(lowering, integers) : 0
  const numberOf = new Map(constants.map((value, at) => [value, at]))
  const elements = places.map((place) =>
    Array.from(place.map, (from, at): Reference => {
      if (from < 0) return { node: held, at: numberOf.get(place.offsets[at] ?? 0) ?? 0 }
      const own = aligned.get(place)
      return { node: atStep(own?.node ?? place.node), at: own?.map[at] ?? 0 }
    }),
  )
  return { step, elements }
}

/** Aligned tensors as nodes of their own, element by element. */
export function alignedNodes(
  lowering: Lowering,
  context: { name: string; places: readonly Place[] },
): { step: number; nodes: number[] } {
  const { step, elements } = alignTensors(lowering, context)
  return { step, nodes: elements.map((references) => collect(lowering, references)) }
}

/** A node of integers that are the same for every input. */
export function addConstants({ graph, addNode, addWeights }: Lowering, values: readonly number[]): number {
  const count = values.length
  const node: LinearNode = {
    ...{ op: 'linear', ...anyRange, count, shift: 0, operand: graph.inputNode },
    weight: addWeights(new Int32Array(count)),
    bias: addWeights(Int32Array.from(values), 4),
    window: { d1: 1, d2: count, s0: 0, s1: 0, s2: 0, base: 0, run: 1, n1: 1, n2: 1, r1: 0, r2: 0, rowStride: 1 },
  }
  return addNode(node)
}

function isComputed({ map }: Place): boolean {
  return map.some((from) => from >= 0)
}

function constantsOf({ map, offsets }: Place): number[] {
  return [...offsets].filter((_, at) => (map[at] ?? -1) < 0)
}

function withoutConstants(place: Place): Place {
  return pick(place, { from: place.map.map((from, at) => (from < 0 ? -1 : at)), shape: place.shape })
}

/** By how much the step is divided so that constants off its grid are met well. */
function refinement(
  lowering: Lowering,
  { step, nodes, constants }: { step: number; nodes: number[]; constants: number[] },
): number {
  const off = constants.filter((value) => Math.abs(value / step - Math.round(value / step)) > 1e-6)
  const least = off.reduce((a, value) => Math.min(a, Math.abs(value)), Infinity)
  let reach = 1
  for (const node of nodes) {
    const { lo, hi } = rangeOfInterval(lowering.intervalOf(node))
    reach = Math.max(reach, -lo, hi)
  }
  let factor = 1
  while (factor < constantSteps && least / (step / factor) < constantSteps && reach * factor * 2 < mostConstant)
    factor *= 2
  return factor
}

function times({ graph, addNode }: Lowering, { node, factor }: { node: number; factor: number }): number {
  if (factor === 1) return node
  const { count } = nodeAt(graph, node)
  return addNode({ op: 'requantize', ...anyRange, count, operand: node, multiplier: factor, shift: 0 })
}
