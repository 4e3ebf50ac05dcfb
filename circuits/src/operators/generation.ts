import type { TensorProto } from '../onnxSchema.ts'
import { checkShape, readTensor } from '../onnxTensor.ts'
import {
  constantNumbers,
  constantOperand,
  listOf,
  makeConstant,
  type Operand,
  type Operator,
  operand,
  optionalOperand,
  readConstant,
  refuse,
  reserveNumbers,
  type Site,
} from './site.ts'

/** What makes constants, or passes its input on. */
export const generationOperators: Record<string, Operator> = {
  Constant: {
    attributes: ['value', 'value_float', 'value_floats', 'value_int', 'value_ints'],
    inputs: [0, 0],
    lower: lowerConstant,
  },
  ConstantOfShape: { attributes: ['value'], inputs: [1, 1], lower: lowerConstantOfShape },
  Dropout: { attributes: ['seed'], inputs: [1, 3], lower: lowerDropout },
  Identity: { attributes: [], inputs: [1, 1], lower: (site) => operand(site, 0) },
  Range: { attributes: [], inputs: [3, 3], lower: lowerRange },
  Shape: { attributes: ['end', 'start'], inputs: [1, 1], lower: lowerShape },
  Size: {
    attributes: [],
    inputs: [1, 1],
    lower: (site) => {
      const size = operand(site, 0).shape.reduce((product, length) => product * length, 1)
      return makeConstant(site, { values: [size], shape: [], type: 'integer' })
    },
  },
}

function lowerConstant(site: Site): Operand {
  const { attributes, lowering, node } = site
  const tensor = attributes.tensor('value')
  const [name = ''] = node.output
  if (tensor !== undefined) return readConstant(lowering, { name, tensor })
  const [ints, floats] = [attributes.integers('value_ints'), attributes.floats('value_floats')]
  if (ints !== undefined) return makeConstant(site, { values: ints, shape: [ints.length], type: 'integer' })
  if (floats !== undefined) return makeConstant(site, { values: floats, shape: [floats.length] })
  if (attributes.has('value_int')) {
    return makeConstant(site, { values: [attributes.integer('value_int', 0)], shape: [], type: 'integer' })
  }
  if (attributes.has('value_float')) {
    return makeConstant(site, { values: [attributes.float('value_float', 0)], shape: [] })
  }
  throw refuse(site, 'it holds no value')
}

function lowerConstantOfShape(site: Site): Operand {
  const shape = constantNumbers(site, 0) ?? []
  if (shape.some((length) => length < 0)) throw refuse(site, `its shape is [${listOf(shape)}]`)
  const count = checkShape(shape, site.lowering.limits)
  const tensor: TensorProto | undefined = site.attributes.tensor('value')
  if (tensor === undefined) return makeConstant(site, { values: new Float32Array(count), shape })
  const { limits, external } = site.lowering
  const { values, type } = readTensor(tensor, { limits, external })
  const [value = 0] = values
  const made = makeConstant(site, { values: new Float64Array(count).fill(value), shape, type })
  return { ...made, dataType: tensor.dataType }
}

/** At inference dropout passes its input on; the ratio does not matter. */
function lowerDropout(site: Site) {
  const mode = optionalOperand(site, 2)
  if (mode !== undefined && !(mode.constant?.values.length === 1 && mode.constant.values[0] === 0)) {
    throw refuse(site, 'its training mode is not constantly false; export the model for inference')
  }
  const x = operand(site, 0)
  if (!site.node.output[1]) return x
  const kept = makeConstant(site, {
    values: new Float64Array(x.shape.reduce((product, length) => product * length, 1)).fill(1),
    shape: x.shape,
    type: 'boolean',
  })
  return [x, kept]
}

/** The shape is known, so it is a constant. */
function lowerShape(site: Site) {
  const { shape } = operand(site, 0)
  const lengths = shape.slice(
    site.attributes.integer('start', 0),
    site.attributes.has('end') ? site.attributes.integer('end', shape.length) : shape.length,
  )
  return makeConstant(site, { values: lengths, shape: [lengths.length], type: 'integer' })
}

function lowerRange(site: Site) {
  const operands = [0, 1, 2].map((index) => constantOperand(site, index))
  const [start = 0, limit = 0, step = 1] = operands.map(({ constant }) => constant.values[0] ?? 0)
  const length = Math.max(0, Math.ceil((limit - start) / step))
  if (!Number.isFinite(length)) throw refuse(site, `it goes from ${start} to ${limit} in steps of ${step}`)
  reserveNumbers(site, checkShape([length], site.lowering.limits))
  const values = Float64Array.from({ length }, (_, index) => start + index * step)
  return makeConstant(site, { values, shape: [length], type: operands[0]?.type ?? 'float' })
}
