import { statfsSync } from 'node:fs'
import { availableMb } from './memoryPressure.ts'

/** What the daemon and its machine use now. */
export type ResourceUsage = {
  residentBytes: number
  /** Objects on the JavaScript heap. */
  heapBytes: number
  /** Buffers and the like outside that heap. */
  externalBytes: number
  /** Bytes that the worker may still write to the disk of its data; undefined when the disk does not tell. */
  diskFreeBytes: number | undefined
  memoryAvailableBytes: number
}

/** Reads what the daemon uses; `directory` is on the disk that must not fill up. */
export function readResourceUsage(directory: string): ResourceUsage {
  const { rss, heapUsed, external } = process.memoryUsage()
  return {
    residentBytes: rss,
    heapBytes: heapUsed,
    externalBytes: external,
    diskFreeBytes: freeBytes(directory),
    memoryAvailableBytes: Math.round(availableMb() * 2 ** 20),
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
