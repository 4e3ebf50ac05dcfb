import type { Window } from '../exactGraph.ts'
import type { FloatNodeOf } from '../floatGraph.ts'
import { addSum } from './addSum.ts'
import { elementwiseSum, exactTarget } from './elementwiseSum.ts'
import { finish } from './finish.ts'
import { anyRange, arrange, type Lower, type Lowering, rangeOfInterval } from './lowering.ts'
import { narrowOperand } from './narrowOperand.ts'
import { channelsLastOrder, inverseOrder, type Place, placeOfRows } from './place.ts'
import { targetOf } from './target.ts'

/** A window's geometry over rows and columns. */
export type Geometry = {
  kernel: readonly [number, number]
  stride: readonly [number, number]
  dilation: readonly [number, number]
  pads: readonly [number, number, number, number]
}

/** A convolution: one linear node over an image in channels-last order, zeros around it by an index map. */
export const lowerConv: Lower<FloatNodeOf<'conv'>> = (lowering, node) => {
  const [x = '', weightName] = node.inputs
  const weight = lowering.constant(weightName)?.values ?? []
  const [, inGroup = 1] = lowering.constant(weightName)?.shape ?? []
  const [rows, columns] = node.kernel
  const weightAt = ({ out, channel, row, column }: WeightIndex) =>
    weight[((out * inGroup + channel) * rows + row) * columns + column] ?? 0
  return convolve(lowering, { node, place: lowering.place(x), weightAt })
}

/** The transposed convolution: a plain one over the input with zeros between its elements, by the kernel turned around. */
export const lowerConvTranspose: Lower<FloatNodeOf<'convTranspose'>> = (lowering, node) => {
  const [x = '', weightName] = node.inputs
  const weight = lowering.constant(weightName)?.values ?? []
  const [, outGroup = 1] = lowering.constant(weightName)?.shape ?? []
  const [rows, columns] = node.kernel
  const inGroup = (lowering.place(x).shape[1] ?? 1) / node.group
  const place = perChannel(lowering, { name: node.name, place: lowering.place(x), isPadded: true })
  const weightAt = ({ out, channel, row, column }: WeightIndex) => {
    const from = Math.floor(out / outGroup) * inGroup + channel
    return weight[((from * outGroup + (out % outGroup)) * rows + rows - 1 - row) * columns + columns - 1 - column] ?? 0
  }
  return convolve(lowering, { node, place: spread(node, place), weightAt, isPlain: true })
}

type WeightIndex = { out: number; channel: number; row: number; column: number }

/** The input as the plain convolution reads it: zeros between its elements and around them, or its borders cut off. */
function spread(node: FloatNodeOf<'convTranspose'>, place: Place): Place {
  const [batch = 1, channels = 1, height = 1, width = 1] = place.shape
  const [, , outHeight = 1, outWidth = 1] = node.shape
  const reach = node.kernel.map((size, axis) => (size - 1) * (node.dilation[axis] ?? 1))
  const shape = [batch, channels, outHeight + (reach[0] ?? 0), outWidth + (reach[1] ?? 0)]
  const sourceOf = (at: number, axis: number) => {
    const from = (at + (node.pads[axis] ?? 0) - (reach[axis] ?? 0)) / (node.stride[axis] ?? 1)
    return Number.isInteger(from) && from >= 0 && from < (axis === 0 ? height : width) ? from : -1
  }
  const spreadRows = Array.from({ length: shape[2] ?? 0 }, (_, at) => sourceOf(at, 0))
  const spreadColumns = Array.from({ length: shape[3] ?? 0 }, (_, at) => sourceOf(at, 1))
  const from: number[] = []
  for (let image = 0; image < batch * channels; image++) {
    for (const row of spreadRows) {
      for (const column of spreadColumns)
        from.push(row < 0 || column < 0 ? -1 : (image * height + row) * width + column)
    }
  }
  const plane = from.length / (batch * channels)
  return {
    ...{ node: place.node, shape, map: Int32Array.from(from, (index) => (index < 0 ? -1 : (place.map[index] ?? -1))) },
    steps: Float64Array.from(from, (index, at) => {
      return place.steps[index < 0 ? Math.floor(at / plane) * height * width : index] ?? 0
    }),
    offsets: Float64Array.from(from, (index) => (index < 0 ? 0 : (place.offsets[index] ?? 0))),
  }
}

/** A tensor whose steps and offsets depend on the channel alone; without offsets where zeros are put around it. */
export function perChannel(
  lowering: Lowering,
  { name, place, isPadded = false }: { name: string; place: Place; isPadded?: boolean },
): Place {
  const [, channels = 1, ...sizes] = place.shape
  const plane = sizes.reduce((a, b) => a * b, 1)
  const { map, steps, offsets } = place
  const isAlike = steps.every((step, at) => {
    const first = (Math.floor(at / plane) % channels) * plane
    return step === steps[first] && offsets[at] === offsets[first]
  })
  const hasOffsets = offsets.some((offset) => offset !== 0)
  const hasHoles = hasOffsets && map.some((at) => at < 0)
  if (isAlike && !hasHoles && !(isPadded && hasOffsets)) return place
  return elementwiseSum(lowering, { name, terms: [{ place, coefficient: 1 }], target: exactTarget('') })
}

/** Parts of a step in which an image with an offset is counted, so that zeros around it are nearly 0. */
const parts = 4
/** Integers of such an image are smaller. */
const widest = 2 ** 24

/**
 * An image counted in parts of its steps from nearly where it is 0, so that zeros can stand around it. What an offset misses, an eighth of
 * a step at most, stays an offset: a layer's biases make up for it, but for the share of its windows that lies outside.
 */
function aroundZero(lowering: Lowering, { name, place }: { name: string; place: Place }): Place {
  const { shape, steps, offsets } = place
  if (offsets.every((offset) => offset === 0)) return place
  const [, channels = 1] = shape
  const wholes = offsets.map((offset, at) => Math.round((parts * offset) / (steps[at] ?? 1)))
  const { lo, hi } = rangeOfInterval(lowering.intervalOf(place.node))
  const most = wholes.reduce((a, whole) => Math.max(a, Math.abs(whole)), parts * Math.max(-lo, hi))
  if (most >= widest) {
    return elementwiseSum(lowering, { name, terms: [{ place, coefficient: 1 }], target: exactTarget('') })
  }
  const order = channelsLastOrder(shape)
  const operand = arrange(lowering, place, order)
  const node = lowering.addNode({
    ...{ op: 'linear', ...anyRange, count: order.length, shift: 0, operand },
    window: {
      ...{ d1: 1, d2: channels, s0: channels, s1: 0, s2: 1, base: 0, run: 1, n1: 1, n2: 1, r1: 0, r2: 0, rowStride: 1 },
    },
    weight: lowering.addWeights(new Int32Array(channels).fill(parts)),
    bias: lowering.addWeights(
      Int32Array.from({ length: channels }, (_, channel) => wholes[order[channel] ?? 0] ?? 0),
      4,
    ),
  })
  return {
    ...{ node, shape, map: inverseOrder(order), steps: steps.map((step) => step / parts) },
    offsets: offsets.map((offset, at) => offset - ((wholes[at] ?? 0) * (steps[at] ?? 1)) / parts),
  }
}

function convolve(
  lowering: Lowering,
  context: {
    node: FloatNodeOf<'conv' | 'convTranspose'>
    place: Place
    weightAt: (index: WeightIndex) => number
    /** the place has its zeros already, and the stride is 1 */
    isPlain?: boolean
  },
): Place {
  const { node, weightAt, isPlain = false } = context
  const geometry: Geometry = isPlain ? { ...node, stride: [1, 1], pads: [0, 0, 0, 0] } : node
  const isPadded = geometry.pads.some((pad) => pad !== 0)
  const [name, tensor] = [node.name, node.inputs[0] ?? '']
  const terms = (node.kernel[0] * node.kernel[1] * (context.place.shape[1] ?? 1)) / node.group
  const given = perChannel(lowering, { name, place: context.place })
  const centred = isPadded ? aroundZero(lowering, { name, place: given }) : given
  const place = narrowOperand(lowering, { name, tensor, terms, place: centred })
  const [, channels = 1] = place.shape
  const [, outChannels = 1] = node.shape
  const [inGroup, outGroup] = [channels / node.group, outChannels / node.group]
  const isDepthwise = inGroup === 1 && outGroup === 1
  const { operand, window } = imageWindow(lowering, { place, shape: node.shape, geometry, isDepthwise })
  const [rows, columns] = node.kernel
  const read = isDepthwise ? 1 : channels
  const weights = new Float64Array(outChannels * rows * columns * read)
  const bias = Float64Array.from(lowering.constant(node.inputs[2])?.values ?? new Float64Array(outChannels))
  const plane = place.map.length / ((place.shape[0] ?? 1) * channels)
  for (let out = 0; out < outChannels; out++) {
    const first = Math.floor(out / outGroup) * inGroup
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let channel = 0; channel < inGroup; channel++) {
          const value = weightAt({ out, channel, row, column })
          const position = isDepthwise ? 0 : first + channel
          weights[((out * rows + row) * columns + column) * read + position] =
            value * (place.steps[(first + channel) * plane] ?? 0)
          bias[out] = (bias[out] ?? 0) + value * (place.offsets[(first + channel) * plane] ?? 0)
        }
      }
    }
  }
  const target = targetOf(lowering, node.output)
  const count = node.shape.reduce((a, b) => a * b, 1)
  const made = addSum(lowering, { name: node.name, operand, window, count, weights, bias, target })
  const map = inverseOrder(channelsLastOrder(node.shape))
  return finish(lowering, { node, target, place: placeOfRows({ ...made, shape: node.shape, map }) })
}

/**
 * An image in a node in channels-last order with the zeros that its windows read, and the window of each element of a node of this
 * shape, rows of weights for each channel: over all channels, or over the element's own.
 */
export function imageWindow(
  lowering: Lowering,
  context: { place: Place; shape: readonly number[]; geometry: Geometry; isDepthwise: boolean },
): { operand: number; window: Window } {
  const { place, shape, geometry, isDepthwise } = context
  const { kernel, stride, dilation, pads } = geometry
  const [batch = 1, channels = 1, height = 1, width = 1] = place.shape
  const [, outChannels = 1, outHeight = 1, outWidth = 1] = shape
  if (batch > 1) return patchWindow(lowering, context)
  const spanOf = (axis: 0 | 1, count: number) => (count - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1
  const isPadded = pads.some((pad) => pad !== 0) || spanOf(0, outHeight) > height || spanOf(1, outWidth) > width
  const [rows, line] = isPadded ? [spanOf(0, outHeight), spanOf(1, outWidth)] : [height, width]
  const [top, left] = isPadded ? pads : [0, 0]
  const order = new Int32Array(rows * line * channels)
  for (const [index] of order.entries()) {
    const [row, column] = [Math.floor(index / channels / line) - top, (Math.floor(index / channels) % line) - left]
    const isInside = row >= 0 && row < height && column >= 0 && column < width
    order[index] = isInside ? ((index % channels) * height + row) * width + column : -1
  }
  const isSolid = dilation[1] === 1 && !isDepthwise
  const window: Window = {
    ...{ d1: outWidth, d2: outChannels, s0: stride[0] * line * channels, s1: stride[1] * channels },
    ...{ s2: isDepthwise ? 1 : 0, base: 0, run: isDepthwise ? 1 : channels, n1: kernel[0], n2: kernel[1] },
    ...{ r1: dilation[0] * line * channels, r2: dilation[1] * channels },
    rowStride: kernel[0] * kernel[1] * (isDepthwise ? 1 : channels),
  }
  const solid = isSolid ? { run: kernel[1] * channels, n2: 1, r2: 0 } : {}
  return { operand: arrange(lowering, place, order), window: { ...window, ...solid } }
}

/** The windows of several images, laid out one after the other. */
function patchWindow(
  lowering: Lowering,
  { place, shape, geometry, isDepthwise }: Parameters<typeof imageWindow>[1],
): ReturnType<typeof imageWindow> {
  const [batch = 1, channels = 1, height = 1, width = 1] = place.shape
  const [, outChannels = 1, outHeight = 1, outWidth = 1] = shape
  const { kernel, stride, dilation, pads } = geometry
  const length = kernel[0] * kernel[1] * channels
  const order = new Int32Array(batch * outHeight * outWidth * length)
  for (const [index] of order.entries()) {
    const [channel, position] = [index % channels, Math.floor(index / length)]
    const [i, j] = [Math.floor(index / channels / kernel[1]) % kernel[0], Math.floor(index / channels) % kernel[1]]
    const row = (Math.floor(position / outWidth) % outHeight) * stride[0] - pads[0] + i * dilation[0]
    const column = (position % outWidth) * stride[1] - pads[1] + j * dilation[1]
    const image = Math.floor(position / outWidth / outHeight)
    const isInside = row >= 0 && row < height && column >= 0 && column < width
    order[index] = isInside ? ((image * channels + channel) * height + row) * width + column : -1
  }
  const reads = isDepthwise
    ? { s2: 1, run: 1, n1: kernel[0] * kernel[1], r1: channels, rowStride: kernel[0] * kernel[1] }
    : { s2: 0, run: length, n1: 1, r1: 0, rowStride: length }
  const window: Window = { d1: 1, d2: outChannels, s0: length, s1: 0, base: 0, n2: 1, r2: 0, ...reads }
  return { operand: arrange(lowering, place, order), window }
}
