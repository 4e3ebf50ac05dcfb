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

const wordBytes = 32

/** Field elements as 32 big-endian bytes each. */
export function encodeWords(words: readonly bigint[]): Uint8Array {
  const bytes = Buffer.alloc(words.length * wordBytes)
  let at = 0
  for (const word of words) {
    bytes.write(word.toString(16).padStart(2 * wordBytes, '0'), at, 'hex')
    at += wordBytes
  }
  return bytes
}

/**
 * The field elements of {@link encodeWords}.
 * @throws FrameError when the length is not a multiple of 32
 */
export function decodeWords(bytes: Uint8Array): bigint[] {
  if (bytes.length % wordBytes !== 0)
    throw new FrameError(`${bytes.length} bytes are no whole number of 32-byte words.`)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const words: bigint[] = []
  for (let at = 0; at < buffer.length; at += wordBytes) {
    words.push(BigInt(`0x${buffer.toString('hex', at, at + wordBytes)}`))
  }
  return words
}
