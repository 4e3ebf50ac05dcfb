// One function for each supported ONNX operator. Every accepted node reads exactly one computed tensor, so the nodes an
// output depends on form a chain, and the node before is always the last one written.
import type { FloatConv, FloatNode, FloatTensor } from './floatChain.ts'
import { type Attributes, readAttributes } from './onnxAttributes.ts'
import {
  OnnxFileError,
  OnnxLimitError,
  quote,
  TensorShapeError,
  UnsupportedOperatorError,
  WeightNotFiniteError,
} from './onnxErrors.ts'
import { type NodeProto, type TensorProto, TensorProto_DataType } from './onnxSchema.ts'
import { type Constant, checkShape, countElements, readFloats, readIntegers, type TensorLimits } from './onnxTensor.ts'

/** The state of reading a graph: constants and computed tensors by name, and the nodes written so far. */
export type Lowering = {
  tensors: Map<string, TensorProto>
  /** an alias (Identity, Dropout) maps to the tensor it stands for */
  values: Map<string, FloatTensor>
  nodes: FloatNode[]
  limits: TensorLimits & { weights: number }
  /** constants read so far, counted each time, so that one tensor used often is counted often */
  weightCount: number
}

type Operator = {
  attributes: readonly string[]
  inputs: readonly [least: number, most: number]
  lower: (lowering: Lowering, node: NodeProto, attributes: Attributes) => void
}

const operators: Record<string, Operator> = {
  Conv: {
    attributes: ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides'],
    inputs: [2, 3],
    lower: lowerConv,
  },
  Gemm: { attributes: ['alpha', 'beta', 'transA', 'transB'], inputs: [2, 3], lower: lowerGemm },
  MatMul: { attributes: [], inputs: [2, 2], lower: lowerMatMul },
  Add: { attributes: [], inputs: [2, 2], lower: lowerAdd },
  Relu: { attributes: [], inputs: [1, 1], lower: lowerRelu },
  Flatten: { attributes: ['axis'], inputs: [1, 1], lower: lowerFlatten },
  Reshape: { attributes: ['allowzero'], inputs: [2, 2], lower: lowerReshape },
  Identity: { attributes: [], inputs: [1, 1], lower: lowerIdentity },
  Dropout: { attributes: ['seed'], inputs: [1, 3], lower: lowerDropout },
}

/**
 * Adds what one ONNX node computes to the graph.
 * @throws UnsupportedOperatorError, TensorShapeError, OnnxLimitError and what reading a weight throws
 */
export function lowerNode(lowering: Lowering, node: NodeProto): void {
  const standard = node.domain === '' || node.domain === 'ai.onnx'
  if (standard && node.opType === 'Constant') {
    lowerConstant(lowering, node)
    return
  }
  const operator = standard && Object.hasOwn(operators, node.opType) ? operators[node.opType] : undefined
  if (operator === undefined) {
    throw refuse(
      node,
      `supported are ${Object.keys(operators).join(', ')} and Constant; replace it and export the model again`,
    )
  }
  const [least, most] = operator.inputs
  const count = node.input.length
  if (count < least || count > most) throw refuse(node, `it has ${count} inputs; allowed are ${least} to ${most}`)
  operator.lower(lowering, node, readAttributes(node, operator.attributes))
}

function lowerConstant({ tensors }: Lowering, node: NodeProto) {
  const [attribute] = node.attribute
  if (node.attribute.length !== 1 || attribute?.name !== 'value' || attribute.t === undefined) {
    throw refuse(node, 'only the attribute "value" is supported; export it as a tensor')
  }
  // the message was decoded for this call; from here on errors name it as the graph does
  attribute.t.name = outputOf(node)
  tensors.set(attribute.t.name, attribute.t)
}

function lowerConv(lowering: Lowering, node: NodeProto, attributes: Attributes) {
  const input = dynamicInput(lowering, node, 0)
  const [, channels, height, width] = input.shape
  if (channels === undefined || height === undefined || width === undefined) {
    throw refuse(node, `its input has the shape [${input.shape.join(', ')}]; allowed is [1, channels, height, width]`)
  }
  if (attributes.integer('group', 1) !== 1)
    throw refuse(node, `group is ${attributes.integer('group', 1)}; allowed is 1`)
  const weight = constantInput(lowering, node, 1)
  const [outChannels, inChannels, kernelHeight, kernelWidth] = weight.shape
  if (weight.shape.length !== 4 || inChannels !== channels || !outChannels || !kernelHeight || !kernelWidth) {
    throw new TensorShapeError({
      tensor: weight.name,
      actual: `the shape [${weight.shape.join(', ')}]`,
      expected: `[out channels, ${channels}, kernel height, kernel width]`,
    })
  }
  const kernel: [number, number] = [kernelHeight, kernelWidth]
  const declared = attributes.integers('kernel_shape') ?? kernel
  if (declared.join() !== kernel.join()) {
    throw refuse(
      node,
      `kernel_shape is [${declared.slice(0, 8).join(', ')}] and the weight's kernel [${kernel.join(', ')}]; they must agree`,
    )
  }
  const dilations = attributes.integers('dilations') ?? [1, 1]
  if (dilations.join() !== '1,1')
    throw refuse(node, `dilations are [${dilations.slice(0, 8).join(', ')}]; allowed is [1, 1]`)
  const [down, right, ...more] = attributes.integers('strides') ?? [1, 1]
  if (down === undefined || right === undefined || more.length > 0 || down < 1 || right < 1) {
    throw refuse(node, 'strides must be two numbers of at least 1')
  }
  const stride: [number, number] = [down, right]
  const pads = readPads(node, attributes, { size: [height, width], kernel, stride })
  const [top, left, bottom, end] = pads
  const [paddedHeight, paddedWidth] = [height + top + bottom, width + left + end]
  checkShape([1, channels, paddedHeight, paddedWidth], lowering.limits)
  const outHeight = Math.floor((paddedHeight - kernelHeight) / down) + 1
  const outWidth = Math.floor((paddedWidth - kernelWidth) / right) + 1
  if (outHeight < 1 || outWidth < 1) {
    throw refuse(node, `its kernel [${kernel.join(', ')}] is larger than its input [${paddedHeight}, ${paddedWidth}]`)
  }
  const shape = [1, outChannels, outHeight, outWidth]
  checkShape(shape, lowering.limits)
  const bias = optionalBias(lowering, node, outChannels)
  const conv: Omit<FloatConv, 'name' | 'output'> = {
    op: 'conv',
    input: input.name,
    weight: weight.values,
    bias,
    kernel,
    stride,
    pads,
    inShape: [channels, height, width],
    outShape: [outChannels, outHeight, outWidth],
  }
  push(lowering, { ...conv, ...names(lowering, node) }, shape)
}

type Window = { size: [number, number]; kernel: [number, number]; stride: [number, number] }

function readPads(node: NodeProto, attributes: Attributes, { size, kernel, stride }: Window): FloatConv['pads'] {
  const mode = attributes.text('auto_pad', 'NOTSET')
  const given = attributes.integers('pads')
  if (mode === 'NOTSET' || mode === 'VALID') {
    const [top, left, bottom, right, ...more] = given ?? [0, 0, 0, 0]
    const missing = top === undefined || left === undefined || bottom === undefined || right === undefined
    if (missing || more.length > 0 || Math.min(top, left, bottom, right) < 0) {
      throw refuse(node, 'pads must be four numbers of at least 0')
    }
    if (mode === 'VALID' && top + left + bottom + right > 0)
      throw refuse(node, 'auto_pad VALID and pads are both given')
    return [top, left, bottom, right]
  }
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER')
    throw refuse(node, `auto_pad is ${quote(mode)}, which ONNX does not define`)
  if (given !== undefined) throw refuse(node, `auto_pad ${mode} and pads are both given`)
  const total = (length: number, window: number, step: number) =>
    Math.max(0, (Math.ceil(length / step) - 1) * step + window - length)
  const [down, across] = [total(size[0], kernel[0], stride[0]), total(size[1], kernel[1], stride[1])]
  const before = (both: number) => (mode === 'SAME_UPPER' ? Math.floor(both / 2) : Math.ceil(both / 2))
  return [before(down), before(across), down - before(down), across - before(across)]
}

function lowerGemm(lowering: Lowering, node: NodeProto, attributes: Attributes) {
  if (attributes.integer('transA', 0) !== 0)
    throw refuse(node, 'transA is not 0, which would swap the batch and the values')
  const transB = attributes.integer('transB', 0) !== 0
  const alpha = attributes.float('alpha', 1)
  const beta = attributes.float('beta', 1)
  const { input, weight, inCount, outCount } = readMatrix(lowering, node, transB)
  const scaled = alpha === 1 ? weight : scale(weight, alpha, node.input[1] ?? '')
  const plain = optionalBias(lowering, node, outCount)
  const bias = beta === 1 ? plain : scale(plain, beta, node.input[2] ?? '')
  push(lowering, { op: 'gemm', input, weight: scaled, bias, inCount, outCount, ...names(lowering, node) }, [
    1,
    outCount,
  ])
}

function lowerMatMul(lowering: Lowering, node: NodeProto) {
  const { input, weight, inCount, outCount } = readMatrix(lowering, node, false)
  const bias = new Float32Array(outCount)
  push(lowering, { op: 'gemm', input, weight, bias, inCount, outCount, ...names(lowering, node) }, [1, outCount])
}

/** The constant second operand of a matrix product, as `[out, in]`. */
function readMatrix(lowering: Lowering, node: NodeProto, transposed: boolean) {
  const input = dynamicInput(lowering, node, 0)
  const [, inCount = 0] = input.shape
  if (input.shape.length !== 2) {
    throw refuse(node, `its input has the shape [${input.shape.join(', ')}]; allowed is [1, n], so flatten it before`)
  }
  const { name, shape, values } = constantInput(lowering, node, 1)
  const [rows = 0, columns = 0] = shape
  const outCount = transposed ? rows : columns
  if (shape.length !== 2 || (transposed ? columns : rows) !== inCount) {
    const expected = transposed ? `[out, ${inCount}]` : `[${inCount}, out]`
    throw new TensorShapeError({ tensor: name, actual: `the shape [${shape.join(', ')}]`, expected })
  }
  if (transposed) return { input: input.name, weight: values, inCount, outCount }
  const weight = new Float32Array(values.length)
  for (let row = 0; row < outCount; row++) {
    for (let column = 0; column < inCount; column++)
      weight[row * inCount + column] = values[column * outCount + row] ?? 0
  }
  return { input: input.name, weight, inCount, outCount }
}

/** A constant added straight after a linear layer becomes part of its bias. */
function lowerAdd(lowering: Lowering, node: NodeProto) {
  const [first = '', second = ''] = node.input
  const dynamicIndex = lowering.values.has(first) ? 0 : 1
  const input = dynamicInput(lowering, node, dynamicIndex)
  if (lowering.values.has(first) && lowering.values.has(second)) {
    throw refuse(node, 'it adds two computed tensors; supported is a constant added after MatMul, Gemm or Conv')
  }
  const added = constantInput(lowering, node, 1 - dynamicIndex)
  const before = lowering.nodes.at(-1)
  if (before === undefined || before.output !== input.name || (before.op !== 'gemm' && before.op !== 'conv')) {
    throw refuse(node, 'supported is a constant added straight after MatMul, Gemm or Conv')
  }
  const channels = before.bias.length
  const addend = spread(added, { channels, after: input.shape.length - 2 })
  const bias = before.bias.map((value, index) => value + (addend[index] ?? 0))
  checkFinite(bias, added.name)
  lowering.nodes[lowering.nodes.length - 1] = { ...before, bias }
  lowering.values.set(outputOf(node), input)
}

function lowerRelu(lowering: Lowering, node: NodeProto) {
  const input = dynamicInput(lowering, node, 0)
  push(lowering, { op: 'relu', input: input.name, ...names(lowering, node) }, input.shape)
}

function lowerFlatten(lowering: Lowering, node: NodeProto, attributes: Attributes) {
  const { shape } = dynamicInput(lowering, node, 0)
  const axis = attributes.integer('axis', 1)
  if (axis < -shape.length || axis > shape.length)
    throw refuse(node, `axis is ${axis}; its input has ${shape.length} dimensions`)
  const rows = countElements(shape.slice(0, axis < 0 ? axis + shape.length : axis))
  flatten(lowering, node, [rows, countElements(shape) / rows])
}

function lowerReshape(lowering: Lowering, node: NodeProto, attributes: Attributes) {
  const { shape } = dynamicInput(lowering, node, 0)
  const tensor = lowering.tensors.get(node.input[1] ?? '')
  if (tensor === undefined) throw refuse(node, 'its target shape is computed; export the model with fixed shapes')
  const keepsZero = attributes.integer('allowzero', 0) !== 0
  const { values } = readIntegers(tensor, { rank: 1, elements: lowering.limits.rank })
  const target = values.map((length, index) => (length === 0n && !keepsZero ? (shape[index] ?? 0) : Number(length)))
  const known = countElements(target.filter((length) => length !== -1))
  const total = countElements(shape)
  const inferred = target.map((length) => (length === -1 ? total / known : length))
  const isShape = inferred.every((length) => Number.isInteger(length) && length > 0)
  if (!isShape || countElements(inferred) !== total || target.filter((length) => length === -1).length > 1) {
    throw refuse(node, `it reshapes [${shape.join(', ')}] to [${values.join(', ')}], which is not as many elements`)
  }
  flatten(lowering, node, inferred)
}

/** Writes a reshape to `[1, n]`, or nothing where the shape stays. */
function flatten(lowering: Lowering, node: NodeProto, target: number[]) {
  const input = dynamicInput(lowering, node, 0)
  if (target.join() === input.shape.join()) {
    lowering.values.set(outputOf(node), input)
    return
  }
  const [, channels, height, width] = input.shape
  const known = channels !== undefined && height !== undefined && width !== undefined
  if (!known || target.length !== 2 || target[0] !== 1) {
    const shapes = `it reshapes [${input.shape.join(', ')}] to [${target.slice(0, 8).join(', ')}]`
    throw refuse(node, `${shapes}; supported is [1, channels, height, width] to [1, n]`)
  }
  const flat = {
    op: 'flatten' as const,
    input: input.name,
    shape: [channels, height, width] as [number, number, number],
  }
  push(lowering, { ...flat, ...names(lowering, node) }, target)
}

function lowerIdentity(lowering: Lowering, node: NodeProto) {
  const [from = ''] = node.input
  const constant = lowering.tensors.get(from)
  if (constant !== undefined) lowering.tensors.set(outputOf(node), constant)
  else lowering.values.set(outputOf(node), dynamicInput(lowering, node, 0))
}

/** At inference dropout passes its input on; the ratio does not matter. */
function lowerDropout(lowering: Lowering, node: NodeProto) {
  const mode = node.input[2] ?? ''
  if (mode !== '' && !isFalse(lowering.tensors.get(mode))) {
    throw refuse(node, 'its training mode is not constantly false; export the model for inference')
  }
  lowering.values.set(outputOf(node), dynamicInput(lowering, node, 0))
}

function isFalse(tensor: TensorProto | undefined): boolean {
  if (tensor?.dataType !== TensorProto_DataType.BOOL) return false
  const stored = [...tensor.rawData.subarray(0, 2), ...tensor.int32Data.slice(0, 2)]
  return stored.length === 1 && stored[0] === 0
}

function optionalBias(lowering: Lowering, node: NodeProto, channels: number): Float32Array {
  if ((node.input[2] ?? '') === '') return new Float32Array(channels)
  return spread(constantInput(lowering, node, 2), { channels, after: 0 })
}

/** Broadcasts a constant to one value for each channel, where `after` more dimensions follow the channels'. */
function spread(
  { name, shape, values }: Constant<Float32Array>,
  { channels, after }: { channels: number; after: number },
) {
  const length = shape.at(-1 - after) ?? 1
  const fits = values.length === length && shape.length <= 2 + after && (length === 1 || length === channels)
  if (!fits) {
    const expected = `${channels} values, one for each output`
    throw new TensorShapeError({ tensor: name, actual: `the shape [${shape.join(', ')}]`, expected })
  }
  return length === channels ? values : new Float32Array(channels).fill(values[0] ?? 0)
}

function scale(values: Float32Array, factor: number, name: string): Float32Array {
  const scaled = values.map((value) => value * factor)
  checkFinite(scaled, name)
  return scaled
}

function checkFinite(values: Float32Array, name: string) {
  const index = values.findIndex((value) => !Number.isFinite(value))
  if (index >= 0) throw new WeightNotFiniteError({ tensor: name, index, value: values[index] ?? Number.NaN })
}

function dynamicInput({ tensors, values }: Lowering, node: NodeProto, index: number): FloatTensor {
  const name = node.input[index] ?? ''
  const value = values.get(name)
  if (value !== undefined) return value
  if (tensors.has(name))
    throw refuse(node, `its input ${quote(name)} is a constant; supported is a computed tensor there`)
  throw unmade(node, name)
}

function constantInput(lowering: Lowering, node: NodeProto, index: number): Constant<Float32Array> {
  const { tensors, values, limits } = lowering
  const name = node.input[index] ?? ''
  const tensor = tensors.get(name)
  if (tensor !== undefined) {
    const constant = readFloats(tensor, limits)
    lowering.weightCount += constant.values.length
    if (lowering.weightCount <= limits.weights) return constant
    throw new OnnxLimitError({ what: 'weights', actual: lowering.weightCount, allowed: limits.weights })
  }
  if (values.has(name)) throw refuse(node, `its input ${quote(name)} is computed; supported is a constant there`)
  throw unmade(node, name)
}

function unmade(node: NodeProto, name: string) {
  return new OnnxFileError({
    problem: `node ${quote(node.name)} reads the tensor ${quote(name)} before anything makes it`,
  })
}

function push(lowering: Lowering, lowered: FloatNode, shape: number[]) {
  lowering.nodes.push(lowered)
  lowering.values.set(lowered.output, { name: lowered.output, shape })
}

function names({ nodes }: Lowering, node: NodeProto): { name: string; output: string } {
  return {
    name: node.name === '' ? `${node.opType.toLowerCase()}${nodes.length + 1}` : node.name,
    output: outputOf(node),
  }
}

function outputOf(node: NodeProto): string {
  const [output = ''] = node.output
  if (output !== '') return output
  throw new OnnxFileError({ problem: `node ${quote(node.name)} has no output` })
}

function refuse(node: NodeProto, reason: string) {
  return new UnsupportedOperatorError({ nodeName: node.name, operator: node.opType, reason })
}
