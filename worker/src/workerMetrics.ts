import type { Answers } from './answers.ts'
import { chainMetrics } from './chainMetrics.ts'
import type { Endpoints } from './endpoints.ts'
import type { Executor } from './executor.ts'
import type { Fleet } from './fleet.ts'
import type { Health } from './health.ts'
import { renderMetrics, type Samples } from './metricCatalogue.ts'
import type { ModelCache } from './modelCache.ts'
import type { Sandbox } from './sandbox/createSandbox.ts'
import type { Store } from './store.ts'

/** What the metrics of the machine that signs are read from. */
export type MetricSources = ProcessSources & {
  store: Pick<Store, 'counts' | 'reasonCounts' | 'cursor' | 'outboxCounts'>
  running: () => string[]
  endpoints: Pick<Endpoints, 'states'>
  answers: Pick<Answers, 'executors'>
  fleet?: Pick<Fleet, 'counts'> | undefined
}

/** What the metrics that every process of a worker has are read from. */
export type ProcessSources = {
  health: Pick<Health, 'states'>
  cache: Pick<ModelCache, 'bytes' | 'counts'>
  sandbox: Pick<Sandbox, 'rung' | 'waiting' | 'violations'>
}

/** The worker's metrics now, as text for Prometheus; metricCatalogue.ts says what each means. */
export function workerMetrics({ store, running, endpoints, answers, fleet, ...sources }: MetricSources): string {
  const samples: Samples = {
    assay_worker_jobs: Object.entries(store.counts()).map(([status, value]) => ({ labels: { status }, value })),
    assay_worker_jobs_by_reason: Object.entries(store.reasonCounts()).map(([reason, value]) => ({
      labels: { reason },
      value,
    })),
    assay_worker_jobs_running: [{ value: running().length }],
    ...chainMetrics(endpoints.states(), store),
    ...processMetrics(sources),
    assay_worker_executors: [{ value: answers.executors().length }],
    assay_worker_executor_slots: [{ value: answers.executors().reduce((sum, { slots }) => sum + slots, 0) }],
    assay_worker_queue_items: labelled('state', fleet?.counts().items),
    assay_worker_results_total: labelled('outcome', fleet?.counts().results),
    assay_worker_items_total: [],
  }
  return renderMetrics(samples)
}

/** An executor's metrics now: those of any process of a worker, and its own items. */
export function executorMetrics({
  slots,
  executor,
  ...sources
}: ProcessSources & { slots: number; executor: Pick<Executor, 'running' | 'outcomes'> }): string {
  return renderMetrics({
    ...processMetrics(sources),
    assay_worker_jobs_running: [{ value: executor.running() }],
    assay_worker_executor_slots: [{ value: slots }],
    assay_worker_items_total: labelled('outcome', executor.outcomes()),
  })
}

function processMetrics({ health, cache, sandbox }: ProcessSources) {
  const { fetched, found, evicted } = cache.counts()
  return {
    assay_worker_dependency_up: Object.entries(health.states()).map(([dependency, { ok }]) => ({
      labels: { dependency },
      value: ok ? 1 : 0,
    })),
    assay_worker_model_cache_bytes: [{ value: cache.bytes() }],
    assay_worker_model_cache_total: labelled('event', { fetched, found, evicted }),
    assay_worker_sandbox_rung: [{ labels: { rung: sandbox.rung }, value: 1 }],
    assay_worker_sandbox_waiting: [{ value: sandbox.waiting() }],
    assay_worker_sandbox_violation_total: labelled('kind', sandbox.violations()),
    assay_worker_resident_bytes: [{ value: process.memoryUsage.rss() }],
  } satisfies Partial<Samples>
}

/** One sample for each entry, named by a label. */
function labelled<Label extends string>(label: Label, values: Record<string, number> = {}) {
  // The only key is the label.
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name } as Record<Label, string>, value }))
}
