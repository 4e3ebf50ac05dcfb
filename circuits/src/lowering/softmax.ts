import type { MaxNode, ProductNode } from '../exactGraph.ts'
import type { FloatNodeOf } from '../floatGraph.ts'
import { addSumOfIntegers, eachRow, rowSums } from './addSumOfIntegers.ts'
import { collect } from './collect.ts'
import { elementwiseSum, exactTarget } from './elementwiseSum.ts'
import { addTable } from './lookUp.ts'
import { anyRange, arrange, type Lower, type Lowering, rangeOfInterval } from './lowering.ts'
import { axesLast, type Place, pick, placeAt, uniformStep } from './place.ts'

/** What is smaller than the greatest of its row by this much weighs nothing: e^-32 is 2^-46. */
const negligible = 32
/** Offsets beyond this are a mask's. */
const farOffset = 2 ** 20
/** Entries of the table of reciprocals, at most. */
const maxReciprocals = 2 ** 13
/** Bits of the fraction of a difference, at most. */
const finestBits = 12
/** Bits of a share that is the model's output. */
const outputBits = 14

/**
 * Shares e^x / Σ e^x along an axis. With B bits of a power and t the step to which differences are rounded (2^-6 with tables of 8 bits):
 *
 *   (1) d = round((max - x) / t), at most where 2^B · e^-dt rounds to 0
 *   (2) p = round(2^B · e^-dt), by a table; 2^B for the greatest
 *   (3) r = round(2^C · 2^B / S) for S = Σ p, by a table over the upper bits of S
 *   (4) y = round(p · r · 2^-C) in steps of 2^-k
 *
 * The relative error of a power is at most e^(t/2) - 1, that of the reciprocal half a step of (3)'s argument in 2^B, and half a step
 * of y is added. Elements that a mask leaves negligible for every input take no part.
 */
export const lowerSoftmax: Lower<FloatNodeOf<'softmax'>> = (lowering, node) => {
  const { activationBits, tableBits } = lowering.settings(node.name)
  const given = lowering.place(node.inputs[0] ?? '')
  const order = axesLast(node.shape, [node.axis])
  const length = node.shape[node.axis] ?? 1
  const rows = order.length / length
  const isMasked = maskOf(lowering, { place: given, order, length })
  const kept = Int32Array.from(order.keys()).filter((at) => !isMasked[at])
  const masked = order.filter((_, at) => isMasked[at])
  const x = scores(lowering, {
    name: node.name,
    place: fromZero(lowering, { place: given, order, length, isMasked }),
    masked,
  })
  const step = uniformStep(x) ?? 1

  const isOutput = node.output === lowering.float.output.name
  const shareBits = isOutput ? Math.max(activationBits, outputBits) : activationBits
  const powerBits = Math.min(shareBits + 1, 15)
  const differences = addDifferences(lowering, {
    ...{ x, order, length, kept, isMasked },
    rounding: {
      step,
      unit: 2 ** -Math.min(isOutput ? tableBits : tableBits - 2, finestBits),
      lo: 0,
      hi: (powerBits + 1) * Math.LN2,
    },
  })
  const { hi: furthest } = rangeOfInterval(lowering.intervalOf(differences.node))
  const powers = addTable(lowering, {
    ...{ operand: differences.node, offset: 0 },
    table: Array.from({ length: furthest + 1 }, (_, d) => Math.round(2 ** powerBits * Math.exp(-d * differences.step))),
  })

  // (3)
  const place = new Int32Array(order.length).fill(-1)
  for (const [index, at] of kept.entries()) place[at] = index
  const inRows = collect(
    lowering,
    Array.from(place, (at) => (at < 0 ? 'zero' : { node: powers, at })),
  )
  const ones = new Array<number>(length).fill(1)
  const sums = addSumOfIntegers(lowering, {
    node: rowSums(lowering, { operand: inRows, rows, weights: ones }),
    rounding: { step: 1, unit: (length * 2 ** powerBits) / maxReciprocals, isLeast: true, lo: -Infinity, hi: Infinity },
  })
  const reciprocalBits = Math.min(29 - powerBits, shareBits + Math.ceil(Math.log2(length)) + 1)
  const sumRange = rangeOfInterval(lowering.intervalOf(sums.node))
  const reciprocals = addTable(lowering, {
    ...{ operand: sums.node, offset: sumRange.lo },
    table: Array.from({ length: sumRange.hi - sumRange.lo + 1 }, (_, entry) =>
      // a sum is at least its greatest power, 2^B; what lies below does not occur
      Math.round(2 ** reciprocalBits / Math.max(1, ((sumRange.lo + entry) * sums.step) / 2 ** powerBits)),
    ),
  })

  // (4)
  const product: ProductNode = {
    ...{ op: 'product', ...anyRange, count: kept.length, shift: 0 },
    operands: [
      powers,
      collect(
        lowering,
        Array.from(kept, (at) => ({ node: reciprocals, at: Math.floor(at / length) })),
      ),
    ],
  }
  const shares = addSumOfIntegers(lowering, {
    node: product,
    rounding: { step: 2 ** -(powerBits + reciprocalBits), unit: 2 ** -shareBits, lo: -Infinity, hi: Infinity },
  })
  const map = new Int32Array(order.length)
  for (const [index, at] of order.entries()) map[at] = place[index] ?? -1
  return placeAt({ ...shares, shape: node.shape, map })
}

/** For each position of the order, whether its element never comes near the greatest of its row. */
function maskOf(
  lowering: Lowering,
  { place, order, length }: { place: Place; order: Int32Array; length: number },
): boolean[] {
  const { lo, hi } = lowering.intervalOf(place.node)
  const range = (at: number) => {
    const [from, step, offset] = [place.map[at] ?? -1, place.steps[at] ?? 0, place.offsets[at] ?? 0]
    if (from < 0) return { lo: offset, hi: offset }
    const ends = [step * (lo[from] ?? 0) + offset, step * (hi[from] ?? 0) + offset]
    return { lo: Math.min(...ends), hi: Math.max(...ends) }
  }
  const masked: boolean[] = []
  for (let start = 0; start < order.length; start += length) {
    const ranges = Array.from(order.subarray(start, start + length), range)
    const least = ranges.reduce((most, one) => Math.max(most, one.lo), -Infinity)
    for (const one of ranges) masked.push(one.hi < least - negligible)
  }
  return masked
}

/**
 * Far offsets of rows as differences to the row's greatest, which leaves shares as they are: what masks add to a row that is all masked.
 * What is less than half of the offset's last bit in single precision is lost, as in the float model.
 */
function fromZero(
  { intervalOf }: Lowering,
  { place, order, length, isMasked }: { place: Place; order: Int32Array; length: number; isMasked: boolean[] },
): Place {
  const { lo, hi } = intervalOf(place.node)
  const [map, offsets] = [Int32Array.from(place.map), Float64Array.from(place.offsets)]
  for (let start = 0; start < order.length; start += length) {
    const kept = Array.from(order.subarray(start, start + length)).filter((_, at) => !isMasked[start + at])
    const greatest = kept.reduce((most, at) => Math.max(most, offsets[at] ?? 0), -Infinity)
    if (Math.abs(greatest) < farOffset) continue
    const lost = 2 ** (Math.floor(Math.log2(Math.abs(greatest))) - 24)
    for (const at of kept) {
      offsets[at] = (offsets[at] ?? 0) - greatest
      const from = map[at] ?? -1
      const reach = Math.abs(place.steps[at] ?? 0) * Math.max(-(lo[from] ?? 0), hi[from] ?? 0)
      if (reach <= lost) map[at] = -1
    }
  }
  return { ...place, map, offsets }
}

/** The tensor with one step, at most 24 bits and zeros where it is masked. */
function scores(
  lowering: Lowering,
  { name, place, masked }: { name: string; place: Place; masked: Int32Array },
): Place {
  const from = Int32Array.from(place.map.keys())
  for (const at of masked) from[at] = -1
  const terms = [{ place: pick(place, { from, shape: place.shape }), coefficient: 1 }]
  return elementwiseSum(lowering, { name, terms, target: { ...exactTarget(''), kind: 'raw' } })
}

/** (1) for the elements that are kept, in the order of the rows. */
function addDifferences(
  lowering: Lowering,
  context: {
    x: Place
    order: Int32Array
    length: number
    kept: Int32Array
    isMasked: boolean[]
    rounding: { step: number; unit: number; lo: number; hi: number }
  },
): { node: number; step: number } {
  const { x, order, length, kept, isMasked, rounding } = context
  // where an element is masked another of its row stands for it, which changes no maximum
  const standIns = order.map((own, at) => {
    const start = at - (at % length)
    const first = isMasked.indexOf(false, start)
    return isMasked[at] ? (order[first] ?? own) : own
  })
  const operand = arrange(lowering, x, standIns)
  const rows = order.length / length
  const max: MaxNode = { op: 'max', ...anyRange, count: rows, operand, window: eachRow(length) }
  const greatest = lowering.addNode(max)
  const pairs = Array.from(kept, (at) => [
    { node: greatest, at: Math.floor(at / length) },
    { node: operand, at },
  ])
  const paired = collect(lowering, pairs.flat())
  return addSumOfIntegers(lowering, {
    ...{ node: rowSums(lowering, { operand: paired, rows: kept.length, weights: [1, -1] }), rounding },
  })
}
