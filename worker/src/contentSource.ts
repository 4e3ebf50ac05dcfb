import type { CID } from 'multiformats/cid'
import { type ContentBlocks, maxBlockBytes } from './contentBlocks.ts'

/** A place that may have a block. What it gives is not believed: whoever asks checks it against the CID. */
export type ContentSource = {
  /** How logs call it. */
  name: string
  /** Bytes of one block, at most {@link maxBlockBytes}; throws whatever went wrong, a missing block included. */
  block: (cid: CID, signal: AbortSignal) => Promise<Uint8Array>
  /** Stores a file as everyone in the market must (UnixFS, CIDv1, raw leaves of 1 MiB), pins it and returns its CID; not all can. */
  add?: (bytes: Uint8Array, signal: AbortSignal) => Promise<string>
}

/** A source did not give a block. */
export class SourceFailedError extends Error {
  override readonly name = 'SourceFailedError'
  readonly source: string

  constructor({ source, fact, cause }: { source: string; fact: string; cause?: unknown }) {
    super(`The content source ${source} ${fact}.`, { cause })
    this.source = source
  }
}

/**
 * A trustless gateway.
 * Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/
 */
export function gatewaySource(gatewayUrl: string): ContentSource {
  return {
    name: gatewayUrl,
    block: async (cid, signal) => {
      const response = await fetch(`${gatewayUrl.replace(/\/$/, '')}/ipfs/${cid}?format=raw`, {
        headers: { accept: 'application/vnd.ipld.raw' },
        signal,
      })
      if (response.ok && response.body !== null) return joinLimited(response.body, gatewayUrl)
      await response.body?.cancel()
      throw new SourceFailedError({ source: gatewayUrl, fact: `answered ${cid} with status ${response.status}` })
    },
  }
}

/** A Kubo node, or what speaks the same part of its RPC API. */
export function kuboSource(apiUrl: string): ContentSource {
  let client: ReturnType<typeof connect> | undefined
  // A seventh of the code that a worker loads, for those that have a Kubo node.
  const connect = async () => (await import('kubo-rpc-client')).create({ url: apiUrl })
  const kubo = () => {
    client ??= connect()
    return client
  }
  return {
    name: apiUrl,
    block: async (cid, signal) => (await kubo()).block.get(cid, { signal }),
    add: async (bytes, signal) => {
      const options = { cidVersion: 1, rawLeaves: true, chunker: 'size-1048576', pin: true, signal } as const
      return (await (await kubo()).add(bytes, options)).cid.toString()
    },
  }
}

/** The store on this machine's disk. */
export function embeddedSource(blocks: ContentBlocks): ContentSource {
  return {
    name: 'embedded',
    block: (cid) => blocks.get(cid),
    add: async (bytes) => {
      async function* once() {
        yield bytes
      }
      return (await blocks.add(once(), { maxBytes: bytes.length })).cid.toString()
    },
  }
}

async function joinLimited(body: NonNullable<Response['body']>, source: string): Promise<Uint8Array> {
  const reader = body.getReader()
  const pieces: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return Buffer.concat(pieces)
      length += value.length
      if (length > maxBlockBytes) {
        throw new SourceFailedError({ source, fact: `sent a block of more than ${maxBlockBytes} bytes` })
      }
      pieces.push(value)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
