import {
  OnnxFileError,
  OnnxLimitError,
  quote,
  TensorShapeError,
  UnsupportedModelError,
  WeightNotFiniteError,
} from './onnxErrors.ts'
import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType } from './onnxSchema.ts'

/** How large one tensor may be. */
export type TensorLimits = { rank: number; elements: number }

/** A constant of the model: its shape (empty for a single number) and its values, the last dimension fastest. */
export type Constant<Values> = { name: string; shape: number[]; values: Values }

/**
 * Reads a float32 tensor, from raw little-endian bytes or from the list of floats.
 * @throws UnsupportedModelError when it is of another type or kept outside the file
 * @throws TensorShapeError when it holds more or fewer elements than its shape says
 * @throws WeightNotFiniteError when an element is not a number or infinite
 * @throws OnnxLimitError when it is larger than `limits` allow
 */
export function readFloats(tensor: TensorProto, limits: TensorLimits): Constant<Float32Array> {
  checkStorage(tensor, TensorProto_DataType.FLOAT, 'float32')
  const { name, floatData, rawData } = tensor
  const shape = readShape(tensor, limits)
  const raw = isRaw(tensor, floatData.length)
  checkCount(tensor, shape, raw ? rawData.length / 4 : floatData.length)
  let values: Float32Array
  if (raw) {
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
    values = new Float32Array(rawData.length / 4)
    for (let index = 0; index < values.length; index++) values[index] = view.getFloat32(index * 4, true)
  } else {
    values = Float32Array.from(floatData)
  }
  const index = values.findIndex((value) => !Number.isFinite(value))
  if (index >= 0) throw new WeightNotFiniteError({ tensor: name, index, value: values[index] ?? Number.NaN })
  return { name, shape, values }
}

/**
 * Reads an int64 tensor, such as the target of a Reshape.
 * @throws as {@link readFloats}
 */
export function readIntegers(tensor: TensorProto, limits: TensorLimits): Constant<bigint[]> {
  checkStorage(tensor, TensorProto_DataType.INT64, 'int64')
  const { name, int64Data, rawData } = tensor
  const shape = readShape(tensor, limits)
  const raw = isRaw(tensor, int64Data.length)
  checkCount(tensor, shape, raw ? rawData.length / 8 : int64Data.length)
  if (!raw) return { name, shape, values: int64Data }
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  return {
    name,
    shape,
    values: Array.from({ length: rawData.length / 8 }, (_, index) => view.getBigInt64(index * 8, true)),
  }
}

/** Element count of a shape. */
export function countElements(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

/** Checks a shape made of any numbers and returns its element count. */
export function checkShape(shape: readonly number[], limits: TensorLimits): number {
  if (shape.length > limits.rank)
    throw new OnnxLimitError({ what: 'dimensions in a tensor', actual: shape.length, allowed: limits.rank })
  const elements = countElements(shape)
  if (elements > limits.elements) {
    throw new OnnxLimitError({ what: 'elements in a tensor', actual: elements, allowed: limits.elements })
  }
  return elements
}

function readShape({ name, dims }: TensorProto, limits: TensorLimits): number[] {
  const wrong = dims.find((length) => length < 1n)
  if (wrong !== undefined) {
    throw new TensorShapeError({ tensor: name, actual: `a dimension of ${wrong}`, expected: 'lengths of at least 1' })
  }
  const shape = dims.map(Number)
  checkShape(shape, limits)
  return shape
}

function checkStorage(tensor: TensorProto, type: TensorProto_DataType, typeName: string) {
  const { name, dataType, dataLocation, externalData, segment } = tensor
  if (dataType !== type) {
    const actual = TensorProto_DataType[dataType]?.toLowerCase() ?? `type ${dataType}`
    throw new UnsupportedModelError({
      what: `the ${actual} tensor ${quote(name)} where ${typeName} is needed`,
      remedy: 'export the model with float32 weights and int64 shapes',
    })
  }
  if (dataLocation === TensorProto_DataLocation.EXTERNAL || externalData.length > 0) {
    throw new UnsupportedModelError({
      what: `the weights of tensor ${quote(name)} in another file`,
      remedy: 'save it as one file (onnx.save with save_as_external_data=False)',
    })
  }
  if (segment !== undefined) {
    throw new UnsupportedModelError({ what: `the tensor ${quote(name)} in segments`, remedy: 'save it as one piece' })
  }
}

function isRaw({ name, rawData }: TensorProto, listed: number): boolean {
  if (rawData.length > 0 && listed > 0)
    throw new OnnxFileError({ problem: `tensor ${quote(name)} holds its data twice` })
  return listed === 0
}

function checkCount({ name }: TensorProto, shape: number[], actual: number) {
  const expected = countElements(shape)
  if (actual === expected) return
  throw new TensorShapeError({
    tensor: name,
    actual: `data for ${actual} elements`,
    expected: `${expected} for its shape [${shape.join(', ')}]`,
  })
}
