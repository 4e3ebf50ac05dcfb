import type { ElementType, FloatConstant } from './floatGraph.ts'
import { OnnxFileError, OnnxLimitError, quote, TensorShapeError, UnsupportedModelError } from './onnxErrors.ts'
import { type TensorProto, TensorProto_DataLocation, TensorProto_DataType } from './onnxSchema.ts'

/** How large one tensor may be. */
export type TensorLimits = { rank: number; elements: number }

/** The files that a model's weights are kept in beside it, by the location that the model gives. */
export type ExternalData = ReadonlyMap<string, Uint8Array>

type Storage = {
  type: ElementType
  /** bits of an element in raw bytes */
  bits: number
  read: (view: DataView, index: number) => number
  /** the elements as a list, where they are not raw */
  list: (tensor: TensorProto) => ArrayLike<number | bigint>
}

const int32s = ({ int32Data }: TensorProto) => int32Data
const uint64s = ({ uint64Data }: TensorProto) => uint64Data

const storages: Partial<Record<number, Storage>> = {
  [TensorProto_DataType.FLOAT]: {
    type: 'float',
    bits: 32,
    read: (view, index) => view.getFloat32(index * 4, true),
    list: ({ floatData }) => floatData,
  },
  [TensorProto_DataType.DOUBLE]: {
    type: 'float',
    bits: 64,
    read: (view, index) => view.getFloat64(index * 8, true),
    list: ({ doubleData }) => doubleData,
  },
  [TensorProto_DataType.FLOAT16]: {
    type: 'float',
    bits: 16,
    read: (view, index) => halfToNumber(view.getUint16(index * 2, true)),
    list: ({ int32Data }) => int32Data.map(halfToNumber),
  },
  [TensorProto_DataType.BFLOAT16]: {
    type: 'float',
    bits: 16,
    read: (view, index) => bfloatToNumber(view.getUint16(index * 2, true)),
    list: ({ int32Data }) => int32Data.map(bfloatToNumber),
  },
  [TensorProto_DataType.BOOL]: { type: 'boolean', bits: 8, read: (view, index) => view.getUint8(index), list: int32s },
  [TensorProto_DataType.INT8]: { type: 'integer', bits: 8, read: (view, index) => view.getInt8(index), list: int32s },
  [TensorProto_DataType.UINT8]: { type: 'integer', bits: 8, read: (view, index) => view.getUint8(index), list: int32s },
  [TensorProto_DataType.INT16]: integers(16, (view, index) => view.getInt16(index * 2, true)),
  [TensorProto_DataType.UINT16]: integers(16, (view, index) => view.getUint16(index * 2, true)),
  [TensorProto_DataType.INT32]: integers(32, (view, index) => view.getInt32(index * 4, true)),
  [TensorProto_DataType.UINT32]: {
    type: 'integer',
    bits: 32,
    read: (view, index) => view.getUint32(index * 4, true),
    list: uint64s,
  },
  [TensorProto_DataType.INT64]: {
    type: 'integer',
    bits: 64,
    read: (view, index) => Number(view.getBigInt64(index * 8, true)),
    list: ({ int64Data }) => int64Data,
  },
  [TensorProto_DataType.UINT64]: {
    type: 'integer',
    bits: 64,
    read: (view, index) => Number(view.getBigUint64(index * 8, true)),
    list: uint64s,
  },
}

function integers(bits: number, read: Storage['read']): Storage {
  return { type: 'integer', bits, read, list: int32s }
}

/** What the elements of an ONNX type are here; undefined for texts, complex numbers and other types that no model computes with. */
export function elementTypeOf(dataType: TensorProto_DataType): ElementType | undefined {
  return storages[dataType]?.type
}

/** Least and greatest value of an integer type of at most 32 bits; undefined of any other. */
export function integerRange(dataType: TensorProto_DataType): [lo: number, hi: number] | undefined {
  const { INT8, UINT8, INT16, UINT16, INT32, UINT32 } = TensorProto_DataType
  const bits = storages[dataType]?.bits ?? 0
  if ([INT8, INT16, INT32].includes(dataType)) return [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1]
  return [UINT8, UINT16, UINT32].includes(dataType) ? [0, 2 ** bits - 1] : undefined
}

/**
 * Reads a tensor of numbers or booleans, from raw little-endian bytes, a list, or a file beside the model. Floats of other widths
 * become float32.
 * @throws UnsupportedModelError when it is of another type, or kept in a file that was not given
 * @throws TensorShapeError when it holds more or fewer elements than its shape says
 * @throws OnnxLimitError when it is larger than `limits` allow
 */
export function readTensor(
  tensor: TensorProto,
  { limits, external }: { limits: TensorLimits; external: ExternalData },
): FloatConstant {
  const { name, dataType, segment } = tensor
  const storage = storages[dataType]
  if (storage === undefined) {
    const actual = TensorProto_DataType[dataType]?.toLowerCase() ?? `type ${dataType}`
    throw new UnsupportedModelError({
      what: `the ${actual} tensor ${quote(name)}`,
      remedy: 'export the model with float32 weights and integer shapes',
    })
  }
  if (segment !== undefined) {
    throw new UnsupportedModelError({ what: `the tensor ${quote(name)} in segments`, remedy: 'save it as one piece' })
  }
  const { type } = storage
  const shape = readShape(tensor, limits)
  const raw = rawBytes(tensor, { storage, external })
  if (raw === undefined) {
    const list = storage.list(tensor)
    checkCount(tensor, shape, list.length)
    const numbers = Array.from(list, Number)
    return { shape, type, values: type === 'float' ? Float32Array.from(numbers) : Float64Array.from(numbers) }
  }
  checkCount(tensor, shape, (raw.length * 8) / storage.bits)
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  const count = countElements(shape)
  const values = type === 'float' ? new Float32Array(count) : new Float64Array(count)
  for (let index = 0; index < count; index++) values[index] = storage.read(view, index)
  return { shape, type, values }
}

/** The raw bytes, undefined where the elements are a list. */
function rawBytes(
  tensor: TensorProto,
  { storage, external }: { storage: Storage; external: ExternalData },
): Uint8Array | undefined {
  const listed = storage.list(tensor).length
  const outside = tensor.dataLocation === TensorProto_DataLocation.EXTERNAL || tensor.externalData.length > 0
  if (Number(tensor.rawData.length > 0) + Number(listed > 0) + Number(outside) > 1) {
    throw new OnnxFileError({ problem: `tensor ${quote(tensor.name)} holds its data twice` })
  }
  if (outside) return externalBytes(tensor, external)
  return listed > 0 ? undefined : tensor.rawData
}

/** The part of a given file that holds a tensor. The location is only a name to look up: no path is opened. */
function externalBytes({ name, externalData }: TensorProto, external: ExternalData): Uint8Array {
  const entries = new Map(externalData.map(({ key, value }) => [key, value]))
  const location = entries.get('location') ?? ''
  const file = external.get(location)
  if (file === undefined) {
    throw new UnsupportedModelError({
      what: `the weights of tensor ${quote(name)} in another file, ${quote(location)}, which was not given`,
      remedy: 'give that file too, or save the model as one file (onnx.save with save_as_external_data=False)',
    })
  }
  const read = (key: string, otherwise: number) => {
    const text = entries.get(key)
    const value = text === undefined ? otherwise : /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= 0) return value
    throw new OnnxFileError({ problem: `the ${key} of tensor ${quote(name)} in another file is ${quote(text ?? '')}` })
  }
  const offset = read('offset', 0)
  const length = read('length', Math.max(0, file.length - offset))
  if (offset + length <= file.length) return file.subarray(offset, offset + length)
  const problem = `tensor ${quote(name)} ends at byte ${offset + length} of the file ${quote(location)}, which has ${file.length}`
  throw new OnnxFileError({ problem })
}

/** A 16-bit float (IEEE 754 binary16) by its bits. */
function halfToNumber(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** A bfloat16, the upper half of a float32, by its bits. */
function bfloatToNumber(bits: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint16(0, bits & 0xffff)
  return view.getFloat32(0)
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
  const wrong = dims.find((length) => length < 0n)
  if (wrong !== undefined) {
    throw new TensorShapeError({ tensor: name, actual: `a dimension of ${wrong}`, expected: 'lengths of at least 0' })
  }
  const shape = dims.map(Number)
  checkShape(shape, limits)
  return shape
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
