import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import * as Digest from 'multiformats/hashes/digest'
import { sha256 } from 'multiformats/hashes/sha2'
import { bytesToHex, type Hex, hexToBytes } from 'viem'
import {
  ContentMismatchError,
  ContentRefusedError,
  ContentTooLargeError,
  ContentUnavailableError,
} from './contentErrors.ts'
import { request } from './contentRequest.ts'

const chunkSize = 1_048_576
const maxBlockBytes = 2 * chunkSize
const dagPbCode = 0x70
const sha256Code = 0x12

/**
 * The CID a file gets in this market: UnixFS, CIDv1, raw leaves, chunks of 1 MiB, sha2-256.
 * Source: https://specs.ipfs.tech/unixfs/
 */
export async function cidOf(bytes: Uint8Array): Promise<string> {
  if (bytes.length <= chunkSize) return CID.createV1(raw.code, await sha256.digest(bytes)).toString()
  // Loaded on demand: most inputs are one chunk, and a page should not carry the importer for them.
  const { importUnixfs } = await import('./unixfs.ts')
  const cid = await importUnixfs(bytes, { put: (key) => key })
  return cid.toString()
}

/** SHA-256 digest inside a CID, as an order holds it. */
export function cidToDigest(cid: string): Hex {
  return bytesToHex(parseCid(cid).multihash.digest)
}

/**
 * The CID of a file from its root block's digest (`inputCid` of an order) and its length in bytes:
 * one chunk is a raw block, more chunks have a dag-pb root.
 */
export function digestToCid(digest: Hex, byteLength: number): string {
  const codec = byteLength <= chunkSize ? raw.code : dagPbCode
  return CID.createV1(codec, Digest.create(sha256Code, hexToBytes(digest, { size: 32 }))).toString()
}

/**
 * Uploads bytes to a content service (POST /api/v0/add as Kubo has it) and checks that it stored what was sent.
 * @returns the CID, computed here
 * @throws ContentUnavailableError, ContentRefusedError, ContentMismatchError
 */
export async function addContent(
  { apiUrl, bytes }: { apiUrl: string; bytes: Uint8Array },
  signal?: AbortSignal,
): Promise<string> {
  const expected = await cidOf(bytes)
  const url = `${apiUrl}/api/v0/add?cid-version=1&raw-leaves=true&chunker=size-${chunkSize}&pin=true`
  const form = new FormData()
  // The bytes are never backed by shared memory, which is all that BlobPart excludes.
  form.append('file', new Blob([bytes as Uint8Array<ArrayBuffer>]))
  const response = await request({ url, init: { method: 'POST', body: form }, bodyBytes: bytes.length }, signal)
  const text = await response.text()
  if (!response.ok) throw new ContentRefusedError({ url, status: response.status, reason: text.slice(0, 200) })
  const stored = lastHash(text)
  if (stored !== expected) throw new ContentMismatchError({ cid: expected, actual: stored, source: apiUrl })
  return expected
}

/**
 * Downloads a file block by block from a trustless gateway (GET /ipfs/<cid>?format=raw); every block is checked by its hash.
 * Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/
 * @throws ContentUnavailableError, ContentMismatchError, ContentTooLargeError
 */
export async function fetchContent(
  { gatewayUrl, cid, maxBytes }: { gatewayUrl: string; cid: string; maxBytes: number },
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const root = parseCid(cid)
  if (root.code === raw.code) return fetchBlock({ gatewayUrl, cid: root, maxBytes }, signal)
  // Every block but the leaves links to at least two others, so a file needs at most twice its leaves, and a few.
  const maxBlocks = 2 * Math.ceil(maxBytes / chunkSize) + 8
  let blocks = 0
  const blockstore = {
    async *get(key: CID) {
      blocks += 1
      if (blocks > maxBlocks) throw new ContentTooLargeError({ cid, unit: 'blocks', actual: blocks, limit: maxBlocks })
      yield await fetchBlock({ gatewayUrl, cid: key, maxBytes: maxBlockBytes }, signal)
    },
  }
  const { exporter } = await import('ipfs-unixfs-exporter')
  const entry = await exporter(root, blockstore, signal === undefined ? {} : { signal })
  if (entry.type !== 'file' && entry.type !== 'raw') {
    throw new ContentMismatchError({ cid, actual: `a ${entry.type}`, source: gatewayUrl })
  }
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of entry.content({ blockReadConcurrency: 4, ...(signal === undefined ? {} : { signal }) })) {
    length += chunk.length
    if (length > maxBytes) throw new ContentTooLargeError({ cid, unit: 'bytes', actual: length, limit: maxBytes })
    chunks.push(chunk)
  }
  return joinBytes(chunks, length)
}

async function fetchBlock(
  { gatewayUrl, cid, maxBytes }: { gatewayUrl: string; cid: CID; maxBytes: number },
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const limit = Math.min(maxBytes, maxBlockBytes)
  const url = `${gatewayUrl}/ipfs/${cid}?format=raw`
  const response = await request({ url, init: { headers: { accept: 'application/vnd.ipld.raw' } } }, signal)
  if (!response.ok) {
    await response.body?.cancel()
    throw new ContentUnavailableError({ url, reason: `answered ${response.status}` })
  }
  const bytes = await readAtMost(response, limit, cid.toString(), url)
  const digest = await sha256.digest(bytes)
  if (!equalBytes(digest.digest, cid.multihash.digest)) {
    const actual = CID.createV1(cid.code, digest).toString()
    throw new ContentMismatchError({ cid: cid.toString(), actual, source: gatewayUrl })
  }
  return bytes
}

async function readAtMost(response: Response, limit: number, cid: string, url: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = response.body?.getReader()
  if (reader === undefined) return new Uint8Array()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return joinBytes(chunks, length)
      length += value.length
      if (length > limit) throw new ContentTooLargeError({ cid, unit: 'bytes', actual: length, limit })
      chunks.push(value)
    }
  } catch (cause) {
    if (cause instanceof ContentTooLargeError) throw cause
    throw new ContentUnavailableError({ url, reason: 'broke off', cause })
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function parseCid(text: string): CID {
  let cid: CID
  try {
    cid = CID.parse(text)
  } catch (cause) {
    throw new ContentMismatchError({ cid: text, actual: 'text that is no CID', source: 'the caller', cause })
  }
  if (cid.version !== 1 || cid.multihash.code !== sha256Code || (cid.code !== raw.code && cid.code !== dagPbCode)) {
    throw new ContentMismatchError({ cid: text, actual: 'a CID of another kind', source: 'the caller' })
  }
  return cid
}

/** Kubo answers one JSON object a line; the last one names the file's root. */
function lastHash(text: string): string {
  try {
    const answer: unknown = JSON.parse(text.trim().split('\n').at(-1) ?? '')
    if (typeof answer === 'object' && answer !== null && 'Hash' in answer) return String(answer.Hash)
  } catch {
    // Falls through: what is not JSON names no CID, which the caller reports as a mismatch.
  }
  return 'no CID'
}

function joinBytes(chunks: Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    joined.set(chunk, offset)
    offset += chunk.length
  }
  return joined
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
