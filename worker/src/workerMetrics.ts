import { chainMetrics } from './chainMetrics.ts'
import { jobStatuses } from './jobEvents.ts'
import { renderMetrics } from './metricCatalogue.ts'
import { resourceMetrics } from './resourceMetrics.ts'
import type { StatusSources } from './statusServer.ts'
import { keyAge } from './workerStatus.ts'

const noJobs = Object.fromEntries(jobStatuses.map((status) => [status, 0]))

/** The worker's metrics now, as text for Prometheus; metricCatalogue.ts says what each means. */
export function workerMetrics(sources: StatusSources): string {
  const { health, store, cache, sandbox, running, endpoints, identity } = sources
  const key = keyAge(sources)
  const { fetched, found, evicted } = cache.counts()
  return renderMetrics({
    // With a zero for what has not happened yet: from nothing to 1 Prometheus sees no increase.
    assay_worker_jobs: Object.entries({ ...noJobs, ...store.counts() }).map(([status, value]) => ({
      labels: { status },
      value,
    })),
    assay_worker_jobs_by_reason: Object.entries(store.reasonCounts()).map(([reason, value]) => ({
      labels: { reason },
      value,
    })),
    assay_worker_jobs_running: [{ value: running().length }],
    assay_worker_dependency_up: Object.entries(health.states()).map(([dependency, { ok }]) => ({
      labels: { dependency },
      value: ok ? 1 : 0,
    })),
    ...chainMetrics(endpoints.states(), store),
    assay_worker_model_cache_bytes: [{ value: cache.bytes() }],
    assay_worker_model_cache_total: Object.entries({ fetched, found, evicted }).map(([event, value]) => ({
      labels: { event },
      value,
    })),
    assay_worker_sandbox_rung: [{ labels: { rung: sandbox.rung }, value: 1 }],
    assay_worker_sandbox_waiting: [{ value: sandbox.waiting() }],
    assay_worker_sandbox_violation_total: Object.entries(sandbox.violations()).map(([kind, value]) => ({
      labels: { kind },
      value,
    })),
    ...resourceMetrics(sources),
    assay_worker_key_age_seconds: key === undefined ? [] : [{ value: key.ageDays * 86_400 }],
    assay_worker_start_time_seconds: [{ value: Math.floor(identity.startedAt / 1000) }],
  })
}
