/** An array from a .npy file; row by row. */
export type NpyArray = { shape: number[]; values: Float32Array }

/** The bytes are no .npy file of a kind that is read. */
export class NpyError extends Error {
  override readonly name = 'NpyError'
  readonly path: string

  constructor({ path, reason }: { path: string; reason: string }) {
    super(`The file ${path} ${reason}; save it with numpy.save as float32, float64 or uint8 in C order.`)
    this.path = path
  }
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
const elementBytes = { '<f4': 4, '<f8': 8, '|u1': 1 } as const

/**
 * Reads NumPy's .npy format, versions 1 to 3: float32, float64 (rounded to float32) and uint8 in C order.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
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
  const needed = count * elementBytes[type]
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || needed !== bytes.length - start) {
    throw new NpyError({
      path,
      reason: `has the shape (${shape.join(', ')}), which needs ${needed} bytes, and ${bytes.length - start} bytes of data`,
    })
  }
  const values = new Float32Array(count)
  for (let index = 0; index < count; index += 1) {
    if (type === '|u1') values[index] = bytes[start + index] ?? 0
    else if (type === '<f4') values[index] = view.getFloat32(start + 4 * index, true)
    else values[index] = view.getFloat64(start + 8 * index, true)
  }
  return { shape, values }
}

function isElementType(type: string): type is keyof typeof elementBytes {
  return type in elementBytes
}
