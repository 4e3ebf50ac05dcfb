import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chunkSize } from '@assay/sdk/unixfs'
import { FsBlockstore } from 'blockstore-fs'
import { exporter } from 'ipfs-unixfs-exporter'
import { importByteStream } from 'ipfs-unixfs-importer'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'

/** Nobody has put this block here. */
export class BlockMissingError extends Error {
  override readonly name = 'BlockMissingError'
  readonly cid: string

  constructor(cid: string) {
    super(`This store does not hold ${cid}; add the content first, or ask a node that has it.`)
    this.cid = cid
  }
}

/** The bytes on disk are not those that the CID names. */
export class BlockCorruptError extends Error {
  override readonly name = 'BlockCorruptError'
  readonly cid: string

  constructor(cid: string) {
    super(`The stored bytes of ${cid} do not match their hash; add the content again to replace them.`)
    this.cid = cid
  }
}

/** The bytes that were sent are not those that the CID names. */
export class BlockMismatchError extends Error {
  override readonly name = 'BlockMismatchError'
  readonly expected: string
  readonly actual: string

  constructor({ expected, actual }: { expected: string; actual: string }) {
    super(`The block's CID is ${actual}, not ${expected}; send the block that ${expected} names.`)
    this.expected = expected
    this.actual = actual
  }
}

/** The text is no CID, or one of a kind that this store does not keep. */
export class CidUnsupportedError extends Error {
  override readonly name = 'CidUnsupportedError'
  readonly text: string

  constructor(text: string) {
    super(`${JSON.stringify(text.slice(0, 100))} is not a CID with a SHA-256 hash and the codec raw or dag-pb.`)
    this.text = text
  }
}

/** More bytes were sent than the store takes at once. */
export class ContentTooLargeError extends Error {
  override readonly name = 'ContentTooLargeError'
  readonly maxBytes: number

  constructor(maxBytes: number) {
    super(`The content is larger than ${maxBytes} bytes, the most this store takes at once.`)
    this.maxBytes = maxBytes
  }
}

/** Largest block that is stored, as bitswap's limit. */
export const maxBlockBytes = 2 * 1024 * 1024

const sha256Code = 0x12
const codecs = { raw: 0x55, 'dag-pb': 0x70 } as const

/** Codec of a block that this store keeps. */
export type Codec = keyof typeof codecs

/** A place on disk for content-addressed blocks. */
export type ContentBlocks = {
  /** Bytes of one block, checked against its CID; throws BlockMissingError or BlockCorruptError. */
  get: (cid: CID) => Promise<Uint8Array>
  has: (cid: CID) => Promise<boolean>
  /** Stores one block and returns its CID; throws BlockMismatchError when `expected` names other bytes. */
  put: (bytes: Uint8Array, block: { codec: Codec; expected?: CID }) => Promise<CID>
  /** Stores a file (UnixFS, 1 MiB raw leaves) and pins it; nothing is kept of content over `maxBytes`. */
  add: (content: AsyncIterable<Uint8Array>, limits: { maxBytes: number }) => Promise<{ cid: CID; bytes: number }>
  /** Size of a file and a reader of its bytes, each block checked; throws as {@link ContentBlocks.get}. */
  file: (
    cid: CID,
  ) => Promise<{ bytes: number; read: (range?: { offset: number; length: number }) => AsyncIterable<Uint8Array> }>
  /** Marks content as kept after reading all its blocks once. */
  pin: (cid: CID) => Promise<void>
  unpin: (cid: CID) => Promise<void>
  pins: () => Promise<CID[]>
}

/**
 * CID of a text such as `bafy…`, `Qm…` or `/ipfs/bafy…`, always as version 1.
 * @throws CidUnsupportedError for other texts, hashes than SHA-256, and codecs than raw and dag-pb
 */
export function parseCid(text: string): CID {
  let cid: CID
  try {
    cid = CID.parse(text.replace(/^\/ipfs\//, '')).toV1()
  } catch {
    throw new CidUnsupportedError(text)
  }
  const supported = cid.multihash.code === sha256Code && cid.multihash.digest.length === 32
  if (!supported || !Object.values<number>(codecs).includes(cid.code)) throw new CidUnsupportedError(text)
  return cid
}

/** Opens, and makes if need be, a block store in a directory; what an interrupted add left is removed. */
export async function openContentBlocks(directory: string): Promise<ContentBlocks> {
  const incoming = join(directory, 'incoming')
  const pinDirectory = join(directory, 'pins')
  const store = new FsBlockstore(join(directory, 'blocks'))
  await store.open()
  await rm(incoming, { recursive: true, force: true })
  await mkdir(incoming, { recursive: true })
  await mkdir(pinDirectory, { recursive: true })

  async function get(cid: CID): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    try {
      for await (const piece of store.get(cid)) pieces.push(piece)
    } catch (cause) {
      if (await store.has(cid)) throw cause
      throw new BlockMissingError(cid.toString())
    }
    const bytes = Buffer.concat(pieces)
    if (cidOfBlock(bytes, cid.code).toString() !== cid.toString()) throw new BlockCorruptError(cid.toString())
    return bytes
  }

  async function putBlock(cid: CID, bytes: Uint8Array): Promise<CID> {
    const actual = cidOfBlock(bytes, cid.code)
    refuseMismatch({ expected: cid, actual })
    await store.put(cid, bytes)
    return cid
  }

  // What the importer and the exporter see: every block is checked on its way in and out.
  const checked = {
    put: putBlock,
    get: async function* (cid: CID) {
      yield await get(cid.toV1())
    },
  }

  async function file(cid: CID) {
    // The exporter asks for a whole block store but only ever calls `get`.
    const entry = await exporter(cid, checked as unknown as FsBlockstore)
    if (entry.type !== 'file' && entry.type !== 'raw') throw new CidUnsupportedError(cid.toString())
    return {
      bytes: Number(entry.size),
      read: (range?: { offset: number; length: number }) => entry.content(range ?? {}),
    }
  }

  async function pin(cid: CID): Promise<void> {
    const { read } = await file(cid)
    for await (const _ of read());
    await writeFile(join(pinDirectory, cid.toString()), '')
  }

  return {
    get,
    has: (cid) => store.has(cid),
    put: async (bytes, { codec, expected }) => {
      if (bytes.length > maxBlockBytes) throw new ContentTooLargeError(maxBlockBytes)
      const actual = cidOfBlock(bytes, codecs[codec])
      if (expected !== undefined) refuseMismatch({ expected, actual })
      return putBlock(actual, bytes)
    },
    add: async (content, { maxBytes }) => {
      const spool = join(incoming, randomUUID())
      try {
        const bytes = await writeSpool(spool, content, maxBytes)
        const { cid } = await importByteStream(createReadStream(spool, { highWaterMark: chunkSize }), checked, {
          cidVersion: 1,
          rawLeaves: true,
          reduceSingleLeafToSelf: true,
          chunker: fixedSize({ chunkSize }),
        })
        await writeFile(join(pinDirectory, cid.toString()), '')
        return { cid, bytes }
      } finally {
        await rm(spool, { force: true })
      }
    },
    file,
    pin,
    unpin: (cid) => rm(join(pinDirectory, cid.toString()), { force: true }),
    pins: async () => (await readdir(pinDirectory)).map((name) => CID.parse(name)),
  }
}

function cidOfBlock(bytes: Uint8Array, code: number): CID {
  return CID.createV1(code, createDigest(sha256Code, createHash('sha256').update(bytes).digest()))
}

function refuseMismatch({ expected, actual }: { expected: CID; actual: CID }): void {
  const names = { expected: expected.toString(), actual: actual.toString() }
  if (names.expected !== names.actual) throw new BlockMismatchError(names)
}

async function writeSpool(path: string, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<number> {
  const handle = await open(path, 'wx', 0o600)
  try {
    let written = 0
    for await (const piece of content) {
      written += piece.length
      if (written > maxBytes) throw new ContentTooLargeError(maxBytes)
      await handle.write(piece)
    }
    return written
  } finally {
    await handle.close()
  }
}
