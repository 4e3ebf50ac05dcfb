import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeSources } from './fakeSources.ts'
import { metricCatalogue } from './metricCatalogue.ts'
import { workerMetrics } from './workerMetrics.ts'

test('behavior: S0-REL-5 every metric has its help, its type and its values', () => {
  const lines = workerMetrics(fakeSources()).split('\n')

  for (const [name, { type, help }] of Object.entries(metricCatalogue)) {
    assert.ok(lines.includes(`# HELP ${name} ${help}`), name)
    assert.ok(lines.includes(`# TYPE ${name} ${type}`), name)
  }
  for (const line of [
    'assay_worker_jobs{status="open"} 2',
    'assay_worker_jobs{status="slashed"} 0',
    'assay_worker_jobs_by_reason{reason="price-too-low"} 1',
    'assay_worker_jobs_running 1',
    'assay_worker_dependency_up{dependency="chain"} 0',
    'assay_worker_breaker_state{dependency="chain",endpoint="a\\"b"} 1',
    'assay_worker_sandbox_violation_total{kind="memory"} 1',
    'assay_worker_sandbox_memory_bytes{of="allowed"} 2097152',
    'assay_worker_job_slots{of="open"} 1',
    'assay_worker_processes{of="prover",state="idle"} 2',
    'assay_worker_process_memory_bytes{of="prover"} 1048576',
    'assay_worker_processes_total{of="inference",event="evicted"} 1',
    'assay_worker_resident_bytes 5',
    'assay_worker_heap_bytes 3',
    'assay_worker_external_bytes 2',
    'assay_worker_loop_lag_seconds{quantile="0.99"} 0.01',
    'assay_worker_disk_free_bytes 6',
    'assay_worker_memory_available_bytes 7',
    'assay_worker_start_time_seconds 0',
    'assay_worker_executors 2',
    'assay_worker_executor_slots 4',
    'assay_worker_queue_items{state="running"} 2',
    'assay_worker_results_total{outcome="refused"} 1',
  ]) {
    assert.ok(lines.includes(line), line)
  }
})

test('invariant: every line is one that Prometheus reads, and has the labels of its metric', () => {
  const samples = workerMetrics(fakeSources())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

  for (const line of samples) {
    const match = /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)+)\})? \d+(?:\.\d+)?$/.exec(line)
    assert.ok(match, line)
    const labels = [...(match[2] ?? '').matchAll(/([a-z]+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label)
    const described = Object.entries(metricCatalogue).find(([name]) => name === match[1])
    assert.deepEqual(labels, [...(described?.[1].labels ?? ['unknown'])])
  }
})

test('invariant: names and types follow the conventions: counters end in _total, nothing else does', () => {
  for (const [name, { type, help }] of Object.entries(metricCatalogue)) {
    assert.match(name, /^assay_worker_[a-z_]+$/)
    assert.equal(name.endsWith('_total'), type === 'counter', name)
    assert.match(help, /^[A-Z0-9].*\.$/, name)
  }
})
