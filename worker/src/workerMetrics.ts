import { chainMetrics } from './chainMetrics.ts'
import { renderMetrics } from './metricCatalogue.ts'
import type { StatusSources } from './statusServer.ts'

/** The worker's metrics now, as text for Prometheus; metricCatalogue.ts says what each means. */
export function workerMetrics({ health, store, cache, sandbox, running, endpoints, loopLag }: StatusSources): string {
  const { fetched, found, evicted } = cache.counts()
  const { rss, heapUsed, external } = process.memoryUsage()
  return renderMetrics({
    assay_worker_jobs: Object.entries(store.counts()).map(([status, value]) => ({ labels: { status }, value })),
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
    assay_worker_resident_bytes: [{ value: rss }],
    assay_worker_heap_bytes: [{ value: heapUsed }],
    assay_worker_external_bytes: [{ value: external }],
    assay_worker_loop_lag_seconds: Object.entries(loopLag.quantiles()).map(([quantile, value]) => ({
      labels: { quantile },
      value,
    })),
  })
}
