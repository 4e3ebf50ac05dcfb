import { type ExactGraph, type InputNode, type Interval, inputOf, type LinearNode, type Window } from './exactGraph.ts'
import { type FloatConv, type FloatGemm, type FloatNode, toFloatChain } from './floatChain.ts'
import type { FloatGraph } from './floatGraph.ts'
import { checkGraph } from './intervals.ts'
import { linearInterval } from './primitives/linear.ts'
import type { Width } from './tensorBytes.ts'

/** What a caller may set; the defaults are what {@link quantize} was measured with. */
export type QuantizeOptions = {
  /** real inputs of the model, each in the ONNX model's element order; they set the input's scale */
  calibration: Float32Array[]
  /** bits of an input element; 4 by default. Range checks of inputs are often the largest part of a small circuit. */
  inputBits?: number
  /** bits of a weight with its sign; 8 by default */
  weightBits?: number
  /** bits of a hidden value in the worst case; 10 by default. They cost no constraint in their own layer and few in the next. */
  activationBits?: number
}

/** An exact graph and how its integers read as reals: real = q · 2^-scale. */
export type QuantizedModel = {
  graph: ExactGraph
  inputScale: number
  outputScale: number
  /** height, width, channels; a row of n elements is 1, 1, n */
  inputShape: Shape
  /** without the batch, as in the ONNX model */
  outputShape: number[]
}

/** The model cannot be quantized with these options. */
export class QuantizeError extends Error {
  override readonly name = 'QuantizeError'
}

/** Height, width, channels of a tensor; a row of n elements is [1, 1, n]. */
type Shape = [height: number, width: number, channels: number]

/** A float tensor's place in the exact graph. */
type Place = { node: number; scale: number; shape: Shape; interval: Interval }

/**
 * Turns a float model into integers: power-of-two scales, weights rounded half up, biases at the accumulator's scale, and shifts
 * chosen from exact worst-case intervals, so that nothing overflows or saturates for any input of the declared range.
 * The graph's elements are NHWC; weights that follow a flatten are reordered once.
 * @throws QuantizeError
 */
export function quantize(float: FloatGraph, options: QuantizeOptions): QuantizedModel {
  const model = toFloatChain(float, (sentence) => new QuantizeError(sentence))
  const { calibration, inputBits = 4, weightBits = 8, activationBits = 10 } = options
  const shape = shapeOf(model.input.shape)
  const input = inputNode({ calibration, inputBits, count: shape[0] * shape[1] * shape[2] })
  const graph: ExactGraph = { nodes: [input.node], weights: [], inputNode: 0, outputNode: 0 }
  const bounds = {
    lo: new Int32Array(input.node.count).fill(input.node.lo),
    hi: new Int32Array(input.node.count).fill(input.node.hi),
  }
  const places = new Map<string, Place>([[model.input.name, { node: 0, scale: input.scale, shape, interval: bounds }]])
  const fused = new Set<FloatNode>()

  for (const node of model.nodes) {
    if (fused.has(node)) continue
    const operand = places.get(node.input)
    if (!operand) throw new QuantizeError(`Node "${node.name}" reads "${node.input}", which no earlier node makes.`)
    if (node.op === 'flatten') {
      places.set(node.output, operand)
      continue
    }
    if (node.op === 'relu') {
      throw new QuantizeError(
        `Node "${node.name}" is a Relu that does not follow a Conv or Gemm of its own; put it right behind one.`,
      )
    }
    const readers = model.nodes.filter((reader) => reader.input === node.output)
    const relu =
      readers.length === 1 && readers[0]?.op === 'relu' && model.output.name !== node.output ? readers[0] : undefined
    if (relu) fused.add(relu)
    const result = relu ?? node
    const isOutput = result.output === model.output.name
    places.set(
      result.output,
      addLinear(graph, { node, operand, weightBits, activationBits, relu: relu !== undefined, isOutput }),
    )
  }

  const output = places.get(model.output.name)
  if (!output) throw new QuantizeError(`No node makes the model's output "${model.output.name}".`)
  graph.outputNode = output.node
  checkGraph(graph)
  return {
    graph,
    inputScale: input.scale,
    outputScale: output.scale,
    inputShape: shape,
    outputShape: model.output.shape.slice(1),
  }
}

/**
 * Real values in the ONNX model's element order (NCHW, or a row) as the exact input in the graph's order (NHWC):
 * q = clamp(⌊x · 2^scale + ½⌋, lo, hi).
 */
export function quantizeInput(values: Float32Array, { graph, inputScale, inputShape }: QuantizedModel): Int32Array {
  const { lo, hi } = inputOf(graph)
  const order = channelsLastOrder(inputShape)
  return order.map((position) => clamp(Math.floor((values[position] ?? 0) * 2 ** inputScale + 0.5), lo, hi))
}

/** The input's node and scale: unsigned when no calibration value is negative; the greatest scale at which the largest value fits, or misses the range by one step. */
function inputNode({
  calibration,
  inputBits,
  count,
}: {
  calibration: Float32Array[]
  inputBits: number
  count: number
}): { node: InputNode; scale: number } {
  if (!Number.isInteger(inputBits) || inputBits < 1 || inputBits > 16) {
    throw new QuantizeError(`Inputs of ${inputBits} bits cannot be used; choose 1 to 16.`)
  }
  if (calibration.length === 0) throw new QuantizeError('Quantizing needs at least one calibration input.')
  let [least, most] = [0, 0]
  for (const [index, values] of calibration.entries()) {
    if (values.length !== count)
      throw new QuantizeError(`Calibration input ${index} has ${values.length} values; the model takes ${count}.`)
    for (const value of values) {
      if (!Number.isFinite(value))
        throw new QuantizeError(`Calibration input ${index} holds ${value}; values must be finite.`)
      least = Math.min(least, value)
      most = Math.max(most, value)
    }
  }
  const lo = least < 0 ? -(2 ** (inputBits - 1)) : 0
  const hi = lo + 2 ** inputBits - 1
  const reach = Math.max(most / (hi + 1), least < 0 ? least / lo : 0)
  const scale = reach === 0 ? 0 : Math.floor(-Math.log2(reach))
  return { node: { op: 'input', count, width: widthOf(lo, hi), lo, hi }, scale }
}

/** Adds a Conv or Gemm with its Relu to the graph. */
function addLinear(
  graph: ExactGraph,
  context: {
    node: FloatConv | FloatGemm
    operand: Place
    weightBits: number
    activationBits: number
    relu: boolean
    isOutput: boolean
  },
): Place {
  const { node, operand, activationBits, relu, isOutput } = context
  const layout = node.op === 'conv' ? convLayout(node, operand) : gemmLayout(node, operand)
  const { weight, bias, scale } = quantizeWeights({ ...context, reals: layout.weight })
  const base: LinearNode = {
    op: 'linear',
    count: layout.shape[0] * layout.shape[1] * layout.shape[2],
    width: 4,
    lo: relu ? 0 : -(2 ** 31),
    hi: 2 ** 31 - 1,
    shift: 0,
    operand: operand.node,
    weight: graph.weights.push({ width: widthOfValues(weight), values: weight }) - 1,
    bias: graph.weights.push({ width: 4, values: bias }) - 1,
    window: layout.window,
  }
  const index = graph.nodes.length
  const bounds = linearInterval({ graph, node: base, index, operand: operand.interval }).value
  const shift = isOutput ? 0 : shiftInto(bounds, activationBits)
  const interval = linearInterval({ graph, node: { ...base, shift }, index, operand: operand.interval }).value
  const [lo, hi] = [interval.lo.reduce((a, b) => Math.min(a, b)), interval.hi.reduce((a, b) => Math.max(a, b))]
  graph.nodes.push({ ...base, shift, lo: relu ? 0 : lo, hi, width: isOutput ? 4 : widthOf(lo, hi) })
  return { node: index, scale: operand.scale + scale - shift, shape: layout.shape, interval }
}

/** Integers for real weights and biases at the greatest scale at which weights fit their bits and every sum fits int32. */
function quantizeWeights(context: {
  node: FloatConv | FloatGemm
  operand: Place
  weightBits: number
  reals: Float32Array
}): {
  weight: Int32Array
  bias: Int32Array
  scale: number
} {
  const { node, operand, weightBits, reals } = context
  const round = (value: number, scale: number) => Math.floor(value * 2 ** scale + 0.5)
  const most = reals.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  const limit = 2 ** (weightBits - 1) - 1
  let scale = most === 0 ? 0 : Math.floor(Math.log2(limit / most))
  const reach = operand.interval.lo.reduce(
    (a, lo, index) => Math.max(a, Math.abs(lo), Math.abs(operand.interval.hi[index] ?? 0)),
    0,
  )
  const rowLength = reals.length / node.bias.length
  for (; scale > -31; scale--) {
    const weight = Int32Array.from(reals, (value) => round(value, scale))
    const biases = Array.from(node.bias, (value) => round(value, operand.scale + scale))
    const fits = biases.every((bias, row) => {
      const sum = weight
        .subarray(row * rowLength, (row + 1) * rowLength)
        .reduce((a, value) => a + Math.abs(value) * reach, Math.abs(bias))
      return sum < 2 ** 30
    })
    if (fits) return { weight, bias: Int32Array.from(biases), scale }
  }
  throw new QuantizeError(
    `Node "${node.name}" has weights or biases too large for 32-bit sums at any scale; rescale the model.`,
  )
}

/** Least shift that brings every value of the interval into `bits` bits beside the sign. */
function shiftInto({ lo, hi }: Interval, bits: number): number {
  const most = Math.max(
    hi.reduce((a, b) => Math.max(a, b)),
    -lo.reduce((a, b) => Math.min(a, b)),
  )
  let shift = 0
  while (Math.floor(most / 2 ** shift + 0.5) > 2 ** bits - 1) shift++
  return shift
}

/** Weights in the order out, kernel row, kernel column, in, and the window over the NHWC operand. */
function convLayout(node: FloatConv, operand: Place): { weight: Float32Array; window: Window; shape: Shape } {
  const [channels, height, width] = node.inShape
  const [outChannels, outHeight, outWidth] = node.outShape
  const [kernelHeight, kernelWidth] = node.kernel
  if (node.pads.some((pad) => pad !== 0)) {
    throw new QuantizeError(`Node "${node.name}" pads its input by ${node.pads.join(', ')}; export it without padding.`)
  }
  if (operand.shape.join() !== [height, width, channels].join()) {
    throw new QuantizeError(
      `Node "${node.name}" takes ${height}×${width}×${channels}, and reads ${operand.shape.join('×')}.`,
    )
  }
  const run = kernelWidth * channels
  const rowStride = kernelHeight * run
  const weight = new Float32Array(outChannels * rowStride)
  for (let target = 0; target < weight.length; target++) {
    const channel = target % channels
    const column = Math.floor(target / channels) % kernelWidth
    const row = Math.floor(target / run) % kernelHeight
    const out = Math.floor(target / rowStride)
    weight[target] = node.weight[((out * channels + channel) * kernelHeight + row) * kernelWidth + column] ?? 0
  }
  const line = width * channels
  const window: Window = {
    d1: outWidth,
    d2: outChannels,
    s0: node.stride[0] * line,
    s1: node.stride[1] * channels,
    s2: 0,
    base: 0,
    run,
    n1: kernelHeight,
    n2: 1,
    r1: line,
    r2: 0,
    rowStride,
  }
  return { weight, window, shape: [outHeight, outWidth, outChannels] }
}

/** Weight rows in the operand's order, and a window over all of it. */
function gemmLayout(node: FloatGemm, operand: Place): { weight: Float32Array; window: Window; shape: Shape } {
  const order = channelsLastOrder(operand.shape)
  if (order.length !== node.inCount) {
    throw new QuantizeError(`Node "${node.name}" takes ${node.inCount} values, and reads ${order.length}.`)
  }
  const weight = new Float32Array(node.weight.length)
  for (let target = 0; target < weight.length; target++) {
    const row = Math.floor(target / node.inCount)
    weight[target] = node.weight[row * node.inCount + (order[target % node.inCount] ?? 0)] ?? 0
  }
  const window: Window = {
    d1: 1,
    d2: node.outCount,
    s0: 0,
    s1: 0,
    s2: 0,
    base: 0,
    run: node.inCount,
    n1: 1,
    n2: 1,
    r1: 0,
    r2: 0,
    rowStride: node.inCount,
  }
  return { weight, window, shape: [1, 1, node.outCount] }
}

/** For each position in NHWC order, the position of the same element in NCHW order. */
function channelsLastOrder([height, width, channels]: Shape): Int32Array {
  return Int32Array.from({ length: height * width * channels }, (_, index) => {
    const channel = index % channels
    const column = Math.floor(index / channels) % width
    const row = Math.floor(index / channels / width)
    return (channel * height + row) * width + column
  })
}

/** The shape of `[1, channels, height, width]` or `[1, n]`. */
function shapeOf(onnxShape: number[]): Shape {
  const [, ...dimensions] = onnxShape
  const [first = 1, second, third] = dimensions
  if (dimensions.length === 1) return [1, 1, first]
  if (dimensions.length === 3 && second !== undefined && third !== undefined) return [second, third, first]
  throw new QuantizeError(`The shape ${onnxShape.join('×')} cannot be used; inputs are 1×n or 1×channels×height×width.`)
}

function widthOf(lo: number, hi: number): Width {
  if (lo >= -(2 ** 7) && hi < 2 ** 7) return 1
  return lo >= -(2 ** 15) && hi < 2 ** 15 ? 2 : 4
}

function widthOfValues(values: Int32Array): Width {
  return widthOf(
    values.reduce((a, b) => Math.min(a, b)),
    values.reduce((a, b) => Math.max(a, b)),
  )
}

function clamp(value: number, lo: number, hi: number): number {
  return Math.min(Math.max(value, lo), hi)
}
