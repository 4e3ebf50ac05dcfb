import type { DotNode, Window } from '../exactGraph.ts'
import type { FloatNodeOf } from '../floatGraph.ts'
import { broadcastMap } from '../moveMap.ts'
import { addRoundedProduct } from './addRoundedProduct.ts'
import { addSum, countAt, layerWindow } from './addSum.ts'
import { constantPlace } from './constantPlace.ts'
import { toUniform } from './elementwiseSum.ts'
import { finish } from './finish.ts'
import { anyRange, arrange, type Lower, type Lowering } from './lowering.ts'
import { narrowOperand } from './narrowOperand.ts'
import { countOf, ownOrder, type Place, placeAt, placeOfRows, uniformStep } from './place.ts'
import { targetOf } from './target.ts'
import { toFactor } from './toFactor.ts'

/** A fully connected layer: one linear node. Steps and offsets of its operand go into its weights and biases. */
export const lowerGemm: Lower<FloatNodeOf<'gemm'>> = (lowering, node) => {
  const [x = '', weightName, biasName] = node.inputs
  const [weight, bias] = [lowering.constant(weightName)?.values ?? [], lowering.constant(biasName)?.values ?? []]
  const [outputs, length] = [node.shape.at(-1) ?? 1, lowering.place(x).shape.at(-1) ?? 1]
  const given = perColumn(lowering, { place: lowering.place(x), length, name: node.name })
  const place = narrowOperand(lowering, { name: node.name, tensor: x, place: given, terms: length })
  const rows = countOf(place.shape) / length
  // A single row may stand in any order: its weights are put into that order instead.
  const order = rows === 1 ? ownOrder(place, countAt(lowering, place.node)) : undefined
  const operand = arrange(lowering, place, order)
  const weights = new Float64Array(outputs * length)
  const biases = new Float64Array(outputs)
  for (let out = 0; out < outputs; out++) {
    biases[out] = bias[out] ?? 0
    for (let at = 0; at < length; at++) {
      const column = order?.[at] ?? at
      const factor = weight[out * length + column] ?? 0
      if ((place.map[column] ?? -1) >= 0) weights[out * length + at] = factor * (place.steps[column] ?? 0)
      biases[out] = (biases[out] ?? 0) + factor * (place.offsets[column] ?? 0)
    }
  }
  const target = targetOf(lowering, node.output)
  const window = layerWindow({ outputs, length, rows })
  const sum = addSum(lowering, {
    name: node.name,
    operand,
    window,
    count: rows * outputs,
    weights,
    bias: biases,
    target,
  })
  return finish(lowering, { node, target, place: placeOfRows({ ...sum, shape: node.shape }) })
}

/** A place whose steps and offsets are the same in each row of `length`. */
function perColumn(lowering: Lowering, { place, length, name }: { place: Place; length: number; name: string }): Place {
  const { steps, offsets, map } = place
  const isSame = steps.every((step, at) => step === steps[at % length] && offsets[at] === offsets[at % length])
  const hasHoles = map.length > length && map.some((from) => from < 0)
  return isSame && !hasHoles ? place : toUniform(lowering, { name, place })
}

/** Bits of a sum of products beside its sign. */
const sumBits = 29

/** A product of two computed matrices, or of one with a constant that stands on the left: dot products of rows. */
export const lowerMatMul: Lower<FloatNodeOf<'matMul'>> = (lowering, node) => {
  const places = node.inputs.map((name) => constantPlace(lowering, { name, node: node.name }))
  const terms = places[0]?.shape.at(-1) ?? 1
  const bits = Math.floor((sumBits - Math.log2(terms)) / 2)
  const [left, right] = places.map((place) => toFactor(lowering, { name: node.name, place, bits }))
  if (!left || !right) throw new RangeError('a matrix product has two operands')
  const batch = node.shape.slice(0, -2)
  const [n, m, k] = [node.shape.at(-2) ?? 1, node.shape.at(-1) ?? 1, left.shape.at(-1) ?? 1]
  const images = countOf(batch)
  const startsOf = (place: Place, size: number) =>
    broadcastMap(place.shape.slice(0, -2), batch).map((index) => index * size)
  const [leftStarts, rightStarts] = [startsOf(left, n * k), startsOf(right, k * m)]
  const leftOrder = new Int32Array(images * n * k)
  for (const [at] of leftOrder.entries()) leftOrder[at] = (leftStarts[Math.floor(at / (n * k))] ?? 0) + (at % (n * k))
  const rightOrder = new Int32Array(images * m * k)
  for (const [at] of rightOrder.entries()) {
    const [image, column, row] = [Math.floor(at / (m * k)), Math.floor(at / k) % m, at % k]
    rightOrder[at] = (rightStarts[image] ?? 0) + row * m + column
  }
  const operands: [number, number] = [arrange(lowering, left, leftOrder), arrange(lowering, right, rightOrder)]
  const window: Window = {
    ...{ d1: n, d2: m, s0: n * k, s1: k, s2: 0, base: 0, run: k, n1: 1, n2: 1, r1: 0, r2: 0, rowStride: 0 },
  }
  const dot: DotNode = {
    ...{ op: 'dot', ...anyRange, count: images * n * m, shift: 0, operands, window },
    second: { t0: m * k, t1: 0, t2: k, base: 0, r1: 0 },
  }
  const step = (uniformStep(left) ?? 1) * (uniformStep(right) ?? 1)
  const target = targetOf(lowering, node.output)
  return finish(lowering, {
    ...{ node, target },
    place: placeAt({
      ...addRoundedProduct(lowering, { name: node.name, product: dot, step, target }),
      shape: node.shape,
    }),
  })
}
