import { type ExactGraph, type InputNode, inputOf } from './exactGraph.ts'
import type { FloatGraph, FloatNode } from './floatGraph.ts'
import { columnGrid, type InputGrid, onGrid } from './inputGrid.ts'
import { checkGraph } from './intervals.ts'
import { type CalibrationMethod, calibrate } from './lowering/calibrate.ts'
import { elementwiseSum, exactTarget } from './lowering/elementwiseSum.ts'
import { fuseLayerNorm } from './lowering/fuseLayerNorm.ts'
import { arrange, createLowering, type Lowering, type NodeSettings, widthOf } from './lowering/lowering.ts'
import { lowerNode } from './lowering/lowerNode.ts'
import { channelsLastOrder, countOf, inverseOrder, type Place, placeAt, uniformStep } from './lowering/place.ts'
import { reorderPools } from './lowering/reorderPools.ts'
import { splitDivisions } from './lowering/splitDivisions.ts'
import { QuantizeError } from './quantizeError.ts'
import { splitSums } from './splitSums.ts'

export type { CalibrationMethod, NodeSettings }
export { QuantizeError }

/** What a caller may set; the defaults are what {@link quantize} was measured with. */
export type QuantizeOptions = Partial<NodeSettings> & {
  /** real inputs of the model, each in the ONNX model's element order; they set the input's scale, and the ranges of hidden values */
  calibration: Float32Array[]
  /** bits of an input element; 4 by default, 12 of a column with its own scale. Range checks of inputs are often the largest part of a small circuit. */
  inputBits?: number
  /** whether a table's columns have scales of their own; where trees read them or their ranges differ by far, unless told */
  columnScales?: boolean
  /** settings of single nodes, by the float nodes' names */
  nodes?: Record<string, Partial<NodeSettings>>
}

/** How nodes are quantized where nothing else is said. */
export const defaultSettings: NodeSettings = {
  weightBits: 8,
  activationBits: 10,
  tableBits: 8,
  perChannel: false,
  saturation: 'auto',
  saturationBits: 8,
  range: 'minMax',
}

/** An exact graph and how its integers read as reals: real = q · 2^-scale. */
export type QuantizedModel = {
  graph: ExactGraph
  /** 0 where columns have scales of their own */
  inputScale: number
  inputGrid?: InputGrid
  outputScale: number
  /** height, width, channels of an image; 1, 1, n of any other tensor of n elements */
  inputShape: Shape
  /** without the batch, a single number as one of one, as in the ONNX model, whose order of elements the output has */
  outputShape: number[]
}

/** Height, width, channels of a tensor; a row of n elements is [1, 1, n]. */
type Shape = [height: number, width: number, channels: number]

/**
 * Turns a float model into integers: weights rounded half up, biases at the accumulator's scale, and shifts chosen from exact
 * worst-case intervals, so that nothing overflows for any input of the declared range. Hidden values saturate where `saturation`
 * says so, and nowhere else. The input's elements are NHWC, the output's in the ONNX model's order.
 * @throws QuantizeError, GraphInvalidError
 */
export function quantize(model: FloatGraph, options: QuantizeOptions): QuantizedModel {
  return quantizeLayers(model, options).quantized
}

/** What one node of the float model became: exact nodes first … end - 1, and where its output stands, unless another node's work holds it. */
export type QuantizedLayer = { node: FloatNode; first: number; end: number; place: Place | undefined }

/**
 * Quantizes a model as {@link quantize} does, and says what each of its nodes became.
 * @returns `float` as the model that was lowered: the same function, its nodes perhaps in another order
 * @throws QuantizeError, GraphInvalidError
 */
export function quantizeLayers(
  model: FloatGraph,
  options: QuantizeOptions,
): { quantized: QuantizedModel; float: FloatGraph; layers: QuantizedLayer[] } {
  const float = splitDivisions(fuseLayerNorm(reorderPools(model)))
  const { calibration: inputs, nodes = {} } = options
  const common = checkSettings({ ...defaultSettings, ...definedOf(options) })
  for (const name of Object.keys(nodes)) {
    if (!model.nodes.some((node) => node.name === name)) {
      throw new QuantizeError(`There are settings for a node "${name}", which the model does not have.`)
    }
  }
  const settingsByName = new Map(
    Object.entries(nodes).map(([name, own]) => [name, checkSettings({ ...common, ...definedOf(own) })]),
  )
  const input = inputNode(float, options)
  const lowering = createLowering({
    float,
    input: input.node,
    calibration: calibrate(float, inputs),
    settings: (name) => settingsByName.get(name) ?? common,
  })
  const { shape } = float.input
  const map = inverseOrder(inputOrder(shape))
  const place = placeAt({ node: 0, shape, step: 2 ** -input.scale, map })
  for (const [column, scale] of input.grid?.scales.entries() ?? []) {
    place.steps[column] = 2 ** -scale
    place.offsets[column] = (input.grid?.zeros[column] ?? 0) * 2 ** -scale
  }
  lowering.setPlace(float.input.name, place)
  const ends = float.nodes.map((node) => {
    lowerNode(lowering, node)
    return lowering.graph.nodes.length
  })
  const outputScale = setOutput(lowering)
  const { graph, indexOf } = splitSums(lowering.graph)
  checkGraph(graph)
  const endOf = (end: number) => (indexOf[end - 1] ?? 0) + 1
  const layers = float.nodes.map((node, index) => {
    const first = endOf(index === 0 ? 1 : (ends[index - 1] ?? 1))
    const place = lowering.placeOf(node.output)
    const moved = place && { ...place, node: indexOf[place.node] ?? 0 }
    return { node, first, end: Math.max(first, endOf(ends[index] ?? 1)), place: moved }
  })
  const quantized = {
    graph,
    inputScale: input.scale,
    ...(input.grid && { inputGrid: input.grid }),
    outputScale,
    inputShape: shapeOf(shape),
    outputShape: withoutBatch(float.output.shape),
  }
  return { quantized, float, layers }
}

/** The settings among a caller's options that are set. */
function definedOf(given: Partial<NodeSettings>): Partial<NodeSettings> {
  const known = Object.keys(defaultSettings)
  return Object.fromEntries(Object.entries(given).filter(([key, value]) => known.includes(key) && value !== undefined))
}

function checkSettings(settings: NodeSettings): NodeSettings {
  for (const name of ['weightBits', 'activationBits', 'tableBits', 'saturationBits'] as const) {
    const bits = settings[name]
    if (!Number.isInteger(bits) || bits < 2 || bits > 16) {
      throw new QuantizeError(`The setting ${name} is ${bits}; choose 2 to 16.`)
    }
  }
  return settings
}

/** Makes the output's node hold its elements in the ONNX model's order, in one step, a power of two. @returns the scale */
function setOutput(lowering: Lowering): number {
  const { float, graph } = lowering
  const { name } = float.output
  const given = lowering.place(name)
  const step = uniformStep(given)
  const isPower = step !== undefined && step > 0 && Number.isInteger(Math.log2(step)) && given.map.some((at) => at >= 0)
  const place = isPower
    ? given
    : elementwiseSum(lowering, { name, terms: [{ place: given, coefficient: 1 }], target: exactTarget(name) })
  graph.outputNode = arrange(lowering, place)
  return Math.log2(1 / (uniformStep(place) ?? 1))
}

/**
 * Real values in the ONNX model's element order (NCHW, or a row) as the exact input in the graph's order (NHWC):
 * q = clamp(⌊x · 2^scale + ½⌋ - zero, lo, hi), with a zero only where columns have scales of their own.
 */
export function quantizeInput(values: Float32Array, model: QuantizedModel): Int32Array {
  const { graph, inputScale, inputShape, inputGrid } = model
  const { lo, hi } = inputOf(graph)
  if (inputGrid) return onGrid(values, { ...inputGrid, lo, hi })
  const [height, width, channels] = inputShape
  const order = channelsLastOrder([1, channels, height, width])
  return order.map((position) => clamp(Math.floor((values[position] ?? 0) * 2 ** inputScale + 0.5), lo, hi))
}

/**
 * The input's node and scale: unsigned when no calibration value is negative; the greatest scale at which the largest value fits, or
 * misses the range by one step. Whole numbers stay what they are.
 */
function inputNode(
  float: FloatGraph,
  { calibration, inputBits, columnScales }: Pick<QuantizeOptions, 'calibration' | 'inputBits' | 'columnScales'>,
): { node: InputNode; scale: number; grid?: InputGrid } {
  const { shape, type } = float.input
  const count = countOf(shape)
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
  const isWhole = type !== 'float'
  let needed = 1
  while (least < 0 ? 2 ** (needed - 1) <= Math.max(most, -least - 1) : 2 ** needed <= most) needed++
  const columns = columnGrid(float, { calibration, inputBits, columnScales })
  const bits = inputBits ?? columns?.bits ?? (isWhole ? needed : 4)
  if (!Number.isInteger(bits) || bits < 1 || bits > 16) {
    throw new QuantizeError(`Inputs of ${bits} bits cannot be used; choose 1 to 16.`)
  }
  if (columns) {
    const hi = 2 ** bits - 1
    return { node: { op: 'input', count, width: widthOf(0, hi), lo: 0, hi }, scale: 0, grid: columns.grid }
  }
  const lo = least < 0 ? -(2 ** (bits - 1)) : 0
  const hi = lo + 2 ** bits - 1
  if (isWhole && (least < lo || most > hi)) {
    throw new QuantizeError(
      `The model takes whole numbers, and the calibration inputs hold ${least}…${most}; ${bits} bits hold ${lo}…${hi}.`,
    )
  }
  const reach = Math.max(most / (hi + 1), least < 0 ? least / lo : 0)
  const scale = isWhole || reach === 0 ? 0 : Math.floor(-Math.log2(reach))
  return { node: { op: 'input', count, width: widthOf(lo, hi), lo, hi }, scale }
}

/** The ONNX position of each element of the exact input. */
function inputOrder(shape: readonly number[]): Int32Array {
  const [height, width, channels] = shapeOf(shape)
  return channelsLastOrder([1, channels, height, width])
}

function withoutBatch(shape: readonly number[]): number[] {
  const [batch, ...rest] = shape
  if (batch !== 1) return shape.length === 0 ? [1] : [...shape]
  return rest.length === 0 ? [1] : rest
}

function shapeOf(shape: readonly number[]): Shape {
  const [batch, channels = 1, height = 1, width = 1] = shape
  return shape.length === 4 && batch === 1 ? [height, width, channels] : [1, 1, countOf(shape)]
}

function clamp(value: number, lo: number, hi: number): number {
  return Math.min(Math.max(value, lo), hi)
}
