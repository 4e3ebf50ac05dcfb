import type { FloatConstant, FloatConv } from '../floatGraph.ts'
import { quote, TensorShapeError } from '../onnxErrors.ts'
import { checkShape } from '../onnxTensor.ts'
import { type Operand, refuse, reshape, type Site } from './site.ts'

/** A window over an image, and the image it gives; rows of one dimension are images one pixel high. */
export type ImageWindow = Pick<FloatConv, 'kernel' | 'stride' | 'dilation' | 'pads'> & {
  /** height and width of the output */
  size: [height: number, width: number]
}

type Pair = [number, number]

/** The input as `[n, channels, height, width]`, and what brings a result back to as many dimensions as the input had. */
export function imageOperand(
  site: Site,
  x: Operand,
): { image: Operand; size: Pair; restore: (result: Operand) => Operand } {
  const [batch = 1, channels = 1, first = 1, second] = x.shape
  if (x.shape.length === 4 && second !== undefined)
    return { image: x, size: [first, second], restore: (result) => result }
  if (x.shape.length === 3) {
    const restore = (result: Operand) => reshape(site, [result, result.shape.toSpliced(2, 1)])
    return { image: reshape(site, [x, [batch, channels, 1, first]]), size: [1, first], restore }
  }
  const shape = `its input has the shape [${x.shape.slice(0, 8).join(', ')}]`
  throw refuse(site, `${shape}; allowed is [n, channels, height, width] or [n, channels, length]`)
}

/** A weight of a convolution as `[a, b, kernel height, kernel width]`, for an input of `rank` dimensions. */
export function kernelOperand(
  site: Site,
  { weight, rank }: { weight: Operand & { constant: FloatConstant }; rank: number },
): { weight: Operand; kernel: Pair } {
  const [a = 1, b = 1, first = 1, second] = weight.shape
  const kernel: Pair = second === undefined ? [1, first] : [first, second]
  if (weight.shape.length !== rank || weight.constant.values.length === 0) {
    const actual = `the shape [${weight.shape.slice(0, 8).join(', ')}]`
    throw new TensorShapeError({ tensor: weight.name, actual, expected: `${rank} dimensions, as the node's input` })
  }
  const declared = site.attributes.integers('kernel_shape')
  const own = weight.shape.slice(2)
  if (declared !== undefined && declared.join() !== own.join()) {
    const shapes = `kernel_shape is [${declared.slice(0, 8).join(', ')}] and the weight's kernel [${own.join(', ')}]`
    throw refuse(site, `${shapes}; they must agree`)
  }
  return { weight: reshape(site, [weight, [a, b, ...kernel]]), kernel }
}

/** The kernel of a pooling node, from its attribute. */
export function poolKernel(site: Site, rank: number): Pair {
  const kernel = readPair(site, { name: 'kernel_shape', rank })
  if (kernel !== undefined) return kernel
  throw refuse(site, 'kernel_shape is missing')
}

/**
 * Reads strides, dilations and pads and works out how many windows there are.
 * @param size of the input
 */
export function readWindow(
  site: Site,
  { size, kernel, rank }: { size: Pair; kernel: Pair; rank: number },
): ImageWindow & { size: Pair } {
  const stride = readPair(site, { name: 'strides', rank }) ?? [1, 1]
  const dilation = readPair(site, { name: 'dilations', rank }) ?? [1, 1]
  const reach: Pair = [(kernel[0] - 1) * dilation[0] + 1, (kernel[1] - 1) * dilation[1] + 1]
  const pads = readPads(site, { size, reach, stride, rank })
  const [top, left, bottom, right] = pads
  const padded: Pair = [size[0] + top + bottom, size[1] + left + right]
  checkShape(padded, site.lowering.limits)
  const ceil = site.attributes.has('ceil_mode') && site.attributes.integer('ceil_mode', 0) !== 0
  const count = (axis: 0 | 1) => {
    const steps = (padded[axis] - reach[axis]) / stride[axis]
    if (!ceil) return Math.floor(steps) + 1
    // a window that would begin in the end's padding does not count
    const most = Math.ceil(steps)
    const begin = axis === 0 ? top : left
    return most * stride[axis] >= size[axis] + begin ? most : most + 1
  }
  const out: Pair = [count(0), count(1)]
  if (out[0] < 1 || out[1] < 1 || padded[0] < reach[0] || padded[1] < reach[1]) {
    throw refuse(site, `its kernel [${reach.join(', ')}] is larger than its input [${padded.join(', ')}]`)
  }
  return { kernel, stride, dilation, pads, size: out }
}

/** Two positive numbers of an attribute, the first 1 where the input is a row; undefined where it is absent. */
export function readPair(site: Site, { name, rank }: { name: string; rank: number }): Pair | undefined {
  const values = site.attributes.integers(name)
  if (values === undefined) return undefined
  const [first, second] = rank === 3 ? [1, ...values] : values
  const right = values.length === rank - 2 && first !== undefined && second !== undefined
  if (right && first >= 1 && second >= 1) return [first, second]
  throw refuse(
    site,
    `${name} are [${values.slice(0, 8).join(', ')}]; allowed are ${rank - 2} numbers of at least 1, one for each dimension`,
  )
}

type Padding = { size: Pair; reach: Pair; stride: Pair; rank: number }

function readPads(site: Site, { size, reach, stride, rank }: Padding): FloatConv['pads'] {
  const given = explicitPads(site, rank)
  const mode = autoPad(site, given)
  if (mode === 'NOTSET') return given ?? [0, 0, 0, 0]
  if (mode === 'VALID') return [0, 0, 0, 0]
  const total = (axis: 0 | 1) =>
    Math.max(0, (Math.ceil(size[axis] / stride[axis]) - 1) * stride[axis] + reach[axis] - size[axis])
  return splitPads(mode, [total(0), total(1)])
}

/** The pads of the attribute, in the order top, left, bottom, right. */
export function explicitPads(site: Site, rank: number): FloatConv['pads'] | undefined {
  const values = site.attributes.integers('pads')
  if (values === undefined) return undefined
  const [top, left, bottom, right] = rank === 3 ? [0, values[0], 0, values[1]] : values
  const missing = top === undefined || left === undefined || bottom === undefined || right === undefined
  if (missing || values.length !== (rank - 2) * 2 || Math.min(top, left, bottom, right) < 0) {
    throw refuse(site, `pads must be ${(rank - 2) * 2 === 4 ? 'four' : 'two'} numbers of at least 0`)
  }
  return [top, left, bottom, right]
}

/** The node's auto_pad, which may not contradict its pads. */
export function autoPad(site: Site, given: FloatConv['pads'] | undefined) {
  const mode = site.attributes.text('auto_pad', 'NOTSET')
  if (mode !== 'NOTSET' && mode !== 'VALID' && mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') {
    throw refuse(site, `auto_pad is ${quote(mode)}, which ONNX does not define`)
  }
  if (mode !== 'NOTSET' && given?.some((pad) => pad > 0)) throw refuse(site, `auto_pad ${mode} and pads are both given`)
  return mode
}

/** Pads on both sides of each dimension, the odd one at the end or the beginning. */
export function splitPads(mode: 'SAME_UPPER' | 'SAME_LOWER', [down, across]: Pair): FloatConv['pads'] {
  const before = (both: number) => (mode === 'SAME_UPPER' ? Math.floor(both / 2) : Math.ceil(both / 2))
  return [before(down), before(across), down - before(down), across - before(across)]
}
