import { chainMetrics } from './chainMetrics.ts'
import type { Executor } from './executor.ts'
import { jobStatuses } from './jobEvents.ts'
import { renderMetrics, type Samples } from './metricCatalogue.ts'
import type { Compute } from './openCompute.ts'
import { resourceMetrics } from './resourceMetrics.ts'
import type { StatusSources } from './workerPages.ts'
import { keyAge } from './workerStatus.ts'

/** What the metrics that every process of a worker has are read from. */
export type ProcessSources = Pick<StatusSources, 'health' | 'cache' | 'sandbox' | 'processes' | 'resources' | 'loopLag'>

const noJobs = Object.fromEntries(jobStatuses.map((status) => [status, 0]))

/** The worker's metrics now, as text for Prometheus; metricCatalogue.ts says what each means. */
export function workerMetrics(sources: StatusSources): string {
  const { store, running, endpoints, answers, fleet, slots, identity } = sources
  const key = keyAge(sources)
  const samples: Samples = {
    // With a zero for what has not happened yet: from nothing to 1 Prometheus sees no increase.
    assay_worker_jobs: labelled('status', { ...noJobs, ...store.counts() }),
    assay_worker_jobs_by_reason: labelled('reason', store.reasonCounts()),
    assay_worker_jobs_running: [{ value: running().length }],
    ...chainMetrics(endpoints.states(), store),
    ...processMetrics(sources),
    assay_worker_job_slots: labelled('of', { open: slots.open(), configured: slots.configured }),
    assay_worker_executors: [{ value: answers.executors().length }],
    assay_worker_executor_slots: [{ value: answers.executors().reduce((sum, each) => sum + each.slots, 0) }],
    assay_worker_queue_items: labelled('state', fleet?.counts().items),
    assay_worker_results_total: labelled('outcome', fleet?.counts().results),
    assay_worker_items_total: [],
    assay_worker_key_age_seconds: key === undefined ? [] : [{ value: key.ageDays * 86_400 }],
    assay_worker_start_time_seconds: [{ value: Math.floor(identity.startedAt / 1000) }],
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

function processMetrics(sources: ProcessSources) {
  const { health, cache, sandbox } = sources
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
    ...hotMetrics(sources.processes()),
    ...resourceMetrics(sources),
  } satisfies Partial<Samples>
}

/** How the processes stand that answer again and again. */
function hotMetrics(processes: ReturnType<Compute['processes']>) {
  const each = Object.entries(processes)
  return {
    assay_worker_processes: each.flatMap(([of, { lent, idle, waiting }]) =>
      Object.entries({ lent, idle, waiting }).map(([state, value]) => ({ labels: { of, state }, value })),
    ),
    assay_worker_process_memory_bytes: each.map(([of, { memoryMb }]) => ({
      labels: { of },
      value: memoryMb * 2 ** 20,
    })),
    assay_worker_processes_total: each.flatMap(([of, { started, died, evicted }]) =>
      Object.entries({ started, died, evicted }).map(([event, value]) => ({ labels: { of, event }, value })),
    ),
  } satisfies Partial<Samples>
}

/** One sample for each entry, named by a label. */
function labelled<Label extends string>(label: Label, values: Record<string, number> = {}) {
  // The only key is the label.
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name } as Record<Label, string>, value }))
}
