import { TensorProto_DataType } from '../onnxSchema.ts'
import { countElements, integerRange } from '../onnxTensor.ts'
import { convolve } from './convolution.ts'
import { castTo } from './elementwise.ts'
import { matMul } from './matrix.ts'
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
} from './site.ts'

const convAttributes = ['auto_pad', 'dilations', 'group', 'kernel_shape', 'pads', 'strides']

/** Models that were quantized before the export: their integers become reals again, and their scales are kept. */
export const quantizationOperators: Record<string, Operator> = {
  DequantizeLinear: { attributes: ['axis', 'block_size'], inputs: [2, 3], lower: lowerDequantizeLinear },
  QLinearConv: { attributes: convAttributes, inputs: [8, 9], lower: lowerQLinearConv },
  QLinearMatMul: { attributes: [], inputs: [8, 8], lower: lowerQLinearMatMul },
  QuantizeLinear: {
    attributes: ['axis', 'block_size', 'output_dtype', 'saturate'],
    inputs: [2, 3],
    lower: lowerQuantizeLinear,
  },
}

/** A scale and a zero point: one of each, or one for each element of an axis. */
type Code = { scale: Operand; zero: Operand; axis: number }

function readCode(site: Site, [x, at, axis]: [x: Operand, at: number, axis: number]): Code {
  const scale = constantOperand(site, at)
  const zero =
    optionalOperand(site, at + 1) === undefined
      ? makeConstant(site, {
          values: new Float64Array(scale.constant.values.length),
          shape: scale.shape,
          type: 'integer',
        })
      : constantOperand(site, at + 1)
  if (zero.shape.join() !== scale.shape.join()) {
    const shapes = `[${listOf(scale.shape)}] and [${listOf(zero.shape)}]`
    throw refuse(site, `its scale and zero point have the shapes ${shapes}; they must agree`)
  }
  const count = scale.constant.values.length
  if (scale.shape.length <= 1 && count === 1) return { scale, zero, axis: 0 }
  const along = readAxis(site, [axis, x.shape.length])
  if (scale.shape.length === 1 && count === x.shape[along]) return { scale, zero, axis: along }
  const shape = `its scale has the shape [${listOf(scale.shape)}]`
  throw refuse(site, `${shape}; supported are one, or one for each of ${x.shape[along]} in dimension ${along}`)
}

function dequantize(site: Site, [x, { scale, zero, axis }]: [Operand, Code]): Operand {
  return emit(site, { op: 'dequantizeLinear', axis, inputs: [x, scale, zero], shape: x.shape, type: 'float' })
}

function quantizeTo(site: Site, [x, { scale, zero, axis }, dataType]: [Operand, Code, TensorProto_DataType]): Operand {
  const range = integerRange(dataType)
  if (range === undefined) {
    const name = TensorProto_DataType[dataType]?.toLowerCase() ?? `type ${dataType}`
    throw refuse(site, `it quantizes to ${name}; supported are integers of 8, 16 and 32 bits`)
  }
  const [lo, hi] = range
  const inputs = [x, scale, zero]
  return { ...emit(site, { op: 'quantizeLinear', axis, lo, hi, inputs, shape: x.shape, type: 'integer' }), dataType }
}

function refuseBlocks(site: Site) {
  const block = site.attributes.integer('block_size', 0)
  if (block !== 0) throw refuse(site, `block_size is ${block}; supported are scales for the whole or along one axis`)
}

function lowerQuantizeLinear(site: Site) {
  refuseBlocks(site)
  const x = operand(site, 0)
  const code = readCode(site, [x, 1, site.attributes.integer('axis', 1)])
  const declared = site.attributes.integer('output_dtype', 0)
  const zero = optionalOperand(site, 2)
  return quantizeTo(site, [x, code, zero?.dataType ?? (declared || TensorProto_DataType.UINT8)])
}

function lowerDequantizeLinear(site: Site) {
  refuseBlocks(site)
  const x = operand(site, 0)
  return dequantize(site, [x, readCode(site, [x, 1, site.attributes.integer('axis', 1)])])
}

/** x, its scale and zero; w, its scales and zeros; the output's scale and zero; a bias of int32 in steps of both scales. */
function lowerQLinearConv(site: Site) {
  const [x, weight] = [operand(site, 0), constantOperand(site, 3)]
  const code = readCode(site, [x, 1, 1])
  const real = dequantize(site, [weight, readCode(site, [weight, 4, 0])])
  if (real.constant === undefined) throw refuse(site, 'its weight is computed; supported is a constant there')
  const steps = binary(site, ['mul', listed(site, constantOperand(site, 4)), listed(site, constantOperand(site, 1))])
  const given = optionalOperand(site, 8) && castTo(site, [constantOperand(site, 8), TensorProto_DataType.FLOAT])
  const bias = given && binary(site, ['mul', given, steps])
  const sum = convolve(site, {
    x: dequantize(site, [x, code]),
    weight: { ...real, constant: real.constant },
    bias,
  })
  return quantizeTo(site, [sum, readCode(site, [sum, 6, 1]), constantOperand(site, 7).dataType])
}

/** A number, or a list of them, as a list. */
function listed(site: Site, x: Operand): Operand {
  return reshape(site, [x, [countElements(x.shape)]])
}

function lowerQLinearMatMul(site: Site) {
  const [a, b] = [operand(site, 0), operand(site, 3)]
  const [realA, realB] = [
    dequantize(site, [a, readCode(site, [a, 1, -2])]),
    dequantize(site, [b, readCode(site, [b, 4, -1])]),
  ]
  const product = matMul(site, [realA, realB])
  return quantizeTo(site, [product, readCode(site, [product, 6, -2]), constantOperand(site, 7).dataType])
}
