import type { EndpointState } from './endpoints.ts'
import type { Store } from './store.ts'

const breakerNumbers = { closed: 0, 'half-open': 1, open: 2 } as const

/** Lines for Prometheus of the way to the chain: each endpoint's breaker and head, the last block read, and what is in the outbox. */
export function chainMetrics(
  endpoints: readonly EndpointState[],
  store: Pick<Store, 'cursor' | 'outboxCounts'>,
): string[] {
  const lines = ['# TYPE assay_worker_breaker_state gauge']
  for (const { label, breaker } of endpoints) {
    lines.push(`assay_worker_breaker_state{dependency="chain",endpoint="${label}"} ${breakerNumbers[breaker]}`)
  }
  lines.push('# TYPE assay_worker_endpoint_head gauge')
  for (const { label, head } of endpoints) lines.push(`assay_worker_endpoint_head{endpoint="${label}"} ${head}`)
  lines.push('# TYPE assay_worker_cursor_block gauge', `assay_worker_cursor_block ${store.cursor()?.block ?? 0}`)
  lines.push('# TYPE assay_worker_outbox gauge')
  for (const [status, entries] of Object.entries(store.outboxCounts())) {
    lines.push(`assay_worker_outbox{status="${status}"} ${entries}`)
  }
  return lines
}
