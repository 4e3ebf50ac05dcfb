/** A stream of frames ends early or is longer than announced. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** Byte strings one after another, each behind its length as 4 big-endian bytes. */
export function encodeFrames(frames: readonly Uint8Array[]): Uint8Array {
  const lengths = frames.map((frame) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(frame.length)
    return length
  })
  return Buffer.concat(frames.flatMap((frame, index) => [lengths[index] ?? new Uint8Array(), frame]))
}

/**
 * The byte strings of {@link encodeFrames}.
 * @throws FrameError when there are not exactly `count` of them
 */
export function decodeFrames(bytes: Uint8Array, count: number): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const frames: Uint8Array[] = []
  let at = 0
  for (let index = 0; index < count; index++) {
    const end = at + 4 <= bytes.length ? at + 4 + view.getUint32(at) : Number.POSITIVE_INFINITY
    if (end > bytes.length) throw new FrameError(`Frame ${index} of ${count} is cut off after ${bytes.length} bytes.`)
    frames.push(bytes.subarray(at + 4, end))
    at = end
  }
  if (at !== bytes.length) throw new FrameError(`${bytes.length - at} bytes follow the last of ${count} frames.`)
  return frames
}

/** Field elements as 32 big-endian bytes each. */
export function encodeWords(words: readonly bigint[]): Uint8Array {
  const bytes = Buffer.alloc(words.length * 32)
  for (const [index, word] of words.entries()) bytes.write(word.toString(16).padStart(64, '0'), index * 32, 'hex')
  return bytes
}

/**
 * The field elements of {@link encodeWords}.
 * @throws FrameError when the length is not a multiple of 32
 */
export function decodeWords(bytes: Uint8Array): bigint[] {
  if (bytes.length % 32 !== 0) throw new FrameError(`${bytes.length} bytes are no whole number of 32-byte words.`)
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return Array.from({ length: bytes.length / 32 }, (_, index) => BigInt(`0x${hex.slice(index * 64, index * 64 + 64)}`))
}
