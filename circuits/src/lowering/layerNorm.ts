import type { LinearNode, ProductNode } from '../exactGraph.ts'
import type { FloatNodeOf } from '../floatGraph.ts'
import { addSumOfIntegers, rowSquares, rowSums } from './addSumOfIntegers.ts'
import { collect } from './collect.ts'
import { elementwiseSum, exactTarget } from './elementwiseSum.ts'
import { addTable } from './lookUp.ts'
import { anyRange, arrange, type Lower, type Lowering, rangeOfInterval } from './lowering.ts'
import { countOf, type Place, placeAt, uniformStep } from './place.ts'

/** Entries of the table of reciprocal roots, at most. */
const maxRoots = 2 ** 14
/** Bits of a sum's greatest magnitude, with room to round. */
const sumBits = 29

/**
 * Mean 0 and deviation 1 over rows of D elements; scale and bias are the place's. With S the sum of a row:
 *
 *   (1) c = round(D · x - S), in steps of which the widest calibration row has 2^q, saturating a quarter beyond it
 *   (2) v = Σ c², rounded to a table's argument that the flattest calibration row has 2^7 of, saturating at twice the steepest
 *   (3) r = 1 / sqrt(v / D + epsilon) of the real v, by a table
 *   (4) y = round(c · r)
 *
 * Saturation is met only by rows that spread wider, or lie flatter, than those the model was calibrated with.
 */
export const lowerLayerNorm: Lower<FloatNodeOf<'layerNorm'>> = (lowering, node) => {
  const { activationBits } = lowering.settings(node.name)
  const length = countOf(node.shape.slice(node.axis))
  const rows = countOf(node.shape) / length
  const spread = spreadOf(lowering, { node, length })
  const centred = addCentred(lowering, { node, length, rows, most: 1.25 * spread.widest })

  // (2)
  const squares = rowSquares({ operand: centred.node, rows, length })
  const perRow = centred.step ** 2
  const variance = addSumOfIntegers(lowering, {
    node: squares,
    rounding: {
      ...{ step: perRow / length, lo: 0, hi: 2 * spread.steepest },
      unit: Math.max(spread.flattest / 2 ** 7, (2 * spread.steepest) / maxRoots),
      isLeast: spread.flattest / 2 ** 7 < (2 * spread.steepest) / maxRoots,
    },
  })

  // (3)
  const { lo, hi } = rangeOfInterval(lowering.intervalOf(variance.node))
  const root = (v: number) => 1 / Math.sqrt(v + node.epsilon)
  const greatest = Math.min(root(0), root(spread.flattest / 16))
  const centredRange = rangeOfInterval(lowering.intervalOf(centred.node))
  // as many bits as leave the steepest row's root those of a hidden value, less one
  const neededBits = activationBits - 1 + Math.ceil(Math.log2(greatest / root(spread.steepest)))
  const room = sumBits - Math.ceil(Math.log2(Math.max(centredRange.hi, -centredRange.lo, 1)))
  const rootBits = Math.max(2, Math.min(16, neededBits, room))
  // products are in steps of a power of two, which sums with other tensors take as they are
  const productStep = 2 ** Math.ceil(Math.log2((centred.step * greatest) / (2 ** rootBits - 1)))
  const rootStep = productStep / centred.step
  const roots = addTable(lowering, {
    ...{ operand: variance.node, offset: lo },
    table: Array.from({ length: hi - lo + 1 }, (_, entry) =>
      Math.round(Math.min(root((lo + entry) * variance.step), greatest) / rootStep),
    ),
  })

  // (4)
  const product: ProductNode = {
    ...{ op: 'product', ...anyRange, count: rows * length, shift: 0 },
    operands: [
      centred.node,
      collect(
        lowering,
        Array.from({ length: rows * length }, (_, at) => ({ node: roots, at: Math.floor(at / length) })),
      ),
    ],
  }
  const most = Math.min(Math.sqrt(length), 1.25 * spread.furthest)
  const isOutput = node.output === lowering.float.output.name
  const unit = most / 2 ** (isOutput ? activationBits + 4 : activationBits)
  const normed = addSumOfIntegers(lowering, {
    node: product,
    rounding: { step: productStep, unit, isLeast: true, lo: -most, hi: most },
  })
  return scaled(lowering, { node, length, place: placeAt({ ...normed, shape: node.shape }) })
}

/** (1) of the calibration inputs: the greatest |x - mean|, the least and greatest variance, the greatest |x - mean| / deviation. */
function spreadOf(
  { calibration }: Lowering,
  { node, length }: { node: FloatNodeOf<'layerNorm'>; length: number },
): { widest: number; flattest: number; steepest: number; furthest: number } {
  let [widest, flattest, steepest, furthest] = [0, Infinity, 0, 0]
  for (const values of calibration.values(node.inputs[0] ?? '')) {
    for (let start = 0; start < values.length; start += length) {
      const row = Array.from(values.subarray(start, start + length))
      const mean = row.reduce((sum, value) => sum + value, 0) / length
      const reach = row.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0)
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / length
      widest = Math.max(widest, reach)
      flattest = Math.min(flattest, variance)
      steepest = Math.max(steepest, variance)
      furthest = Math.max(furthest, reach / Math.sqrt(variance + node.epsilon))
    }
  }
  // a row of equal elements has no least variance to speak of, and one without any calibration is taken to be of size 1
  if (!(steepest > 0)) return { widest: 1, flattest: 2 ** -7, steepest: 1, furthest: Math.sqrt(length) }
  return { widest, flattest: Math.max(flattest, steepest / 2 ** 12), steepest, furthest }
}

/** The elements less their row's mean (1), in rows. */
function addCentred(
  lowering: Lowering,
  context: { node: FloatNodeOf<'layerNorm'>; length: number; rows: number; most: number },
): { node: number; step: number } {
  const { node, length, rows, most } = context
  const { name } = node
  const place = lowering.place(node.inputs[0] ?? '')
  const raw = elementwiseSum(lowering, {
    ...{ name, terms: [{ place, coefficient: 1 }], target: { ...exactTarget(''), kind: 'raw' } },
  })
  const x = fitting(lowering, { operand: arrange(lowering, raw), step: uniformStep(raw) ?? 1, length })
  const sums: LinearNode = rowSums(lowering, { operand: x.node, rows, weights: new Array<number>(length).fill(1) })
  const sum = lowering.addNode(sums)
  const pairs = Array.from({ length: rows * length }, (_, at) => [
    { node: x.node, at },
    { node: sum, at: Math.floor(at / length) },
  ])
  const operand = collect(lowering, pairs.flat())
  // 2^q such that sums of squares fit; the products of (4) need them smaller still
  const { activationBits } = lowering.settings(name)
  const bits = Math.min(activationBits + 1, Math.floor((sumBits - Math.ceil(Math.log2(length))) / 2))
  return addSumOfIntegers(lowering, {
    node: rowSums(lowering, { operand, rows: rows * length, weights: [length, -1] }),
    rounding: { step: x.step / length, unit: most / (2 ** bits - 1), isLeast: true, lo: -most, hi: most },
  })
}

/** Integers small enough that D of them, and D times one of them, are summed. */
function fitting(
  lowering: Lowering,
  { operand, step, length }: { operand: number; step: number; length: number },
): { node: number; step: number } {
  const { lo, hi } = lowering.intervalOf(operand)
  const reach = lo.reduce((most, value, at) => Math.max(most, -value, hi[at] ?? 0), 0)
  const limit = 2 ** sumBits / length
  const single = rowSums(lowering, { operand, rows: lo.length, weights: [1] })
  if (reach < limit) return { node: operand, step }
  return addSumOfIntegers(lowering, {
    ...{ node: single, rounding: { step, unit: (step * reach) / limit, isLeast: true, lo: -Infinity, hi: Infinity } },
  })
}

/** Scale and bias, one for each element of a row, in the place alone. */
function scaled(
  lowering: Lowering,
  { node, length, place }: { node: FloatNodeOf<'layerNorm'>; length: number; place: Place },
): Place {
  const [scale, bias] = [lowering.constant(node.inputs[1])?.values, lowering.constant(node.inputs[2])?.values]
  return {
    ...place,
    steps: place.steps.map((step, at) => step * (scale?.[at % length] ?? 1)),
    offsets: place.offsets.map((_, at) => bias?.[at % length] ?? 0),
  }
}
