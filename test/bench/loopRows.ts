import { type BenchMarket, metricOf, stopWorker, untilReady, untilSettled } from './benchMarket.ts'
import { type BenchRow, measuredRow, quantile } from './benchRow.ts'

const jobsAtOnce = 4
/** The daemon measures in windows of this length. */
const windowMs = 15_000

/** Lag of the daemon's event loop, by its own metric, while four digits are answered at any time. */
export async function loopRows(market: BenchMarket, seconds: number): Promise<BenchRow[]> {
  const worker = market.startServing({ LIMITS_JOBS: `${jobsAtOnce}`, SANDBOX_WARM_PROCESSES: '2' })
  try {
    await untilReady(worker)
    await untilSettled(worker, await market.requestDigit(0))
    const ends = Date.now() + windowMs + seconds * 1000
    let index = 1
    async function keepBusy(): Promise<void> {
      while (Date.now() < ends) {
        index += 1
        await untilSettled(worker, await market.requestDigit(index))
      }
    }
    const busy = Promise.all(Array.from({ length: jobsAtOnce }, keepBusy))
    const windows: Record<'median' | 'p99' | 'most', number[]> = { median: [], p99: [], most: [] }
    // What the first window saw of the start is over with the second.
    await pause(windowMs)
    while (Date.now() + windowMs <= ends) {
      await pause(windowMs)
      for (const [name, share] of Object.entries({ median: '0.5', p99: '0.99', most: '1' } as const)) {
        const lag = await metricOf(worker, 'assay_worker_loop_lag_seconds', `{quantile="${share}"}`)
        // The keys are those of the record.
        windows[name as keyof typeof windows].push(lag * 1000)
      }
    }
    await busy
    const [median, most] = [quantile(windows.median, 0.5), Math.max(...windows.most)]
    return [
      measuredRow({
        what: `event-loop lag p99 under ${jobsAtOnce} jobs at once, worst of ${windows.p99.length} windows`,
        measured: Math.max(...windows.p99),
        unit: 'ms',
        target: { atMost: 20 },
        beside: `median ${median.toFixed(1)}, most ${most.toFixed(0)}; ${index - 1} jobs in ${(seconds + windowMs / 1000).toFixed(0)} s`,
      }),
    ]
  } finally {
    await stopWorker(worker)
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
