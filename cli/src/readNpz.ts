import { type NpyArray, NpyError, readNpy } from '@assay/sdk/readNpy'
import { unzipSync } from 'fflate'

/** Bytes of all arrays together that are unpacked at most: 1 GiB. */
const maxUnpackedBytes = 2 ** 30
const maxArrays = 64

/**
 * Reads NumPy's .npz format, packed or not: each array by its name, in the order of the file.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.savez.html
 * @param path how the error names the file
 * @throws NpyError also when it is no archive, or holds more than 64 arrays or 1 GiB
 */
export function readNpz(bytes: Uint8Array, path: string): Map<string, NpyArray> {
  const members = Object.entries(unpack(bytes, path))
  return new Map(
    members.map(([name, member]) => [name.replace(/\.npy$/, ''), readNpy(member, `${path} [${name.slice(0, 80)}]`)]),
  )
}

function unpack(bytes: Uint8Array, path: string): Record<string, Uint8Array> {
  let [count, total] = [0, 0]
  try {
    return unzipSync(bytes, {
      // A member is unpacked into as many bytes as its entry says, and no more.
      filter: ({ name, originalSize }) => {
        count += 1
        total += originalSize
        if (count > maxArrays) throw new NpyError({ path, reason: `holds more than ${maxArrays} arrays` })
        if (total > maxUnpackedBytes) throw new NpyError({ path, reason: 'unpacks to more than 1 GiB' })
        return name.endsWith('.npy')
      },
    })
  } catch (cause) {
    if (cause instanceof NpyError) throw cause
    throw new NpyError({ path, reason: 'is not a .npz file, or is damaged' })
  }
}
