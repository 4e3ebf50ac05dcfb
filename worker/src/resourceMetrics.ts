import type { Samples } from './metricCatalogue.ts'
import type { StatusSources } from './statusServer.ts'

/** Metrics of what the daemon uses: memory, disk, the loop's lag, and the room that computations have. */
export function resourceMetrics({
  resources,
  loopLag,
  sandbox,
  slots,
}: Pick<StatusSources, 'resources' | 'loopLag' | 'sandbox' | 'slots'>): Samples<
  | 'assay_worker_resident_bytes'
  | 'assay_worker_loop_lag_seconds'
  | 'assay_worker_disk_free_bytes'
  | 'assay_worker_memory_available_bytes'
  | 'assay_worker_sandbox_memory_bytes'
  | 'assay_worker_job_slots'
> {
  const { residentBytes, diskFreeBytes, memoryAvailableBytes } = resources()
  const { takenMb, totalMb } = sandbox.memory()
  return {
    assay_worker_resident_bytes: [{ value: residentBytes }],
    assay_worker_loop_lag_seconds: Object.entries(loopLag.quantiles()).map(([quantile, value]) => ({
      labels: { quantile },
      value,
    })),
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
