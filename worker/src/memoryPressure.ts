import { readFileSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'

/** How short memory is on this machine: parts from 0 to 1. */
export type MemoryPressure = {
  /** Of the last 10 s, in which some process waited for memory; 0 where the kernel does not tell. */
  stalledPart: number
  /** Of all memory, that can be had without swapping. */
  availablePart: number
}

/** Reads the machine's pressure stall information and free memory. Source: Documentation/accounting/psi.rst of Linux. */
export function readMemoryPressure(proc = '/proc'): MemoryPressure {
  const stalled = /^some avg10=(\d+(?:\.\d+)?)/m.exec(readText(`${proc}/pressure/memory`))?.[1]
  const total = kibOf(readText(`${proc}/meminfo`), 'MemTotal') ?? totalmem() / 1024
  return { stalledPart: Number(stalled ?? 0) / 100, availablePart: availableMb(proc) / (total / 1024) }
}

/** MiB of memory that can be had without swapping. */
export function availableMb(proc = '/proc'): number {
  const kib = kibOf(readText(`${proc}/meminfo`), 'MemAvailable')
  return kib === undefined ? freemem() / 2 ** 20 : kib / 1024
}

function kibOf(meminfo: string, name: string): number | undefined {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1]
  return kib === undefined ? undefined : Number(kib)
}

/** Empty where there is no such file: not Linux, or a kernel without it. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
