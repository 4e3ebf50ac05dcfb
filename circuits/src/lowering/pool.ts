import type { FloatNodeOf } from '../floatGraph.ts'
import { addSum } from './addSum.ts'
import { imageWindow, perChannel } from './conv.ts'
import { elementwiseSum, exactTarget } from './elementwiseSum.ts'
import { finish } from './finish.ts'
import { anyRange, type Lower, type Lowering } from './lowering.ts'
import { narrowOperand } from './narrowOperand.ts'
import { channelsLastOrder, inverseOrder, type Place, placeAt, placeOfRows, uniformStep } from './place.ts'
import { targetOf } from './target.ts'

type Pool = FloatNodeOf<'maxPool' | 'averagePool'>

/** The greatest of each window: integers of one channel compare as their reals do. */
export const lowerMaxPool: Lower<FloatNodeOf<'maxPool'>> = (lowering, node) => {
  const [x = ''] = node.inputs
  const given = perChannel(lowering, { name: node.name, place: lowering.place(x) })
  const isRising = given.steps.every((step) => step > 0)
  const turned = isRising ? given : uniform(lowering, { name: node.name, place: given })
  const place = isPadded(node, turned) ? fromZero(lowering, { name: node.name, place: turned }) : turned
  const { operand, window } = imageWindow(lowering, { place, shape: node.shape, geometry: node, isDepthwise: true })
  const count = node.shape.reduce((a, b) => a * b, 1)
  const max = lowering.addNode({ op: 'max', ...anyRange, count, operand, window: { ...window, rowStride: 0 } })
  const map = inverseOrder(channelsLastOrder(node.shape))
  const [, channels = 1, height = 1, width = 1] = node.shape
  const from = Int32Array.from({ length: count }, (_, at) => {
    const plane = Math.floor(at / (height * width))
    return plane % channels
  })
  const source = place.map.length / ((place.shape[0] ?? 1) * channels)
  const result = placeAt({ node: max, shape: node.shape, step: 1, map })
  return {
    ...result,
    steps: Float64Array.from(from, (channel) => place.steps[channel * source] ?? 1),
    offsets: Float64Array.from(from, (channel) => place.offsets[channel * source] ?? 0),
  }
}

function uniform(lowering: Lowering, { name, place }: { name: string; place: Place }): Place {
  return elementwiseSum(lowering, { name, terms: [{ place, coefficient: 1 }], target: exactTarget('') })
}

/** The same reals in integers that are not negative, so that a zero around them is never the greatest. */
function fromZero(lowering: Lowering, { name, place }: { name: string; place: Place }): Place {
  const { lo } = lowering.intervalOf(place.node)
  const least = place.map.reduce((a, at) => Math.min(a, at < 0 ? 0 : (lo[at] ?? 0)), 0)
  if (least === 0) return place
  const plain = uniform(lowering, { name, place })
  const step = uniformStep(plain) ?? 1
  const bottom = -(lowering.intervalOf(plain.node).lo.reduce((a, b) => Math.min(a, b), 0) * step)
  const lifted = { ...plain, offsets: plain.offsets.map(() => bottom) }
  const raised = uniform(lowering, { name, place: lifted })
  return { ...raised, offsets: raised.offsets.map(() => -bottom) }
}

/** The mean of each window: sums, each divided by its own number of elements in the place. */
export const lowerAveragePool: Lower<FloatNodeOf<'averagePool'>> = (lowering, node) => {
  const [x = ''] = node.inputs
  const given = perChannel(lowering, {
    ...{ name: node.name, place: lowering.place(x) },
    isPadded: isPadded(node, lowering.place(x)),
  })
  const size = node.kernel[0] * node.kernel[1]
  const place = narrowOperand(lowering, { name: node.name, tensor: x, place: given, terms: size })
  const { operand, window } = imageWindow(lowering, { place, shape: node.shape, geometry: node, isDepthwise: true })
  const [, channels = 1] = node.shape
  const counts = windowCounts(node, place)
  const [first = 1] = counts
  const target = targetOf(lowering, node.output)
  const isAlike = counts.every((count) => count === first)
  // what is clamped or comes in steps of the model's own is divided before; counts that differ then meet in one more sum
  const divisor = isAlike ? first : 1
  const source = place.map.length / ((place.shape[0] ?? 1) * channels)
  const [weights, bias] = [new Float64Array(channels * size), new Float64Array(channels)]
  for (let channel = 0; channel < channels; channel++) {
    weights.fill((place.steps[channel * source] ?? 0) / divisor, channel * size, (channel + 1) * size)
    bias[channel] = ((place.offsets[channel * source] ?? 0) * size) / divisor
  }
  const count = node.shape.reduce((a, b) => a * b, 1)
  const map = inverseOrder(channelsLastOrder(node.shape))
  const base = place.steps.every((step) => step === place.steps[0]) ? { base: Math.abs(weights[0] ?? 1) } : {}
  const sum = { name: node.name, operand, window, count, weights, bias, ...base, weightBits: 13 }
  if (isAlike) {
    const made = addSum(lowering, { ...sum, target })
    return finish(lowering, { node, target, place: placeOfRows({ ...made, shape: node.shape, map }) })
  }
  const made = placeOfRows({ ...addSum(lowering, { ...sum, target: exactTarget('') }), shape: node.shape, map })
  const divided = { ...made, steps: made.steps.map((step, at) => step / (counts[at] ?? 1)) }
  const terms = [{ place: divided, coefficient: 1 }]
  return finish(lowering, { node, target, place: elementwiseSum(lowering, { name: node.name, terms, target }) })
}

function isPadded({ pads, shape, kernel, stride, dilation }: Pool, place: Place): boolean {
  const [, , height = 1, width = 1] = place.shape
  const ends = [height, width].map((size, axis) => {
    const reach = ((shape[axis + 2] ?? 1) - 1) * (stride[axis] ?? 1) + ((kernel[axis] ?? 1) - 1) * (dilation[axis] ?? 1)
    return reach - (pads[axis] ?? 0) >= size
  })
  return pads.some((pad) => pad !== 0) || ends.some((end) => end)
}

/** By how many elements each mean is divided. */
function windowCounts(node: FloatNodeOf<'averagePool'>, place: Place): Float64Array {
  const [, , height = 1, width = 1] = place.shape
  const [, , outHeight = 1, outWidth = 1] = node.shape
  const [top, left, bottom, right] = node.pads
  const inside = (
    at: number,
    { axis, size, before, after }: { axis: 0 | 1; size: number; before: number; after: number },
  ) => {
    let count = 0
    for (let i = 0; i < node.kernel[axis]; i++) {
      const position = at * node.stride[axis] - before + i * node.dilation[axis]
      const [from, to] = node.countPads ? [-before, size + after] : [0, size]
      if (position >= from && position < to) count++
    }
    return count
  }
  return Float64Array.from({ length: node.shape.reduce((a, b) => a * b, 1) }, (_, index) => {
    const [y, z] = [Math.floor(index / outWidth) % outHeight, index % outWidth]
    const rows = inside(y, { axis: 0, size: height, before: top, after: bottom })
    return rows * inside(z, { axis: 1, size: width, before: left, after: right })
  })
}
