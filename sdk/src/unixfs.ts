import { importBytes, type WritableStorage } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import type { CID } from 'multiformats/cid'

/** Bytes in one chunk of a file: 1 MiB. A file of one chunk is one raw block. */
export const chunkSize = 1_048_576

/**
 * Cuts bytes into UnixFS blocks as everyone in the market must (CIDv1, raw leaves, chunks of 1 MiB, sha2-256) and puts them.
 * Source: https://specs.ipfs.tech/unixfs/
 * @returns the root's CID
 */
export async function importUnixfs(bytes: Uint8Array, blocks: WritableStorage): Promise<CID> {
  const { cid } = await importBytes(bytes, blocks, {
    cidVersion: 1,
    rawLeaves: true,
    chunker: fixedSize({ chunkSize }),
  })
  return cid
}
