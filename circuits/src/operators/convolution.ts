import type { FloatConstant } from '../floatGraph.ts'
import { TensorShapeError } from '../onnxErrors.ts'
import { checkShape } from '../onnxTensor.ts'
import {
  binary,
  constantOperand,
  emit,
  makeConstant,
  type Operand,
  type Operator,
  operand,
  optionalOperand,
  refuse,
  reshape,
  type Site,
} from './site.ts'
import {
  autoPad,
  explicitPads,
  imageOperand,
  kernelOperand,
  poolKernel,
  readPair,
  readWindow,
  splitPads,
} from './windows.ts'

const windowAttributes = ['auto_pad', 'dilations', 'kernel_shape', 'pads', 'strides']

/** Convolutions and pools over one or two dimensions. */
export const convolutionOperators: Record<string, Operator> = {
  Conv: {
    attributes: [...windowAttributes, 'group'],
    inputs: [2, 3],
    lower: (site) =>
      convolve(site, {
        x: operand(site, 0),
        weight: constantOperand(site, 1),
        bias: optionalOperand(site, 2) && constantOperand(site, 2),
      }),
  },
  ConvInteger: { attributes: [...windowAttributes, 'group'], inputs: [2, 4], lower: lowerConvInteger },
  ConvTranspose: {
    attributes: [...windowAttributes, 'group', 'output_padding', 'output_shape'],
    inputs: [2, 3],
    lower: lowerConvTranspose,
  },
  MaxPool: { attributes: [...windowAttributes, 'ceil_mode', 'storage_order'], inputs: [1, 1], lower: lowerMaxPool },
  AveragePool: {
    attributes: [...windowAttributes, 'ceil_mode', 'count_include_pad'],
    inputs: [1, 1],
    lower: lowerAveragePool,
  },
  GlobalMaxPool: { attributes: [], inputs: [1, 1], lower: (site) => lowerGlobalPool(site, 'maxPool') },
  GlobalAveragePool: { attributes: [], inputs: [1, 1], lower: (site) => lowerGlobalPool(site, 'averagePool') },
}

/** A convolution and its operands. */
export type Convolution = {
  x: Operand
  weight: Operand & { constant: FloatConstant }
  bias: Operand | undefined
}

/** Adds a convolution, whose window the node's attributes give. */
export function convolve(site: Site, { x, weight: given, bias }: Convolution): Operand {
  const rank = x.shape.length
  const { image, size, restore } = imageOperand(site, x)
  const { weight, kernel } = kernelOperand(site, { weight: given, rank })
  const [batch = 1, channels = 1] = image.shape
  const [outChannels = 1, inGroup = 1] = weight.shape
  const group = readGroup(site, { channels, outChannels })
  if (inGroup !== channels / group) {
    throw new TensorShapeError({
      tensor: given.name,
      actual: `the shape [${given.shape.join(', ')}]`,
      expected: `[out channels, ${channels / group}, ${rank === 3 ? 'kernel length' : 'kernel height, kernel width'}]`,
    })
  }
  const window = readWindow(site, { size, kernel, rank })
  const shape = [batch, outChannels, ...window.size]
  const inputs = [image, weight, biasOperand(site, { bias, outChannels })]
  const { stride, dilation, pads } = window
  const { type } = x
  return restore(emit(site, { op: 'conv', inputs, kernel, stride, dilation, pads, group, shape, type }))
}

function readGroup(site: Site, { channels, outChannels }: { channels: number; outChannels: number }): number {
  const group = site.attributes.integer('group', 1)
  if (group >= 1 && channels % group === 0 && outChannels % group === 0) return group
  throw refuse(site, `group is ${group}; it must divide the ${channels} channels in and the ${outChannels} out`)
}

/** One bias for each channel: the given one, or zeros. */
function biasOperand(site: Site, { bias, outChannels }: { bias: Operand | undefined; outChannels: number }): Operand {
  if (bias === undefined) return makeConstant(site, { values: new Float32Array(outChannels), shape: [outChannels] })
  const count = bias.constant?.values.length
  if (count === outChannels) return reshape(site, [bias, [outChannels]])
  const actual = `the shape [${bias.shape.join(', ')}]`
  throw new TensorShapeError({ tensor: bias.name, actual, expected: `${outChannels} values, one for each output` })
}

function lowerConvInteger(site: Site) {
  const [x, weight] = [operand(site, 0), constantOperand(site, 1)]
  const [zeroOfX, zeroOfWeight] = [optionalOperand(site, 2), optionalOperand(site, 3)]
  const shifted = zeroOfX === undefined ? x : binary(site, ['sub', x, reshape(site, [zeroOfX, []])])
  if (zeroOfWeight === undefined) return convolve(site, { x: shifted, weight, bias: undefined })
  const perChannel = zeroOfWeight.shape.length === 1 && zeroOfWeight.shape[0] !== 1
  const shape = perChannel ? [weight.shape[0] ?? 1, ...weight.shape.slice(1).map(() => 1)] : []
  const zeros = reshape(site, [constantOperand(site, 3), shape])
  const moved = binary(site, ['sub', weight, zeros])
  if (moved.constant === undefined) throw refuse(site, 'its weight is computed; supported is a constant there')
  return convolve(site, { x: shifted, weight: { ...moved, constant: moved.constant }, bias: undefined })
}

function lowerConvTranspose(site: Site) {
  const x = operand(site, 0)
  const rank = x.shape.length
  const given = constantOperand(site, 1)
  const { image, size, restore } = imageOperand(site, x)
  const { weight, kernel } = kernelOperand(site, { weight: given, rank })
  const [batch = 1, channels = 1] = image.shape
  const [inChannels = 1, outGroup = 1] = weight.shape
  const group = site.attributes.integer('group', 1)
  if (inChannels !== channels || group < 1 || channels % group !== 0) {
    const actual = `the shape [${given.shape.join(', ')}]`
    throw new TensorShapeError({ tensor: given.name, actual, expected: `${channels} channels in, in ${group} groups` })
  }
  const stride = readPair(site, { name: 'strides', rank }) ?? [1, 1]
  const dilation = readPair(site, { name: 'dilations', rank }) ?? [1, 1]
  const extra = readExtra(site, rank)
  const full = ([0, 1] as const).map(
    (axis) => (size[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1 + extra[axis],
  )
  const { pads, out } = transposedPads(site, { full: [full[0] ?? 0, full[1] ?? 0], size, stride, rank })
  if (out[0] < 1 || out[1] < 1) throw refuse(site, `its pads [${pads.join(', ')}] leave nothing of its output`)
  const outChannels = outGroup * group
  const shape = [batch, outChannels, ...out]
  checkShape(shape, site.lowering.limits)
  const bias = optionalOperand(site, 2) && constantOperand(site, 2)
  const inputs = [image, weight, biasOperand(site, { bias, outChannels })]
  return restore(
    emit(site, { op: 'convTranspose', inputs, kernel, stride, dilation, pads, group, shape, type: x.type }),
  )
}

/** output_padding: rows and columns added at the end. */
function readExtra(site: Site, rank: number): [number, number] {
  const values = site.attributes.integers('output_padding')
  if (values === undefined) return [0, 0]
  const [first, second] = rank === 3 ? [0, values[0]] : values
  if (first !== undefined && second !== undefined && values.length === rank - 2 && Math.min(first, second) >= 0) {
    return [first, second]
  }
  throw refuse(site, `output_padding must be ${rank - 2} numbers of at least 0`)
}

type Transposed = { full: [number, number]; size: [number, number]; stride: [number, number]; rank: number }

/** What is cut off each side, from pads, auto_pad or output_shape. */
function transposedPads(site: Site, { full, size, stride, rank }: Transposed) {
  const given = explicitPads(site, rank)
  const mode = autoPad(site, given)
  const wanted = readPair(site, { name: 'output_shape', rank })
  const same = mode === 'SAME_UPPER' || mode === 'SAME_LOWER'
  if (wanted === undefined && !same) {
    const pads = mode === 'VALID' ? ([0, 0, 0, 0] as const) : (given ?? ([0, 0, 0, 0] as const))
    const out: [number, number] = [full[0] - pads[0] - pads[2], full[1] - pads[1] - pads[3]]
    return { pads: [...pads] as [number, number, number, number], out }
  }
  const out: [number, number] = wanted ?? [size[0] * stride[0], size[1] * stride[1]]
  const total = ([0, 1] as const).map((axis) => full[axis] - out[axis])
  // the specification puts the odd one at the end only with SAME_UPPER; a negative total adds zeros instead of cutting
  const split = mode === 'SAME_UPPER' ? 'SAME_UPPER' : 'SAME_LOWER'
  return { pads: splitPads(split, [total[0] ?? 0, total[1] ?? 0]), out }
}

function lowerMaxPool(site: Site) {
  if (site.node.output.slice(1).some((name) => name !== '')) {
    throw refuse(site, 'its second output, the positions, is asked for; supported is the first')
  }
  const x = operand(site, 0)
  const { image, size, restore } = imageOperand(site, x)
  const rank = x.shape.length
  const { size: out, ...window } = readWindow(site, { size, kernel: poolKernel(site, rank), rank })
  const shape = [...image.shape.slice(0, 2), ...out]
  return restore({
    ...emit(site, { op: 'maxPool', inputs: [image], ...window, shape, type: x.type }),
    dataType: x.dataType,
  })
}

function lowerAveragePool(site: Site) {
  const x = operand(site, 0)
  const { image, size, restore } = imageOperand(site, x)
  const rank = x.shape.length
  const { size: out, ...window } = readWindow(site, { size, kernel: poolKernel(site, rank), rank })
  const shape = [...image.shape.slice(0, 2), ...out]
  const countPads = site.attributes.integer('count_include_pad', 0) !== 0
  return restore(emit(site, { op: 'averagePool', inputs: [image], ...window, countPads, shape, type: x.type }))
}

function lowerGlobalPool(site: Site, op: 'maxPool' | 'averagePool') {
  const { image, size, restore } = imageOperand(site, operand(site, 0))
  const shape = [...image.shape.slice(0, 2), 1, 1]
  const window = {
    kernel: size,
    stride: [1, 1] as [number, number],
    dilation: [1, 1] as [number, number],
    pads: [0, 0, 0, 0] as [number, number, number, number],
  }
  const base = { inputs: [image], ...window, shape, type: image.type }
  return restore(emit(site, op === 'maxPool' ? { op, ...base } : { op, ...base, countPads: false }))
}
