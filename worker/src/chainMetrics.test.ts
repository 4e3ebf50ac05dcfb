import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainMetrics } from './chainMetrics.ts'

test('behavior: S0-REL-1 S0-REL-4 breakers, heads, the cursor and the outbox have a sample each', () => {
  const endpoints = [
    { label: '1:a.test', breaker: 'closed' as const, head: 9 },
    { label: '2:b.test', breaker: 'open' as const, head: 0 },
  ]
  const store = {
    cursor: () => ({ block: 8, hash: '0x00' as const }),
    outboxCounts: () => ({ parked: 1, final: 4 }),
  }

  assert.deepEqual(chainMetrics(endpoints, store), {
    assay_worker_breaker_state: [
      { labels: { dependency: 'chain', endpoint: '1:a.test' }, value: 0 },
      { labels: { dependency: 'chain', endpoint: '2:b.test' }, value: 2 },
    ],
    assay_worker_endpoint_head: [
      { labels: { endpoint: '1:a.test' }, value: 9 },
      { labels: { endpoint: '2:b.test' }, value: 0 },
    ],
    assay_worker_cursor_block: [{ value: 8 }],
    assay_worker_outbox: [
      { labels: { status: 'parked' }, value: 1 },
      { labels: { status: 'final' }, value: 4 },
    ],
  })
})
