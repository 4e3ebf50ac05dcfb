import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Health } from './health.ts'
import { listen } from './listen.ts'
import { type Store, type StoredJob, toJson } from './store.ts'

/** What the status pages show. */
export type StatusSources = {
  health: Pick<Health, 'ready' | 'states'>
  /** Text for Prometheus. */
  metrics: () => string
  /** The machine that signs lists its jobs; an executor has none of its own. */
  jobs?: { store: Pick<Store, 'recentJobs'>; running: () => string[] }
}

const localOrigin = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/
const jobsShown = 200

/**
 * Serves a process's state over HTTP, read-only: /live, /ready, /health, /metrics (Prometheus) and, where there are any, /jobs.
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
  const { health, jobs, metrics } = sources
  const page = new URL(request.url ?? '/', 'http://localhost').pathname
  if (page === '/live') send(response, 200, { live: true })
  else if (page === '/ready') send(response, health.ready() ? 200 : 503, { ready: health.ready() })
  else if (page === '/health') {
    send(response, health.ready() ? 200 : 503, { ready: health.ready(), dependencies: health.states() })
  } else if (page === '/metrics') {
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4' }).end(metrics())
  } else if (page === '/jobs' && jobs !== undefined) {
    const shown = jobs.store.recentJobs(jobsShown).map((job) => shownJob(job, jobs.running()))
    send(response, 200, shown)
  } else {
    const pages = `/live, /ready, /health${jobs === undefined ? '' : ', /jobs'} and /metrics`
    send(response, 404, { error: `This server has ${pages}.` })
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
