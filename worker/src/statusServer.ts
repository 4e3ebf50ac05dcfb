import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Endpoints } from './endpoints.ts'
import type { Health } from './health.ts'
import { listen } from './listen.ts'
import type { LoopLag } from './loopLag.ts'
import type { ModelCache } from './modelCache.ts'
import type { Sandbox } from './sandbox/createSandbox.ts'
import { type Store, type StoredJob, toJson } from './store.ts'
import { workerMetrics } from './workerMetrics.ts'

/** What the status pages show. */
export type StatusSources = {
  health: Health
  store: Pick<Store, 'counts' | 'reasonCounts' | 'cursor' | 'outboxCounts' | 'recentJobs'>
  cache: Pick<ModelCache, 'bytes' | 'counts'>
  sandbox: Pick<Sandbox, 'rung' | 'waiting' | 'violations'>
  running: () => string[]
  endpoints: Pick<Endpoints, 'states'>
  loopLag: Pick<LoopLag, 'quantiles'>
}

const localOrigin = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/
const jobsShown = 200

/**
 * Serves the worker's state over HTTP, read-only: /live, /ready, /health, /jobs, /metrics (Prometheus).
 * @param address `port` 0 takes a free one
 * @returns its URL and a function that closes it
 * @throws PortInUseError
 */
export function startStatusServer(sources: StatusSources, address: { host: string; port: number }) {
  const server = createServer((request, response) => serve(sources, { request, response }))
  return listen(server, address)
}

function serve(
  sources: StatusSources,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): void {
  const { origin } = request.headers
  if (origin !== undefined && localOrigin.test(origin)) {
    response.setHeader('Access-Control-Allow-Origin', origin)
    response.setHeader('Vary', 'Origin')
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    send(response, 405, { error: 'This server takes GET.' })
    return
  }
  const { health, store, running } = sources
  switch (new URL(request.url ?? '/', 'http://localhost').pathname) {
    case '/live':
      send(response, 200, { live: true })
      return
    case '/ready':
      send(response, health.ready() ? 200 : 503, { ready: health.ready() })
      return
    case '/health':
      send(response, health.ready() ? 200 : 503, { ready: health.ready(), dependencies: health.states() })
      return
    case '/jobs':
      send(
        response,
        200,
        store.recentJobs(jobsShown).map((job) => shownJob(job, running())),
      )
      return
    case '/metrics':
      response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(workerMetrics(sources))
      return
    default:
      send(response, 404, { error: 'This server has /live, /ready, /health, /jobs and /metrics.' })
      return
  }
}

function shownJob(job: StoredJob, running: readonly string[]) {
  const {
    jobId,
    status,
    stage,
    reason,
    detail,
    price,
    due,
    settlement,
    settledIn,
    durations,
    requestBlock,
    updatedAt,
  } = job
  const { requester, modelId } = job.order
  return {
    jobId,
    status,
    stage,
    running: running.includes(jobId),
    reason,
    detail,
    requester,
    modelId,
    requestBlock,
    price,
    due,
    outputs: job.answer?.outputs,
    settlement,
    settledIn,
    durations,
    updatedAt,
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${toJson(body)}\n`)
}
