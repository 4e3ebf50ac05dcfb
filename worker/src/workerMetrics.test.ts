import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metricCatalogue } from './metricCatalogue.ts'
import { workerMetrics } from './workerMetrics.ts'

const since = '2026-01-01T00:00:00.000Z'

function fakeSources(): Parameters<typeof workerMetrics>[0] {
  const state = { ok: true, detail: 'answers', since }
  return {
    health: {
      report: () => undefined,
      ready: () => false,
      states: () => ({ chain: { ...state, ok: false }, content: state, account: state, sandbox: state, prover: state }),
    },
    store: {
      counts: () => ({ open: 2, ended: 1 }),
      reasonCounts: () => ({ 'price-too-low': 1 }),
      cursor: () => ({ block: 8, hash: '0x00' }),
      outboxCounts: () => ({ final: 4 }),
      recentJobs: () => [],
    },
    cache: { counts: () => ({ fetched: 3, found: 2, evicted: 1 }), bytes: () => 77 },
    sandbox: { rung: 'limited', waiting: () => 1, violations: () => violations },
    running: () => ['0x01'],
    endpoints: { states: () => [{ label: 'a"b', breaker: 'half-open', head: 9 }] },
  }
}
const violations = { memory: 1, cpu: 0, wall: 0, output: 0, files: 0, processes: 0, network: 0 }

test('behavior: every metric has its help, its type and its values', () => {
  const lines = workerMetrics(fakeSources()).split('\n')

  for (const [name, { type, help }] of Object.entries(metricCatalogue)) {
    assert.ok(lines.includes(`# HELP ${name} ${help}`), name)
    assert.ok(lines.includes(`# TYPE ${name} ${type}`), name)
  }
  for (const line of [
    'assay_worker_jobs{status="open"} 2',
    'assay_worker_jobs_by_reason{reason="price-too-low"} 1',
    'assay_worker_jobs_running 1',
    'assay_worker_dependency_up{dependency="chain"} 0',
    'assay_worker_breaker_state{dependency="chain",endpoint="a\\"b"} 1',
    'assay_worker_sandbox_violation_total{kind="memory"} 1',
  ]) {
    assert.ok(lines.includes(line), line)
  }
})

test('invariant: every line is one that Prometheus reads, and has the labels of its metric', () => {
  const samples = workerMetrics(fakeSources())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

  for (const line of samples) {
    const match = /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)+)\})? \d+$/.exec(line)
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
