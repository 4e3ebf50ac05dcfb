import type { MaxNode } from '../exactGraph.ts'
import type { FloatNodeOf } from '../floatGraph.ts'
import { addRoundedProduct } from './addRoundedProduct.ts'
import { addSum } from './addSum.ts'
import { eachRow } from './addSumOfIntegers.ts'
import { alignedNodes } from './alignTensors.ts'
import { elementwiseSum, exactTarget } from './elementwiseSum.ts'
import { finish } from './finish.ts'
import { anyRange, arrange, type Lower, type Lowering } from './lowering.ts'
import { joinPlaces } from './moves.ts'
import { axesLast, type Place, pick, placeAt, placeOfRows, uniformStep } from './place.ts'
import { type Target, targetOf } from './target.ts'
import { toFactor } from './toFactor.ts'

type Reduce = FloatNodeOf<'reduce'>

/**
 * One number of many: sums and means are sums with constant weights, which take the steps and offsets of their elements; a least
 * element is the greatest of the negatives; products are taken two at a time, rounded each.
 */
export const lowerReduce: Lower<Reduce> = (lowering, node) => {
  const place = lowering.place(node.inputs[0] ?? '')
  const order = axesLast(place.shape, node.axes)
  const length = node.axes.reduce((product, axis) => product * (place.shape[axis] ?? 1), 1)
  const rows = pick(place, { from: order, shape: [order.length / length, length] })
  if (node.function === 'sum' || node.function === 'mean') return lowerSum(lowering, { node, rows })
  if (node.function === 'prod') return lowerProduct(lowering, { node, rows })
  return lowerExtreme(lowering, { node, rows })
}

function lowerSum(lowering: Lowering, { node, rows }: { node: Reduce; rows: Place }): Place {
  const [count = 1, length = 1] = rows.shape
  const factor = node.function === 'mean' ? 1 / length : 1
  const isAlike = (values: Float64Array) => values.every((value, at) => value === values[at % length])
  const hasAll = rows.map.every((from) => from >= 0)
  const repeats = hasAll && isAlike(rows.steps) && isAlike(rows.offsets)
  const kinds = repeats ? 1 : count
  const weights = new Float64Array(kinds * length)
  const bias = new Float64Array(kinds)
  for (const [at] of weights.entries()) {
    const kind = Math.floor(at / length)
    if ((rows.map[at] ?? -1) >= 0) weights[at] = factor * (rows.steps[at] ?? 0)
    bias[kind] = (bias[kind] ?? 0) + factor * (rows.offsets[at] ?? 0)
  }
  const target = targetOf(lowering, node.output)
  const made = addSum(lowering, {
    ...{ name: node.name, operand: arrange(lowering, rows), count, weights, bias, target, weightBits: 13 },
    window: { ...eachRow(length, length), d2: kinds, s0: kinds * length, s2: length },
    base: node.function === 'sum' && target.kind !== 'exact' ? Math.abs(uniformStep(rows) ?? 1) : 1,
  })
  return finish(lowering, { node, target, place: placeOfRows({ ...made, shape: node.shape }) })
}

function lowerExtreme(lowering: Lowering, { node, rows }: { node: Reduce; rows: Place }): Place {
  const sign = node.function === 'max' ? 1 : -1
  const turned = { ...rows, steps: rows.steps.map((a) => sign * a), offsets: rows.offsets.map((a) => sign * a) }
  const [count = 1, length = 1] = rows.shape
  const { step, nodes } = alignedNodes(lowering, { name: node.name, places: [turned] })
  const [operand = 0] = nodes
  const max: MaxNode = { op: 'max', ...anyRange, count, operand, window: eachRow(length) }
  const place = placeAt({ node: lowering.addNode(max), shape: node.shape, step })
  return { ...place, steps: place.steps.map((a) => sign * a) }
}

/** Bits of a product that is multiplied again, with its sign. */
const factorBits = 15

/** Halves each row by products of its first and its second half until one is left; those on the way saturate beyond the calibration's. */
function lowerProduct(lowering: Lowering, { node, rows }: { node: Reduce; rows: Place }): Place {
  const target = targetOf(lowering, node.output)
  const { name } = node
  if (rows.shape[1] === 1) {
    const place = elementwiseSum(lowering, { name, terms: [{ place: rows, coefficient: 1 }], target })
    return finish(lowering, { node, target, place: { ...place, shape: node.shape } })
  }
  let left = rows
  let seen = calibrationRows(lowering, node)
  while ((left.shape[1] ?? 1) > 1) {
    const [count = 1, length = 1] = left.shape
    const half = Math.floor(length / 2)
    const part = (first: number, size: number) =>
      pick(left, {
        from: Int32Array.from(
          { length: count * size },
          (_, at) => Math.floor(at / size) * length + first + (at % size),
        ),
        shape: [count, size],
      })
    const factors = [part(0, half), part(half, half)].map((place) => toFactor(lowering, { name, place }))
    const [a, b] = factors
    if (!a || !b) throw new RangeError('a product has two factors')
    seen = seen.map((row) => [
      ...row.slice(0, half).map((value, at) => value * (row[half + at] ?? 1)),
      ...row.slice(2 * half),
    ])
    const most = seen.flat().reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0)
    const within: Target = { ...exactTarget(''), kind: 'table', lo: -most, hi: most, bits: factorBits }
    const made = addRoundedProduct(lowering, {
      name,
      product: {
        ...{ op: 'product', ...anyRange, count: count * half, shift: 0 },
        operands: [arrange(lowering, a), arrange(lowering, b)],
      },
      step: (uniformStep(a) ?? 1) * (uniformStep(b) ?? 1),
      target: length === 2 ? target : within,
    })
    const product = placeAt({ ...made, shape: [count, half] })
    left = length % 2 === 0 ? product : besides(lowering, { product, rest: part(length - 1, 1) })
  }
  return finish(lowering, { node, target, place: { ...left, shape: node.shape } })
}

/** What a product's rows hold on the calibration inputs. */
function calibrationRows({ calibration, place }: Lowering, node: Reduce): number[][] {
  const name = node.inputs[0] ?? ''
  const { shape } = place(name)
  const order = axesLast(shape, node.axes)
  const length = node.axes.reduce((product, axis) => product * (shape[axis] ?? 1), 1)
  return calibration.values(name).flatMap((values) => {
    const ordered = Array.from(order, (at) => values[at] ?? 0)
    return Array.from({ length: ordered.length / length }, (_, row) => ordered.slice(row * length, (row + 1) * length))
  })
}

/** Rows of products with the element that was left over behind each. */
function besides(lowering: Lowering, { product, rest }: { product: Place; rest: Place }): Place {
  const [count = 1, half = 1] = product.shape
  const length = half + 1
  const from = Int32Array.from({ length: count * length }, (_, at) => {
    const [row, column] = [Math.floor(at / length), at % length]
    return column < half ? row * half + column : count * half + row
  })
  return pick(joinPlaces(lowering, [product, rest]), { from, shape: [count, length] })
}
