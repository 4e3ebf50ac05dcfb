import type { EndpointState } from './endpoints.ts'
import type { Samples } from './metricCatalogue.ts'
import type { Store } from './store.ts'

const breakerNumbers = { closed: 0, 'half-open': 1, open: 2 } as const

/** Metrics of the way to the chain: each endpoint's breaker and head, the last block read, and what is in the outbox. */
export function chainMetrics(
  endpoints: readonly EndpointState[],
  store: Pick<Store, 'cursor' | 'outboxCounts'>,
): Samples<
  'assay_worker_breaker_state' | 'assay_worker_endpoint_head' | 'assay_worker_cursor_block' | 'assay_worker_outbox'
> {
  return {
    assay_worker_breaker_state: endpoints.map(({ label, breaker }) => ({
      labels: { dependency: 'chain', endpoint: label },
      value: breakerNumbers[breaker],
    })),
    assay_worker_endpoint_head: endpoints.map(({ label, head }) => ({ labels: { endpoint: label }, value: head })),
    assay_worker_cursor_block: [{ value: store.cursor()?.block ?? 0 }],
    assay_worker_outbox: Object.entries(store.outboxCounts()).map(([status, value]) => ({ labels: { status }, value })),
  }
}
