import type { MaxNode, ProductNode } from '../exactGraph.ts'
import type { FloatNodeOf } from '../floatGraph.ts'
import { broadcastMap } from '../moveMap.ts'
import { QuantizeError } from '../quantizeError.ts'
import { addRoundedProduct } from './addRoundedProduct.ts'
import { lowerByConstant } from './byConstant.ts'
import { constantPlace } from './constantPlace.ts'
import { elementwiseSum, interleave } from './elementwiseSum.ts'
import { finish } from './finish.ts'
import { anyRange, arrange, type Lower, type Lowering } from './lowering.ts'
import { countOf, inverseOrder, type Place, pick, placeAt, uniformStep } from './place.ts'
import { targetOf } from './target.ts'
import { toCommonStep } from './toCommonStep.ts'
import { toFactor } from './toFactor.ts'

type Binary = FloatNodeOf<'binary'>
type Pair = { left: Place; right: Place }

/** Two tensors element by element; with a constant on one side, sums and products change the place alone. */
export const lowerBinary: Lower<Binary> = (lowering, node) => {
  const [left, right] = node.inputs.map((name) => {
    const place = constantPlace(lowering, { name, node: node.name })
    return pick(place, { from: broadcastMap(place.shape, node.shape), shape: node.shape })
  })
  if (!left || !right) throw new RangeError('an operator of two operands has two')
  const isConstant = (place: Place) => place.map.every((at) => at < 0)
  const scaled = isConstant(right) ? scale(node, { x: left, by: right }) : undefined
  if (scaled) return scaled
  const swapped =
    isConstant(left) && node.function !== 'div' ? scale(node, { x: right, by: left, isSwapped: true }) : undefined
  if (swapped) return swapped
  switch (node.function) {
    case 'add':
    case 'sub':
      return lowerAddition(lowering, { node, left, right })
    case 'mul':
      return lowerProduct(lowering, { node, left, right })
    case 'min':
    case 'max':
      return lowerExtreme(lowering, { node, left, right })
    default: {
      const isSwapped = isConstant(left)
      if (isSwapped || isConstant(right)) {
        const [x, constants] = isSwapped ? [right, left.offsets] : [left, right.offsets]
        return lowerByConstant(lowering, { node, x, constants, isSwapped })
      }
      throw new QuantizeError(
        `Node "${node.name}" (${node.function}) has two computed operands; it is supported with one constant.`,
      )
    }
  }
}

/** x + c, x - c, c - x, x · c and x / c as x with other steps and offsets; undefined for other functions and where that is not finite. */
function scale(
  node: Binary,
  { x, by, isSwapped = false }: { x: Place; by: Place; isSwapped?: boolean },
): Place | undefined {
  const { map, steps, offsets } = x
  const constants = by.offsets
  const at = (values: Float64Array, index: number) => values[index] ?? 0
  if (node.type !== 'float' && node.function === 'div') return undefined
  const factor = { add: 1, sub: isSwapped ? -1 : 1, mul: undefined, div: undefined }
  if (node.function === 'add' || node.function === 'sub') {
    const sign = factor[node.function]
    const own = node.function === 'sub' && !isSwapped ? -1 : 1
    return {
      ...x,
      steps: steps.map((step) => sign * step),
      offsets: offsets.map((offset, index) => sign * offset + own * at(constants, index)),
    }
  }
  if (node.function !== 'mul' && node.function !== 'div') return undefined
  const factors = node.function === 'mul' ? constants : constants.map((value) => 1 / value)
  if (!factors.every((value) => Number.isFinite(value))) return undefined
  return {
    ...x,
    // what is multiplied by zero is a constant
    map: map.map((from, index) => (at(factors, index) === 0 ? -1 : from)),
    steps: steps.map((step, index) => (at(factors, index) === 0 ? 1 : step * at(factors, index))),
    offsets: offsets.map((offset, index) => offset * at(factors, index)),
  }
}

function lowerAddition(lowering: Lowering, { node, left, right }: Pair & { node: Binary }): Place {
  const target = targetOf(lowering, node.output)
  const terms = [
    { place: left, coefficient: 1 },
    { place: right, coefficient: node.function === 'sub' ? -1 : 1 },
  ]
  return finish(lowering, { node, target, place: elementwiseSum(lowering, { name: node.name, terms, target }) })
}

function lowerProduct(lowering: Lowering, { node, left, right }: Pair & { node: Binary }): Place {
  const target = targetOf(lowering, node.output)
  const a = toFactor(lowering, { name: node.name, place: left })
  // a square reads one node twice, which bounds it better
  const isSquare = node.inputs[0] === node.inputs[1]
  const b = isSquare ? a : toFactor(lowering, { name: node.name, place: right })
  const count = countOf(node.shape)
  const operand = arrange(lowering, a)
  const product: ProductNode = {
    ...{ op: 'product', ...anyRange, count, shift: 0 },
    operands: isSquare ? [operand, operand] : [operand, arrange(lowering, b)],
  }
  const step = (uniformStep(a) ?? 1) * (uniformStep(b) ?? 1)
  const made = addRoundedProduct(lowering, { name: node.name, product, step, target })
  return finish(lowering, { node, target, place: placeAt({ ...made, shape: node.shape }) })
}

/** The greater of two; the lesser is the greater of their negatives. */
function lowerExtreme(lowering: Lowering, { node, left, right }: Pair & { node: Binary }): Place {
  const turn = (place: Place): Place =>
    node.function === 'max'
      ? place
      : { ...place, steps: place.steps.map((step) => -step), offsets: place.offsets.map((offset) => -offset) }
  const { places, step } = toCommonStep(lowering, { name: node.name, places: [turn(left), turn(right)] })
  const count = countOf(node.shape)
  const order = Int32Array.from({ length: count }, (_, index) => index)
  const operand = interleave(lowering, { terms: places.map((place) => ({ place })), order })
  const max: MaxNode = {
    ...{ op: 'max', ...anyRange, count, operand },
    window: { d1: 1, d2: count, s0: 0, s1: 0, s2: 2, base: 0, run: 2, n1: 1, n2: 1, r1: 0, r2: 0, rowStride: 0 },
  }
  return turn(placeAt({ node: lowering.addNode(max), shape: node.shape, step, map: inverseOrder(order) }))
}
