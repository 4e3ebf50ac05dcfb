import type { SelectNode } from '../exactGraph.ts'
import type { FloatNodeOf } from '../floatGraph.ts'
import { broadcastMap } from '../moveMap.ts'
import { QuantizeError } from '../quantizeError.ts'
import { alignTensors } from './alignTensors.ts'
import { collect } from './collect.ts'
import { constantPlace } from './constantPlace.ts'
import { anyRange, type Lower, type Lowering } from './lowering.ts'
import { joinPlaces } from './moves.ts'
import { countOf, type Place, pick, placeAt } from './place.ts'

type Where = FloatNodeOf<'where'>
type Choice = { condition: Place; yes: Place; no: Place }

/**
 * A choice between two tensors: of the place alone where the condition or both of the tensors are constant, else one row for each element.
 * Constants stand in the other tensor's step, made finer for them.
 */
export const lowerWhere: Lower<Where> = (lowering, node) => {
  const [condition, yes, no] = node.inputs.map((name) => {
    const place = constantPlace(lowering, { name, node: node.name })
    return pick(place, { from: broadcastMap(place.shape, node.shape), shape: node.shape })
  })
  if (!condition || !yes || !no) throw new RangeError('a choice has three operands')
  const isConstant = ({ map }: Place) => map.every((from) => from < 0)
  if (isConstant(condition)) {
    const count = countOf(node.shape)
    const from = Int32Array.from(condition.offsets, (value, at) => (value === 0 ? count + at : at))
    return pick(joinPlaces(lowering, [yes, no]), { from, shape: node.shape })
  }
  const choice = { condition, yes, no }
  return isConstant(yes) && isConstant(no) ? ofConstants(choice) : select(lowering, { ...choice, node })
}

/** no + c · (yes - no), where both are constant. */
function ofConstants({ condition, yes, no }: Choice): Place {
  const gain = yes.offsets.map((value, at) => value - (no.offsets[at] ?? 0))
  return {
    ...condition,
    // where both are the same, nothing is chosen
    map: condition.map.map((from, at) => (gain[at] === 0 ? -1 : from)),
    steps: condition.steps.map((step, at) => (gain[at] === 0 ? 1 : step * (gain[at] ?? 0))),
    offsets: condition.offsets.map((offset, at) => (no.offsets[at] ?? 0) + offset * (gain[at] ?? 0)),
  }
}

function select(lowering: Lowering, { node, condition, yes, no }: Choice & { node: Where }): Place {
  const { step, elements } = alignTensors(lowering, { name: node.name, places: [yes, no] })
  const [chosen = [], other = []] = elements
  // a condition that is 1 less its node's element exchanges what is chosen; a constant one chooses one of them twice
  const isUpright = (at: number) => (condition.steps[at] ?? 1) > 0
  const always = (at: number) => ((condition.map[at] ?? -1) >= 0 ? undefined : condition.offsets[at] !== 0)
  for (const [at, from] of condition.map.entries()) {
    const [scale, offset] = [condition.steps[at], condition.offsets[at]]
    const isTruth = (scale === 1 && offset === 0) || (scale === -1 && offset === 1)
    if (from >= 0 && !isTruth) {
      throw new QuantizeError(
        `Node "${node.name}" chooses by "${node.inputs[0]}", which is not the result of a comparison; compare it with 0 first.`,
      )
    }
  }
  const sideOf = (isYes: boolean) =>
    chosen.map((one, at) => {
      const takesOne = always(at) ?? isUpright(at) === isYes
      return (takesOne ? one : other[at]) ?? 'zero'
    })
  const conditions = collect(
    lowering,
    Array.from(condition.map, (from) => (from < 0 ? 'zero' : { node: condition.node, at: from })),
  )
  const made: SelectNode = {
    ...{ op: 'select', ...anyRange, count: countOf(node.shape) },
    operands: [conditions, collect(lowering, sideOf(true)), collect(lowering, sideOf(false))],
  }
  return placeAt({ node: lowering.addNode(made), shape: node.shape, step })
}
