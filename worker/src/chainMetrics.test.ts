import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainMetrics } from './chainMetrics.ts'

test('behavior: S0-REL-1 S0-REL-4 breakers, heads, the cursor and the outbox have a line each', () => {
  const endpoints = [
    { label: '1:a.test', breaker: 'closed' as const, head: 9 },
    { label: '2:b.test', breaker: 'open' as const, head: 0 },
  ]
  const store = {
    cursor: () => ({ block: 8, hash: '0x00' as const }),
    outboxCounts: () => ({ parked: 1, final: 4 }),
  }

  assert.deepEqual(
    chainMetrics(endpoints, store).filter((line) => !line.startsWith('#')),
    [
      'assay_worker_breaker_state{dependency="chain",endpoint="1:a.test"} 0',
      'assay_worker_breaker_state{dependency="chain",endpoint="2:b.test"} 2',
      'assay_worker_endpoint_head{endpoint="1:a.test"} 9',
      'assay_worker_endpoint_head{endpoint="2:b.test"} 0',
      'assay_worker_cursor_block 8',
      'assay_worker_outbox{status="parked"} 1',
      'assay_worker_outbox{status="final"} 4',
    ],
  )
})
