import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'

/** A 0x-prefixed lower-case hexadecimal string, as viem spells it. */
export type Hex = `0x${string}`

/** keccak256 of the bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes)
}

/** The bytes as 0x-prefixed hexadecimal. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`
}

/** Depth of the tree over `leafCount` leaves: ⌈log2⌉, zero for a single leaf. */
export function treeDepth(leafCount: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, leafCount))))
}

/** Depth of a tensor's tree: ⌈log2⌈count · width / 32⌉⌉ (TRACE.md 3). */
export function tensorDepth(count: number, width: number): number {
  return treeDepth(Math.ceil((count * width) / 32))
}

/**
 * Root of a binary keccak tree over 32-byte leaves, padded with zero leaves to a power of two;
 * the root of one leaf is the leaf, and children keep their order (TRACE.md 3, 4).
 */
export function treeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level = [...leaves]
  let padding: Uint8Array = new Uint8Array(32)
  for (let depth = treeDepth(leaves.length); depth > 0; depth--) {
    const next: Uint8Array[] = []
    for (let index = 0; index < level.length; index += 2) {
      next.push(hashPair(level[index] ?? padding, level[index + 1] ?? padding))
    }
    padding = hashPair(padding, padding)
    level = next
  }
  return level[0] ?? padding
}

/** Keccak root of a tensor's bytes, cut into raw 32-byte leaves with zero padding (TRACE.md 3, 4). */
export function tensorRoot(bytes: Uint8Array): Hex {
  return toHex(tensorRootBytes(bytes))
}

/** {@link tensorRoot} as 32 bytes. */
export function tensorRootBytes(bytes: Uint8Array): Uint8Array {
  const leaves = Array.from({ length: Math.max(1, Math.ceil(bytes.length / 32)) }, (_, index) => {
    const leaf = new Uint8Array(32)
    leaf.set(bytes.subarray(index * 32, index * 32 + 32))
    return leaf
  })
  return treeRoot(leaves)
}

function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  const pair = new Uint8Array(64)
  pair.set(left)
  pair.set(right, 32)
  return keccak_256(pair)
}
