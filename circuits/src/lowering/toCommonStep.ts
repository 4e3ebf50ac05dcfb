import { nodeAt } from '../exactGraph.ts'
import { toUniform } from './elementwiseSum.ts'
import { anyRange, arrange, type Lowering } from './lowering.ts'
import { inverseOrder, ownOrder, type Place, placeAt, uniformStep } from './place.ts'
import { toFactor } from './toFactor.ts'

/** Bits of the integers that stand for reals of one step. */
const commonBits = 29
/** Bits that tensors keep whose steps are no multiples of each other. */
const keptBits = 17
/** Bits of the factor from a finer step to the common one. */
const factorBits = 10
/** Parts of the least step at which such steps meet: the error is half of one. */
const parts = 64

/** Tensors with the same step and no offsets, and that step. Costs no constraint where steps are multiples, or integers small. */
export function toCommonStep(
  lowering: Lowering,
  { name, places }: { name: string; places: Place[] },
): { places: Place[]; step: number } {
  const uniform = places.map((place) => toUniform(lowering, { name, place }))
  const exact = commonStep(lowering, uniform)
  const isExact = exact.room >= 1 && uniform.every((place) => Number.isInteger(stepOf(place) / exact.least))
  if (isExact) return { step: exact.least, places: uniform.map((place) => multiplied(lowering, place, exact.least)) }
  const isRoomy = exact.room >= parts
  const kept = isRoomy ? uniform : uniform.map((place) => toFactor(lowering, { name, place, bits: keptBits }))
  const { least, room } = isRoomy ? exact : commonStep(lowering, kept)
  const step = least / Math.min(parts, 2 ** Math.floor(Math.log2(room)))
  return { step, places: kept.map((place) => multiplied(lowering, place, step)) }
}

function stepOf(place: Place): number {
  return uniformStep(place) ?? 1
}

/** The least step, and by how much it may be divided until integers of it outgrow their bits. */
function commonStep(lowering: Lowering, places: Place[]): { least: number; room: number } {
  const least = Math.min(...places.map(stepOf))
  const reaches = places.map((place) => {
    const { lo, hi } = lowering.intervalOf(place.node)
    return stepOf(place) * place.map.reduce((a, at) => (at < 0 ? a : Math.max(a, -(lo[at] ?? 0), hi[at] ?? 0)), 1)
  })
  return { least, room: 2 ** commonBits / (Math.max(...reaches) / least) }
}

/** The tensor in integers of another step. */
function multiplied(lowering: Lowering, place: Place, step: number): Place {
  const ratio = stepOf(place) / step
  // where the common step is the coarser one, the product is rounded to it
  const shift = ratio >= 0.75 ? 0 : Math.min(40, factorBits - Math.ceil(Math.log2(ratio)))
  const multiplier = Math.max(1, Math.round(ratio * 2 ** shift))
  if (multiplier === 1 && shift === 0) return place
  const order = ownOrder(place, nodeAt(lowering.graph, place.node).count)
  const operand = arrange(lowering, place, order)
  const { count } = nodeAt(lowering.graph, operand)
  const node = lowering.addNode({ op: 'requantize', ...anyRange, count, operand, multiplier, shift })
  return placeAt({ node, shape: place.shape, step, ...(order && { map: inverseOrder(order) }) })
}
