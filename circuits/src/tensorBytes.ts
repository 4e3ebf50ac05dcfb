/** Bytes of one element: int8, int16 or int32. */
export type Width = 1 | 2 | 4

/** The bytes do not have the length that the tensor's shape and width ask for. */
export class TensorLengthError extends Error {
  override readonly name = 'TensorLengthError'
  readonly actual: number
  readonly needed: number

  constructor({ actual, needed }: { actual: number; needed: number }) {
    super(`The tensor has ${actual} bytes; its shape asks for ${needed}.`)
    this.actual = actual
    this.needed = needed
  }
}

/** An element does not fit the tensor's width. */
export class ElementOutOfWidthError extends Error {
  override readonly name = 'ElementOutOfWidthError'
  readonly index: number
  readonly value: number

  constructor({ index, value, width }: { index: number; value: number; width: Width }) {
    super(`Element ${index} is ${value}; it must be an integer of ${8 * width} bits with a sign.`)
    this.index = index
    this.value = value
  }
}

/**
 * A tensor's bytes: little-endian two's complement, `width` bytes an element, in the graph's element order (TRACE.md 1, 2).
 * @throws ElementOutOfWidthError
 */
export function encodeTensor(values: Int32Array, width: Width): Uint8Array {
  const limit = 2 ** (8 * width - 1)
  const bytes = new Uint8Array(values.length * width)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of values.entries()) {
    if (value < -limit || value >= limit) throw new ElementOutOfWidthError({ index, value, width })
    if (width === 1) view.setInt8(index, value)
    else if (width === 2) view.setInt16(index * 2, value, true)
    else view.setInt32(index * 4, value, true)
  }
  return bytes
}

/**
 * The elements of a tensor from its bytes; inverse of {@link encodeTensor}.
 * @throws TensorLengthError
 */
export function decodeTensor(bytes: Uint8Array, { count, width }: { count: number; width: Width }): Int32Array {
  if (bytes.length !== count * width) throw new TensorLengthError({ actual: bytes.length, needed: count * width })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Int32Array.from({ length: count }, (_, index) => {
    if (width === 1) return view.getInt8(index)
    return width === 2 ? view.getInt16(index * 2, true) : view.getInt32(index * 4, true)
  })
}
