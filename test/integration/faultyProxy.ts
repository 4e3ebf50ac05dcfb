import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { listen } from '@assay/worker/listen'

/** What becomes of one request: handed on, refused with 503, answered with altered bytes, handed on with its answer lost, or lost itself. */
export type Fate = 'pass' | 'refuse' | 'alter' | 'mute' | 'swallow'

/** A request as the proxy sees it. */
export type Seen = { url: string; body: string }

/** A server between the command line and a service, whose `decide` may be replaced at any time. */
export type FaultyProxy = { url: string; decide: (seen: Seen) => Fate; close: () => Promise<void> }

/** Starts it on a free port of 127.0.0.1; at first everything passes. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const server = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => Buffer.alloc(0))
    const fate = proxy.decide({ url: request.url ?? '', body: body.toString('latin1') })
    if (fate === 'swallow') return void response.destroy()
    if (fate === 'refuse') return void response.writeHead(503).end('busy')
    const headers = { 'content-type': request.headers['content-type'] ?? '' }
    const init = request.method === 'POST' ? { method: 'POST', headers, body } : {}
    const answer = await fetch(`${target}${request.url}`, init)
    const bytes = new Uint8Array(await answer.arrayBuffer())
    if (fate === 'mute') return void response.destroy()
    if (fate === 'alter') bytes[0] = (bytes[0] ?? 0) ^ 1
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(bytes)
  })
  const { url, close } = await listen(server, { host: '127.0.0.1', port: 0 })
  const proxy: FaultyProxy = { url, decide: () => 'pass', close }
  return proxy
}
