import { statfsSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { availableMb } from './memoryPressure.ts'

/** What the daemon and its machine use now. */
export type ResourceUsage = {
  residentBytes: number
  /** Seconds that the event loop was held up over the last whole window, at most in half, in 99 of 100 and in all turns. */
  eventLoopLag: { p50: number; p99: number; max: number }
  /** Bytes that the worker may still write to the disk of its data; undefined when the disk does not tell. */
  diskFreeBytes: number | undefined
  memoryAvailableBytes: number
}

/** Watches what the daemon uses. */
export type ResourceWatch = { read: () => ResourceUsage; close: () => void }

/** Turns of the loop are sampled so often; less would itself be work. */
const resolutionMs = 20

/** Begins to watch; `directory` is on the disk that must not fill up. */
export function watchResources({
  directory,
  windowMs = 10_000,
}: {
  directory: string
  windowMs?: number
}): ResourceWatch {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs })
  delay.enable()
  // The histogram counts the sample's own interval as delay.
  const lag = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000)
  let eventLoopLag = { p50: 0, p99: 0, max: 0 }
  const timer = setInterval(() => {
    eventLoopLag = { p50: lag(delay.percentile(50)), p99: lag(delay.percentile(99)), max: lag(delay.max) }
    delay.reset()
  }, windowMs)
  timer.unref()
  return {
    read: () => ({
      residentBytes: process.memoryUsage.rss(),
      eventLoopLag,
      diskFreeBytes: freeBytes(directory),
      memoryAvailableBytes: Math.round(availableMb() * 2 ** 20),
    }),
    close: () => {
      clearInterval(timer)
      delay.disable()
    },
  }
}

function freeBytes(directory: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize
  } catch {
    return undefined
  }
}
