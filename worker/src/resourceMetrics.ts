import type { Samples } from './metricCatalogue.ts'
import type { StatusSources } from './workerPages.ts'

/** Metrics of what the daemon uses: memory, disk, the loop's lag, and the room that computations have. */
export function resourceMetrics({
  resources,
  loopLag,
  sandbox,
}: Pick<StatusSources, 'resources' | 'loopLag' | 'sandbox'>): Samples<
  | 'assay_worker_resident_bytes'
  | 'assay_worker_heap_bytes'
  | 'assay_worker_external_bytes'
  | 'assay_worker_loop_lag_seconds'
  | 'assay_worker_disk_free_bytes'
  | 'assay_worker_memory_available_bytes'
  | 'assay_worker_sandbox_memory_bytes'
> {
  const { residentBytes, heapBytes, externalBytes, diskFreeBytes, memoryAvailableBytes } = resources()
  const { takenMb, totalMb } = sandbox.memory()
  return {
    assay_worker_resident_bytes: [{ value: residentBytes }],
    assay_worker_heap_bytes: [{ value: heapBytes }],
    assay_worker_external_bytes: [{ value: externalBytes }],
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
  }
}
