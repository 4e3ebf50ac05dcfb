import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { addressIn } from '@assay/sdk/deployment'
import { maxOrderBytes, OrderFileInvalidError } from '@assay/sdk/orderFile'
import { acceptOrder, type OrderDesk } from './acceptOrder.ts'
import { JobRefusedError, RetryableError } from './jobErrors.ts'
import { listen } from './listen.ts'
import { redactUrls } from './redactUrls.ts'
import { type StoredJob, toJson } from './store.ts'

/** Orders whose signature and balance are asked of the chain at the same time; further ones are put off. */
const checkedAtOnce = 16
const requestTimeoutMs = 10_000
const retryAfterSeconds = 5

/**
 * Serves a worker's desk for signed orders over HTTP. `POST /orders` takes an order file and answers 202, or says in `error` and `message` why not:
 * 400 the file is wrong, 413 it is too large, 422 the order is refused for good, 503 it may be taken later. `GET /orders/<jobId>` says what became of it.
 * @param address `port` 0 takes a free one
 * @returns its URL and a function that closes it
 * @throws PortInUseError, AddressMissingError without the lens that judges signatures
 */
export async function startOrderServer(
  desk: OrderDesk & { ready: () => boolean },
  address: { host: string; port: number },
): Promise<{ url: string; close: () => Promise<void> }> {
  addressIn(desk.chain.network, 'marketLens')
  let checking = 0

  async function take(request: IncomingMessage): Promise<Reply> {
    const bytes = await readBody(request)
    if (bytes === undefined) {
      return { status: 413, body: failure('too-large', `An order file has at most ${maxOrderBytes} bytes.`) }
    }
    if (!desk.ready()) return { status: 503, body: failure('not-ready', 'The worker takes no orders now.') }
    if (checking >= checkedAtOnce) return { status: 503, body: failure('busy', 'Too many orders come at once.') }
    checking += 1
    try {
      const jobId = await acceptOrder(bytes, desk)
      return { status: 202, body: shown(jobId, desk) }
    } catch (error) {
      if (error instanceof OrderFileInvalidError) return { status: 400, body: failure('file-invalid', error.message) }
      if (error instanceof JobRefusedError) return { status: 422, body: failure(error.reason, error.message) }
      if (error instanceof RetryableError) return { status: 503, body: failure(error.reason, error.message) }
      throw error
    } finally {
      checking -= 1
    }
  }

  async function reply(request: IncomingMessage): Promise<Reply> {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const asked = /^\/orders\/(0x[0-9a-f]{64})$/.exec(path)?.[1]
    if (request.method === 'POST' && path === '/orders') return take(request)
    if (request.method === 'GET' && asked !== undefined) {
      // The pattern is narrower than viem's Hex.
      const jobId = asked as StoredJob['jobId']
      const isKnown = desk.store.job(jobId)?.signature !== undefined
      if (isKnown) return { status: 200, body: shown(jobId, desk) }
    }
    if (request.method === 'OPTIONS') return { status: 204 }
    return {
      status: 404,
      body: failure('not-found', 'This server takes POST /orders, and GET /orders/<jobId> of those.'),
    }
  }

  const server = createServer((request, response) => {
    reply(request).then(
      (answer) => send(response, answer),
      // What went wrong inside is no business of whoever asked.
      () =>
        send(response, { status: 500, body: failure('internal', 'The order could not be looked at; post it again.') }),
    )
  })
  server.requestTimeout = requestTimeoutMs
  return listen(server, address)
}

type Reply = { status: number; body?: object }

const failure = (error: string, message: string) => ({ error, message })

function shown(jobId: StoredJob['jobId'], { store }: Pick<OrderDesk, 'store'>): object {
  const { status, stage, reason, detail } = store.job(jobId) ?? {}
  return { jobId, status, stage, reason, detail }
}

/** The body; undefined when it is longer than an order file may be. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request) {
    bytes += piece.length
    if (bytes > maxOrderBytes) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** Pages of any origin may post: an order is worth what its signature is, whoever brings it. */
function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'X-Content-Type-Options': 'nosniff',
    'Access-Control-Allow-Origin': '*',
    ...(status === 204 && {
      'Access-Control-Allow-Methods': 'GET, POST',
      'Access-Control-Allow-Headers': 'Content-Type',
    }),
    ...(status === 503 && { 'Retry-After': String(retryAfterSeconds) }),
    ...(status === 413 && { Connection: 'close' }),
  })
  response.end(body === undefined ? '' : `${redactUrls(toJson(body))}\n`)
}
