import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How late the daemon's own timers ran. */
export type LoopLag = {
  /** Seconds by quantile (0.5, 0.99, 1) of the window that ended last, or of the present one when it is worse. */
  quantiles: () => Record<string, number>
  stop: () => void
}

const resolutionMs = 10
const windowMs = 15_000
const shares = [0.5, 0.99, 1] as const

/** Starts to measure: a timer every 10 ms, in windows of 15 s, as scrapers come that often. */
export function watchLoopLag(): LoopLag {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  let last = shares.map(() => 0)
  // The histogram counts the whole time between two runs of the timer, in nanoseconds.
  const now = () => shares.map((share) => Math.max(0, histogram.percentile(share * 100) / 1e6 - resolutionMs) / 1000)
  const timer = setInterval(() => {
    last = now()
    histogram.reset()
  }, windowMs)
  timer.unref()
  return {
    quantiles: () => {
      const present = now()
      return Object.fromEntries(
        shares.map((share, index) => [share, rounded(Math.max(present[index] ?? 0, last[index] ?? 0))]),
      )
    },
    stop: () => {
      clearInterval(timer)
      histogram.disable()
    },
  }
}

/** To microseconds: below them a clock says nothing, and Prometheus would be given exponents. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6
}
