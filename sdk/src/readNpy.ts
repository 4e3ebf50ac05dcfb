/** An array from a .npy file; row by row. */
export type NpyArray = { shape: number[]; values: Float64Array }

/** The bytes are no .npy file of a kind that is read. */
export class NpyError extends Error {
  override readonly name = 'NpyError'
  readonly path: string

  constructor({ path, reason }: { path: string; reason: string }) {
    super(`The file ${path} ${reason}; save it with numpy.save in C order, as float32, float64 or integers.`)
    this.path = path
  }
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** How one element is read, and its bytes; every one of these is exact as a number. */
const elements = {
  '<f4': [4, (view, at) => view.getFloat32(at, true)],
  '<f8': [8, (view, at) => view.getFloat64(at, true)],
  '|u1': [1, (view, at) => view.getUint8(at)],
  '|i1': [1, (view, at) => view.getInt8(at)],
  '<u2': [2, (view, at) => view.getUint16(at, true)],
  '<i2': [2, (view, at) => view.getInt16(at, true)],
  '<u4': [4, (view, at) => view.getUint32(at, true)],
  '<i4': [4, (view, at) => view.getInt32(at, true)],
  // Wider integers than 53 bits come out rounded, and far outside of any model's range.
  '<i8': [8, (view, at) => Number(view.getBigInt64(at, true))],
} as const satisfies Record<string, readonly [number, (view: DataView, at: number) => number]>

/**
 * Reads NumPy's .npy format, versions 1 to 3: float32, float64 and integers of 8 to 64 bits, little-endian and in C order.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 * @param path how the error names the file
 * @throws NpyError
 */
export function readNpy(bytes: Uint8Array, path: string): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 12 || magic.some((byte, index) => bytes[index] !== byte)) {
    throw new NpyError({ path, reason: 'is not a .npy file' })
  }
  const wide = (bytes[6] ?? 0) > 1
  const headerStart = wide ? 12 : 10
  const start = headerStart + (wide ? view.getUint32(8, true) : view.getUint16(8, true))
  if (start > bytes.length) throw new NpyError({ path, reason: 'ends inside its header' })
  const header = new TextDecoder().decode(bytes.subarray(headerStart, start))
  const type = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1] ?? ''
  const dimensions = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1]
  if (!isElementType(type)) throw new NpyError({ path, reason: `has elements of type \`${type.slice(0, 20)}\`` })
  if (dimensions === undefined) throw new NpyError({ path, reason: 'has no shape' })
  if (!/'fortran_order'\s*:\s*False/.test(header)) throw new NpyError({ path, reason: 'is in Fortran order' })

  const shape = dimensions.split(',').flatMap((text) => (text.trim() === '' ? [] : [Number(text)]))
  const count = shape.reduce((product, size) => product * size, 1)
  const [width, read] = elements[type]
  const needed = count * width
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || needed !== bytes.length - start) {
    throw new NpyError({
      path,
      reason: `has the shape (${shape.join(', ')}), which needs ${needed} bytes, and ${bytes.length - start} bytes of data`,
    })
  }
  const values = Float64Array.from({ length: count }, (_, index) => read(view, start + width * index))
  return { shape, values }
}

function isElementType(type: string): type is keyof typeof elements {
  return Object.hasOwn(elements, type)
}
