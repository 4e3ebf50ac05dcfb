import type { Samples } from './metricCatalogue.ts'
import type { StatusSources } from './statusServer.ts'

/** Metrics of what the daemon uses: memory, disk, the event loop's delay, and the room that computations have. */
export function resourceMetrics({
  resources,
  sandbox,
  slots,
}: Pick<StatusSources, 'resources' | 'sandbox' | 'slots'>): Samples<
  | 'assay_worker_resident_bytes'
  | 'assay_worker_event_loop_lag_seconds'
  | 'assay_worker_disk_free_bytes'
  | 'assay_worker_memory_available_bytes'
  | 'assay_worker_sandbox_memory_bytes'
  | 'assay_worker_job_slots'
> {
  const { residentBytes, eventLoopLag, diskFreeBytes, memoryAvailableBytes } = resources()
  const { takenMb, totalMb } = sandbox.memory()
  return {
    assay_worker_resident_bytes: [{ value: residentBytes }],
    assay_worker_event_loop_lag_seconds: Object.entries(eventLoopLag).map(([of, value]) => ({ labels: { of }, value })),
    assay_worker_disk_free_bytes: diskFreeBytes === undefined ? [] : [{ value: diskFreeBytes }],
    assay_worker_memory_available_bytes: [{ value: memoryAvailableBytes }],
    assay_worker_sandbox_memory_bytes: [
      { labels: { of: 'allowed' }, value: takenMb * 2 ** 20 },
      { labels: { of: 'total' }, value: totalMb * 2 ** 20 },
    ],
    assay_worker_job_slots: [
      { labels: { of: 'open' }, value: slots.open() },
      { labels: { of: 'configured' }, value: slots.configured },
    ],
  }
}
