/** What Prometheus is told of a metric. */
export type MetricDescription = { type: 'counter' | 'gauge'; labels: readonly string[]; help: string }

/**
 * Every metric of the worker, in the order of /metrics. A name, once here, keeps its meaning: dashboards and alerts are built on it.
 * docs/metrics.md is written from this.
 */
export const metricCatalogue = {
  assay_worker_jobs: {
    type: 'gauge',
    labels: ['status'],
    help: 'Jobs in the store by status; falls when a reorganisation takes a job back.',
  },
  assay_worker_jobs_by_reason: {
    type: 'gauge',
    labels: ['reason'],
    help: 'Jobs in the store that are not, or no longer, worked on, by reason code.',
  },
  assay_worker_jobs_running: { type: 'gauge', labels: [], help: 'Jobs that are worked on now.' },
  assay_worker_dependency_up: {
    type: 'gauge',
    labels: ['dependency'],
    help: '1 while a dependency works, 0 while it does not; the worker claims nothing unless all are 1.',
  },
  assay_worker_breaker_state: {
    type: 'gauge',
    labels: ['dependency', 'endpoint'],
    help: 'Breaker of an endpoint: 0 closed (it is asked), 1 half-open (it is tried), 2 open (it is left alone).',
  },
  assay_worker_endpoint_head: {
    type: 'gauge',
    labels: ['endpoint'],
    help: 'Highest block that an endpoint told of; 0 before the first.',
  },
  assay_worker_cursor_block: { type: 'gauge', labels: [], help: 'Block up to which events are read.' },
  assay_worker_outbox: {
    type: 'gauge',
    labels: ['status'],
    help: 'Entries of the outbox by status; parked ones wait until gas costs no more than they may pay.',
  },
  assay_worker_model_cache_bytes: { type: 'gauge', labels: [], help: 'Bytes of model files on disk.' },
  assay_worker_model_cache_total: {
    type: 'counter',
    labels: ['event'],
    help: 'Model files that were fetched, found on disk, or evicted.',
  },
  assay_worker_sandbox_rung: {
    type: 'gauge',
    labels: ['rung'],
    help: '1 for the rung of isolation that computations run at.',
  },
  assay_worker_sandbox_waiting: {
    type: 'gauge',
    labels: [],
    help: 'Computations that wait for room in memory.',
  },
  assay_worker_sandbox_violation_total: {
    type: 'counter',
    labels: ['kind'],
    help: 'Computations that were killed at a limit, by the kind of limit.',
  },
  assay_worker_sandbox_memory_bytes: {
    type: 'gauge',
    labels: ['of'],
    help: 'Memory that running computations are allowed (of="allowed"), and that all together may be (of="total").',
  },
  assay_worker_processes: {
    type: 'gauge',
    labels: ['of', 'state'],
    help: 'Processes that have loaded a model (of="inference") or a key (of="prover"): at work, idle, and asked for by who waits.',
  },
  assay_worker_process_memory_bytes: {
    type: 'gauge',
    labels: ['of'],
    help: 'Memory that these processes may use together.',
  },
  assay_worker_processes_total: {
    type: 'counter',
    labels: ['of', 'event'],
    help: 'Such processes that were started, that died at work, and that were evicted for others.',
  },
  assay_worker_job_slots: {
    type: 'gauge',
    labels: ['of'],
    help: 'Jobs that may be under way: now (of="open"), fewer while memory is short, and at most (of="configured").',
  },
  assay_worker_resident_bytes: { type: 'gauge', labels: [], help: 'Resident memory of the process itself.' },
  assay_worker_heap_bytes: { type: 'gauge', labels: [], help: 'Objects on its JavaScript heap.' },
  assay_worker_external_bytes: { type: 'gauge', labels: [], help: 'Buffers and the like outside that heap.' },
  assay_worker_loop_lag_seconds: {
    type: 'gauge',
    labels: ['quantile'],
    help: 'How late its timers ran in the latest 15 s, or in the 15 s before them when that was worse.',
  },
  assay_worker_disk_free_bytes: { type: 'gauge', labels: [], help: 'Bytes that are free on the disk of dataDir.' },
  assay_worker_memory_available_bytes: {
    type: 'gauge',
    labels: [],
    help: 'Memory of the machine that can be had without swapping.',
  },
  assay_worker_key_age_seconds: {
    type: 'gauge',
    labels: [],
    help: 'Age of the signing key; absent when its file does not say when it was made.',
  },
  assay_worker_start_time_seconds: { type: 'gauge', labels: [], help: 'When the daemon started, in unix seconds.' },
  assay_worker_executors: {
    type: 'gauge',
    labels: [],
    help: 'Executors that are there; 1, the daemon itself, when it computes.',
  },
  assay_worker_executor_slots: {
    type: 'gauge',
    labels: [],
    help: 'Jobs that the executors compute at the same time; of an executor, its own.',
  },
  assay_worker_queue_items: {
    type: 'gauge',
    labels: ['state'],
    help: 'Items in the queue between daemon and executors, by state.',
  },
  assay_worker_results_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Results that executors handed in: accepted, failed (it says why), refused (it was wrong), unwanted (late or twice).',
  },
  assay_worker_items_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Items that this executor took: answered, failed, given-back, lost (its lease ran out).',
  },
} as const satisfies Record<string, MetricDescription>

/** Name of a metric in the catalogue. */
export type MetricName = keyof typeof metricCatalogue

type LabelOf<Name extends MetricName> = (typeof metricCatalogue)[Name]['labels'][number]

/** A value of a metric, and its labels when the metric has any. */
export type Sample<Name extends MetricName> = { value: number } & ([LabelOf<Name>] extends [never]
  ? unknown
  : { labels: Record<LabelOf<Name>, string> })

/** Samples of some metrics; a metric may have none yet. */
export type Samples<Name extends MetricName = MetricName> = { [Each in Name]: readonly Sample<Each>[] }

/** Text for Prometheus of metrics (exposition format 0.0.4), in the catalogue's order. */
export function renderMetrics(samples: Partial<Samples>): string {
  // The keys of a constant are its names.
  const names = Object.keys(metricCatalogue) as MetricName[]
  const lines = names.flatMap((name) => {
    const values = samples[name]
    return values === undefined ? [] : [...headOf(name), ...values.map((sample) => lineOf(name, sample))]
  })
  return `${lines.join('\n')}\n`
}

function headOf(name: MetricName): string[] {
  const { type, help } = metricCatalogue[name]
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function lineOf(name: MetricName, sample: { value: number; labels?: Record<string, string> }): string {
  const pairs = Object.entries(sample.labels ?? {}).map(([label, value]) => `${label}="${escapeLabel(value)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${sample.value}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
