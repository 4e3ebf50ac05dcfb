import { blake2b } from '@noble/hashes/blake2.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

const pieceBytes = 2 ** 20

/**
 * The hash of many bytes, hexadecimal, taken a megabyte at a time.
 * @param options.pause awaited between pieces, so that whatever shares the thread gets its turn
 * @throws the signal's reason, when that aborts
 */
export async function hashPieces(
  { bytes, algorithm, pause }: { bytes: Uint8Array; algorithm: 'blake2b512' | 'sha256'; pause: () => Promise<unknown> },
  signal?: AbortSignal,
): Promise<string> {
  const hash = algorithm === 'sha256' ? sha256.create() : blake2b.create({ dkLen: 64 })
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    hash.update(bytes.subarray(at, at + pieceBytes))
    await pause()
    signal?.throwIfAborted()
  }
  return bytesToHex(hash.digest())
}
