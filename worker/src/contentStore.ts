import { generateKeyPairSync } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { base58btc } from 'multiformats/bases/base58'
import {
  BlockCorruptError,
  BlockMismatchError,
  BlockMissingError,
  CidUnsupportedError,
  type Codec,
  type ContentBlocks,
  ContentTooLargeError,
  maxBlockBytes,
  openContentBlocks,
  parseCid,
} from './contentBlocks.ts'
import { CarError, importCar } from './contentCar.ts'
import { listen } from './listen.ts'
import { boundaryOf, MultipartError, readParts } from './multipart.ts'

/** The request asks for something that this service does not offer. */
export class ContentRequestError extends Error {
  override readonly name = 'ContentRequestError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A running content service. Both URLs have no path; the API stands below `/api/v0`, the gateway below `/ipfs`. */
export type ContentStore = { apiUrl: string; gatewayUrl: string; close: () => Promise<void> }

type Call = {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  blocks: ContentBlocks
  identity: string
  maxAddBytes: number
}

/** Files of an archive that are taken at once, as many bytes each as one add takes. */
const maxCarFiles = 4
const localOrigin = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/
const localHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/**
 * Serves a directory of content over HTTP: the part of Kubo's RPC API that publishing needs, and a trustless gateway.
 * Every block is checked against its CID when it comes in and when it goes out. Only pages of this machine may call it.
 * Source: Kubo RPC API v0; IPFS trustless gateway specification.
 * @param options `port` 0 takes a free one; `blocks` is the directory's store when it is open already; `maxAddBytes` limits one add,
 * 256 MiB if absent
 * @throws PortInUseError when the port is taken
 */
export async function startContentStore(options: {
  directory: string
  port: number
  blocks?: ContentBlocks
  host?: string
  maxAddBytes?: number
}): Promise<ContentStore> {
  const blocks = options.blocks ?? (await openContentBlocks(options.directory))
  const identity = await readIdentity(options.directory)
  const maxAddBytes = options.maxAddBytes ?? 256 * 1024 * 1024

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    serve({ request, response, url, blocks, identity, maxAddBytes }).catch((error: unknown) =>
      fail(request, response, error),
    )
  })
  const { url, close } = await listen(server, { host: options.host ?? '127.0.0.1', port: options.port })
  return { apiUrl: url, gatewayUrl: url, close }
}

async function serve(call: Call): Promise<void> {
  const { request, response, url } = call
  const origin = request.headers.origin
  // A page from elsewhere could reach this port through its visitor's browser, by name or by a name rebound to loopback.
  if (!localHost.test(request.headers.host ?? '') || (origin !== undefined && !localOrigin.test(origin))) {
    throw new ContentRequestError(
      403,
      `Only pages of this machine may call this service, not ${origin ?? request.headers.host}.`,
    )
  }
  response.setHeader('X-Content-Type-Options', 'nosniff')
  if (origin !== undefined) {
    response.setHeader('Access-Control-Allow-Origin', origin)
    response.setHeader('Vary', 'Origin')
    response.setHeader('Access-Control-Expose-Headers', 'Content-Length, ETag, X-Ipfs-Path')
  }
  if (request.method === 'OPTIONS') {
    response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, POST')
    response.setHeader('Access-Control-Allow-Headers', 'Content-Type, Accept')
    response.writeHead(204).end()
    return
  }
  if (url.pathname.startsWith('/ipfs/')) return serveGateway(call)
  const command = /^\/api\/v0\/(.+?)\/?$/.exec(url.pathname)?.[1]
  const handler = command === undefined ? undefined : commands.get(command)
  if (handler === undefined) throw new ContentRequestError(404, `This service has no ${url.pathname}.`)
  if (request.method !== 'POST')
    throw new ContentRequestError(405, `${url.pathname} takes POST, not ${request.method}.`)
  return handler(call)
}

const commands = new Map<string, (call: Call) => Promise<void>>([
  [
    'version',
    async (call) =>
      sendJson(call, {
        Version: '0.1.0',
        Commit: '',
        Repo: '1',
        System: `${process.arch}/${process.platform}`,
        Golang: '',
      }),
  ],
  [
    'id',
    async (call) =>
      sendJson(call, { ID: call.identity, PublicKey: '', Addresses: [], AgentVersion: 'assay/0.1.0', Protocols: [] }),
  ],
  ['add', add],
  ['cat', cat],
  ['dag/import', importArchive],
  ['block/get', async (call) => sendBytes(call, await call.blocks.get(cidArgument(call)), 'application/octet-stream')],
  ['block/put', putBlock],
  [
    'block/stat',
    async (call) => {
      const cid = cidArgument(call)
      sendJson(call, { Key: cid.toString(), Size: (await call.blocks.get(cid)).length })
    },
  ],
  [
    'pin/add',
    async (call) => {
      const cid = cidArgument(call)
      await call.blocks.pin(cid)
      sendJson(call, { Pins: [cid.toString()] })
    },
  ],
  [
    'pin/rm',
    async (call) => {
      const cid = cidArgument(call)
      await call.blocks.unpin(cid)
      sendJson(call, { Pins: [cid.toString()] })
    },
  ],
  ['pin/ls', listPins],
])

async function add(call: Call): Promise<void> {
  const { request, response, url, blocks, maxAddBytes } = call
  const options = url.searchParams
  if (options.get('wrap-with-directory') === 'true' || options.get('only-hash') === 'true') {
    throw new ContentRequestError(400, 'This service adds single files; leave out wrap-with-directory and only-hash.')
  }
  const expected = new Map([
    ['cid-version', '1'],
    ['raw-leaves', 'true'],
    ['chunker', 'size-1048576'],
    ['hash', 'sha2-256'],
  ])
  for (const [name, value] of expected) {
    const actual = options.get(name)
    if (actual !== null && actual !== value) {
      throw new ContentRequestError(
        400,
        `${name} is ${JSON.stringify(actual)}; this service makes files with ${name}=${value} only.`,
      )
    }
  }
  refuseLongBody(request, maxAddBytes + 64 * 1024)

  const added: string[] = []
  for await (const part of readParts(request, boundaryOf(request.headers['content-type']))) {
    if (part.headers.get('content-type') === 'application/x-directory') continue
    const name = /filename="([^"]*)"/.exec(part.headers.get('content-disposition') ?? '')?.[1] ?? ''
    const { cid, bytes } = await blocks.add(part.content, { maxBytes: maxAddBytes })
    added.push(JSON.stringify({ Name: decodeName(name) || cid.toString(), Hash: cid.toString(), Size: String(bytes) }))
  }
  if (added.length === 0) throw new ContentRequestError(400, 'The body holds no file; send one as a part named "file".')
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(`${added.join('\n')}\n`)
}

async function importArchive(call: Call): Promise<void> {
  const { request, response, blocks, maxAddBytes } = call
  const maxBytes = maxCarFiles * maxAddBytes
  refuseLongBody(request, maxBytes + 64 * 1024)

  const lines: string[] = []
  for await (const part of readParts(request, boundaryOf(request.headers['content-type']))) {
    for (const cid of await importCar(part.content, { blocks, maxBytes })) {
      lines.push(JSON.stringify({ Root: { Cid: { '/': cid.toString() }, PinErrorMsg: '' } }))
    }
  }
  if (lines.length === 0) throw new ContentRequestError(400, 'The body holds no CAR with roots; send one as a part.')
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(`${lines.join('\n')}\n`)
}

async function putBlock(call: Call): Promise<void> {
  const { request, url, blocks } = call
  const codec = codecOf(url.searchParams.get('cid-codec') ?? url.searchParams.get('format') ?? 'raw')
  const hash = url.searchParams.get('mhtype') ?? 'sha2-256'
  if (hash !== 'sha2-256')
    throw new ContentRequestError(400, `mhtype is ${JSON.stringify(hash)}; this service hashes with sha2-256.`)
  const named = url.searchParams.get('cid')
  const expected = named === null ? undefined : parseCid(named)
  refuseLongBody(request, maxBlockBytes + 64 * 1024)

  for await (const part of readParts(request, boundaryOf(request.headers['content-type']))) {
    const pieces: Uint8Array[] = []
    let size = 0
    for await (const piece of part.content) {
      size += piece.length
      if (size > maxBlockBytes) throw new ContentTooLargeError(maxBlockBytes)
      pieces.push(piece)
    }
    const cid = await blocks.put(Buffer.concat(pieces), { codec, ...(expected && { expected }) })
    return sendJson(call, { Key: cid.toString(), Size: size })
  }
  throw new ContentRequestError(400, 'The body holds no block; send one as a part named "data".')
}

async function cat(call: Call): Promise<void> {
  const file = await call.blocks.file(cidArgument(call))
  const offset = integerArgument(call, 'offset') ?? 0
  const length = integerArgument(call, 'length') ?? file.bytes
  const available = Math.max(0, file.bytes - offset)
  await stream(call, available === 0 ? emptyContent() : file.read({ offset, length: Math.min(length, available) }))
}

async function listPins(call: Call): Promise<void> {
  const wanted = call.url.searchParams.getAll('arg').map((text) => parseCid(text).toString())
  const pins = (await call.blocks.pins()).map((cid) => cid.toString())
  const missing = wanted.find((cid) => !pins.includes(cid))
  if (missing !== undefined) throw new ContentRequestError(404, `${missing} is not pinned here.`)
  const listed = wanted.length > 0 ? wanted : pins
  if (call.url.searchParams.get('stream') === 'true') {
    const lines = listed.map((cid) => `${JSON.stringify({ Type: 'recursive', Cid: cid })}\n`)
    call.response.writeHead(200, { 'Content-Type': 'application/json' }).end(lines.join(''))
  } else {
    sendJson(call, { Keys: Object.fromEntries(listed.map((cid) => [cid, { Type: 'recursive' }])) })
  }
}

async function serveGateway(call: Call): Promise<void> {
  const { request, response, url, blocks } = call
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    throw new ContentRequestError(405, `The gateway takes GET and HEAD, not ${request.method}.`)
  }
  const cid = parseCid(decodeURIComponent(url.pathname))
  const format =
    url.searchParams.get('format') ?? (request.headers.accept?.includes('application/vnd.ipld.raw') ? 'raw' : 'file')
  if (format !== 'raw' && format !== 'file') {
    throw new ContentRequestError(
      406,
      `The format is ${JSON.stringify(format)}; this gateway serves format=raw and whole files.`,
    )
  }
  response.setHeader('X-Ipfs-Path', `/ipfs/${cid}`)
  response.setHeader('ETag', `"${cid}.${format}"`)
  response.setHeader('Vary', 'Origin, Accept')
  response.setHeader('Content-Disposition', `attachment; filename="${cid}.${format === 'raw' ? 'bin' : 'dat'}"`)
  if (format === 'raw') return sendBytes(call, await blocks.get(cid), 'application/vnd.ipld.raw')
  const file = await blocks.file(cid)
  response.setHeader('Content-Length', file.bytes.toString())
  await stream(call, file.read())
}

/** Sends chunks as they come. The head waits for the first chunk, so that missing content still gets its own status. */
async function stream({ request, response }: Call, content: AsyncIterable<Uint8Array>): Promise<void> {
  const chunks = content[Symbol.asyncIterator]()
  const first = await chunks.next()
  response.setHeader('Content-Type', 'application/octet-stream')
  if (response.hasHeader('ETag')) response.setHeader('Cache-Control', 'public, max-age=29030400, immutable')
  response.writeHead(200)
  if (request.method === 'HEAD' || first.done === true) {
    response.end()
    return
  }
  async function* all() {
    yield first.value
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value
  }
  await pipeline(all, response)
}

function sendBytes({ request, response }: Call, bytes: Uint8Array, contentType: string): void {
  if (response.hasHeader('ETag')) response.setHeader('Cache-Control', 'public, max-age=29030400, immutable')
  response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': bytes.length })
  response.end(request.method === 'HEAD' ? undefined : bytes)
}

function sendJson({ response }: Call, body: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // Once the head is out, breaking the connection is the only way to say that the body is not whole.
  if (response.headersSent) {
    response.destroy()
    return
  }
  // What is left of a refused body is not read.
  if (!request.complete) {
    response.setHeader('Connection', 'close')
    response.once('finish', () => request.destroy())
  }
  const message = error instanceof Error ? error.message : String(error)
  for (const name of ['ETag', 'Content-Length', 'Content-Disposition', 'X-Ipfs-Path']) response.removeHeader(name)
  response.writeHead(statusOf(error), { 'Content-Type': 'application/json' })
  response.end(`${JSON.stringify({ Message: message, Code: 0, Type: 'error' })}\n`)
}

function statusOf(error: unknown): number {
  if (error instanceof ContentRequestError) return error.status
  if (error instanceof BlockMissingError) return 404
  if (error instanceof ContentTooLargeError) return 413
  if (
    error instanceof CidUnsupportedError ||
    error instanceof BlockMismatchError ||
    error instanceof MultipartError ||
    error instanceof CarError
  )
    return 400
  return error instanceof BlockCorruptError ? 502 : 500
}

function cidArgument({ url }: Call) {
  const text = url.searchParams.get('arg')
  if (text === null) throw new ContentRequestError(400, `${url.pathname} needs a CID as its argument: ?arg=bafy….`)
  return parseCid(text)
}

function integerArgument({ url }: Call, name: string): number | undefined {
  const text = url.searchParams.get(name)
  if (text === null) return undefined
  if (!/^\d{1,15}$/.test(text))
    throw new ContentRequestError(400, `${name} is ${JSON.stringify(text)}; it takes a number of bytes.`)
  return Number(text)
}

function codecOf(name: string): Codec {
  if (name === 'raw') return 'raw'
  if (name === 'dag-pb' || name === 'protobuf') return 'dag-pb'
  throw new ContentRequestError(400, `The codec is ${JSON.stringify(name)}; this service keeps raw and dag-pb blocks.`)
}

function refuseLongBody(request: IncomingMessage, maxBytes: number): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw new ContentTooLargeError(maxBytes)
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

async function* emptyContent(): AsyncGenerator<Uint8Array> {}

/** A peer id of this directory, made once: clients want one, though nothing is signed with its key, which is not kept. */
async function readIdentity(directory: string): Promise<string> {
  const path = join(directory, 'identity')
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch {
    const key = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
    // Identity multihash of a libp2p public key: type 1 (Ed25519), 32 bytes.
    const identity = base58btc.baseEncode(Buffer.concat([Buffer.from([0x00, 0x24, 0x08, 0x01, 0x12, 0x20]), key]))
    await writeFile(path, `${identity}\n`)
    return identity
  }
}
