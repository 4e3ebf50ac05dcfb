import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Health } from './health.ts'
import { listen } from './listen.ts'

import { redactUrls } from './redactUrls.ts'
import { toJson } from './store.ts'

/** What the status server shows of a process. */
export type StatusPages = {
  health: Pick<Health, 'ready'>
  /** /metrics, text for Prometheus. */
  metrics: () => string
  /** Pages of JSON by their paths; the answer to /health is 503 while the process is not ready. */
  json: Record<`/${string}`, () => unknown>
}

const localOrigin = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/

/**
 * Serves a process's state over HTTP, read-only: /live, /ready, /metrics and its pages of JSON.
 * @param address `port` 0 takes a free one; pages of `allowedOrigins` may read it in a browser, as those of this machine may
 * @returns its URL and a function that closes it
 * @throws PortInUseError
 */
export function startStatusServer(
  pages: StatusPages,
  { allowedOrigins = [], ...address }: { host: string; port: number; allowedOrigins?: readonly string[] },
) {
  const server = createServer((request, response) => {
    const { origin } = request.headers
    // What is answered depends on it also where no origin is allowed.
    response.setHeader('Vary', 'Origin')
    if (origin !== undefined && (localOrigin.test(origin) || allowedOrigins.includes(origin))) {
      response.setHeader('Access-Control-Allow-Origin', origin)
    }
    serve(pages, { request, response }).catch((error: unknown) => {
      send(response, 500, { error: error instanceof Error ? error.message : String(error) })
    })
  })
  return listen(server, address)
}

async function serve(
  { health, metrics, json }: StatusPages,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(response, 405, { error: 'This server takes GET.' })
    return
  }
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  const page = Object.entries(json).find(([name]) => name === path)?.[1]
  if (path === '/live') send(response, 200, { live: true })
  else if (path === '/ready') send(response, health.ready() ? 200 : 503, { ready: health.ready() })
  else if (path === '/metrics') {
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(metrics())
  } else if (page !== undefined) {
    send(response, path === '/health' && !health.ready() ? 503 : 200, await page())
  } else {
    const names = ['/live', '/ready', ...Object.keys(json)].join(', ')
    send(response, 404, { error: `This server has ${names} and /metrics.` })
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${redactUrls(toJson(body))}\n`)
}
