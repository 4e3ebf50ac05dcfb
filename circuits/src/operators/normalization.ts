import { TensorShapeError } from '../onnxErrors.ts'
import {
  binary,
  constantOperand,
  emit,
  listOf,
  makeConstant,
  type Operand,
  type Operator,
  operand,
  optionalOperand,
  readAxis,
  refuse,
  reshape,
  type Site,
  unary,
} from './site.ts'

/** What brings values to a common size: by their statistics, or by the model's. */
export const normalizationOperators: Record<string, Operator> = {
  BatchNormalization: {
    attributes: ['epsilon', 'momentum', 'training_mode'],
    inputs: [5, 5],
    lower: lowerBatchNormalization,
  },
  GroupNormalization: {
    attributes: ['epsilon', 'num_groups', 'stash_type'],
    inputs: [3, 3],
    lower: lowerGroupNormalization,
  },
  InstanceNormalization: { attributes: ['epsilon'], inputs: [3, 3], lower: lowerInstanceNormalization },
  LayerNormalization: {
    attributes: ['axis', 'epsilon', 'stash_type'],
    inputs: [2, 3],
    lower: lowerLayerNormalization,
  },
  LogSoftmax: { attributes: ['axis'], inputs: [1, 1], lower: lowerLogSoftmax },
  Softmax: {
    attributes: ['axis'],
    inputs: [1, 1],
    lower: (site) => softmax(site, [operand(site, 0), site.attributes.integer('axis', -1)]),
  },
}

/** `exp(x) / Σ exp(x)` along an axis. */
export function softmax(site: Site, [x, axis]: [Operand, number]): Operand {
  const along = readAxis(site, [axis, x.shape.length])
  return emit(site, { op: 'softmax', axis: along, inputs: [x], shape: x.shape, type: 'float' })
}

function reduceOne(site: Site, [name, x, axes]: ['sum' | 'mean' | 'max', Operand, number[]]): Operand {
  const shape = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
  return emit(site, { op: 'reduce', function: name, axes, inputs: [x], shape, type: x.type })
}

/** `x - max - log Σ exp(x - max)`, which does not overflow. */
function lowerLogSoftmax(site: Site) {
  const x = operand(site, 0)
  const axes = [readAxis(site, [site.attributes.integer('axis', -1), x.shape.length])]
  const shifted = binary(site, ['sub', x, reduceOne(site, ['max', x, axes])])
  const total = reduceOne(site, ['sum', unary(site, ['exp', shifted]), axes])
  return binary(site, ['sub', shifted, unary(site, ['log', total])])
}

/** `x · factor + offset` with the factors of the model's own statistics; the importer folds it into a layer before it. */
function lowerBatchNormalization(site: Site) {
  if (site.attributes.integer('training_mode', 0) !== 0) {
    throw refuse(site, 'it is in training mode; export the model for inference')
  }
  const x = operand(site, 0)
  const channels = x.shape[1] ?? 1
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) => {
    const given = constantOperand(site, index)
    if (given.shape.length === 1 && given.shape[0] === channels) return given.constant.values
    const actual = `the shape [${listOf(given.shape)}]`
    throw new TensorShapeError({ tensor: given.name, actual, expected: `[${channels}], one for each channel` })
  })
  const epsilon = site.attributes.float('epsilon', 1e-5)
  // in double precision, and rounded once
  const factor = Float64Array.from(
    { length: channels },
    (_, k) => (scale?.[k] ?? 1) / Math.sqrt((variance?.[k] ?? 1) + epsilon),
  )
  const offset = factor.map((value, k) => (bias?.[k] ?? 0) - (mean?.[k] ?? 0) * value)
  const shape = [channels, ...x.shape.slice(2).map(() => 1)]
  const product = binary(site, ['mul', x, makeConstant(site, { values: factor, shape })])
  return binary(site, ['add', product, makeConstant(site, { values: offset, shape })])
}

function lowerLayerNormalization(site: Site) {
  const x = operand(site, 0)
  const axis = readAxis(site, [site.attributes.integer('axis', -1), x.shape.length])
  const epsilon = site.attributes.float('epsilon', 1e-5)
  const [result, mean, inverse] = site.node.output
  return [
    result ? layerNormalization(site, { x, axis, epsilon }) : undefined,
    mean ? reduceOne(site, ['mean', x, axesFrom(x, axis)]) : undefined,
    inverse ? inverseDeviation(site, { x, axis, epsilon }) : undefined,
  ]
}

const axesFrom = ({ shape }: Operand, axis: number) => shape.map((_, at) => at).slice(axis)

/** `1 / sqrt(variance + epsilon)` over the dimensions from `axis` on. */
function inverseDeviation(site: Site, { x, axis, epsilon }: Norm): Operand {
  const difference = binary(site, ['sub', x, reduceOne(site, ['mean', x, axesFrom(x, axis)])])
  const variance = reduceOne(site, ['mean', binary(site, ['mul', difference, difference]), axesFrom(x, axis)])
  const small = makeConstant(site, { values: [epsilon], shape: [] })
  return unary(site, ['reciprocal', unary(site, ['sqrt', binary(site, ['add', variance, small])])])
}

/** With constant scale and bias of the normalized dimensions one node; others are multiplied and added after it. */
function layerNormalization(site: Site, { x, axis, epsilon }: Norm): Operand {
  const [scale, bias] = [operand(site, 1), optionalOperand(site, 2)]
  const within = x.shape.slice(axis).join()
  const fits = (given: Operand | undefined) =>
    given === undefined || (given.constant !== undefined && given.shape.join() === within)
  if (fits(scale) && fits(bias)) return normalize(site, { x, axis, epsilon, scale, ...(bias && { bias }) })
  const product = binary(site, ['mul', normalize(site, { x, axis, epsilon }), scale])
  return bias === undefined ? product : binary(site, ['add', product, bias])
}

type Norm = { x: Operand; axis: number; epsilon: number; scale?: Operand; bias?: Operand }

/** Mean 0 and deviation 1 over the dimensions from `axis` on; then scale and bias, where they are given. */
function normalize(site: Site, { x, axis, epsilon, scale, bias }: Norm): Operand {
  const within = x.shape.slice(axis)
  const count = within.reduce((product, length) => product * length, 1)
  const filled = (value: number) => makeConstant(site, { values: new Float32Array(count).fill(value), shape: within })
  const inputs = [x, scale ?? filled(1), bias ?? filled(0)]
  return emit(site, { op: 'layerNorm', axis, epsilon, inputs, shape: x.shape, type: 'float' })
}

/** One factor and one addend for each channel. */
function affine(site: Site, [x, scale, bias]: [Operand, Operand, Operand]): Operand {
  const shape = [x.shape[1] ?? 1, ...x.shape.slice(2).map(() => 1)]
  const product = binary(site, ['mul', x, reshape(site, [scale, shape])])
  return binary(site, ['add', product, reshape(site, [bias, shape])])
}

function channelOperands(site: Site, channels: number): [Operand, Operand] {
  const [scale, bias] = [operand(site, 1), operand(site, 2)]
  for (const { name, shape } of [scale, bias]) {
    if (shape.length === 1 && shape[0] === channels) continue
    const expected = `[${channels}], one for each channel`
    throw new TensorShapeError({ tensor: name, actual: `the shape [${listOf(shape)}]`, expected })
  }
  return [scale, bias]
}

function lowerInstanceNormalization(site: Site) {
  const x = operand(site, 0)
  if (x.shape.length < 3) throw refuse(site, `its input has ${x.shape.length} dimensions; allowed are 3 or more`)
  const [scale, bias] = channelOperands(site, x.shape[1] ?? 1)
  const normed = normalize(site, { x, axis: 2, epsilon: site.attributes.float('epsilon', 1e-5) })
  return affine(site, [normed, scale, bias])
}

/** Since opset 21 scale and bias are one for each channel, before that one for each group. */
function lowerGroupNormalization(site: Site) {
  const x = operand(site, 0)
  const [batch = 1, channels = 1, ...sizes] = x.shape
  const groups = site.attributes.integer('num_groups', 0)
  if (groups < 1 || channels % groups !== 0) {
    throw refuse(site, `num_groups is ${groups}; it must divide the ${channels} channels`)
  }
  const grouped = reshape(site, [x, [batch, groups, channels / groups, ...sizes]])
  const normed = normalize(site, { x: grouped, axis: 2, epsilon: site.attributes.float('epsilon', 1e-5) })
  if (site.lowering.opsets.onnx >= 21) {
    const [scale, bias] = channelOperands(site, channels)
    return affine(site, [reshape(site, [normed, x.shape]), scale, bias])
  }
  const [scale, bias] = channelOperands(site, groups)
  return reshape(site, [affine(site, [normed, scale, bias]), x.shape])
}
