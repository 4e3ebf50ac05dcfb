const mib = 2 ** 20

/** What one computation may use. */
export type SandboxLimits = {
  /** Memory beyond what a bare Node process has, in MiB. */
  memoryMb: number
  /** Processors' worth of time that it gets at once; held by a cgroup only. */
  cores: number
  /** Processor time of all its processes, in seconds. */
  cpuSeconds: number
  /** Time on the clock, in seconds. */
  wallSeconds: number
  /** Bytes of standard output and error together. */
  outputBytes: number
  /** Bytes of all files it writes, which stand in memory of their own. */
  fileBytes: number
  /** Processes and threads at once; held by a cgroup only. */
  processes: number
  /** `worker_threads` a Node program may start; each reserves as much address space as a bare process. */
  threads: number
}

/** What a model gets that asks for nothing. */
export const defaultLimits: SandboxLimits = {
  memoryMb: 512,
  cores: 1,
  cpuSeconds: 30,
  wallSeconds: 30,
  outputBytes: 256 * mib,
  fileBytes: 16 * mib,
  processes: 64,
  threads: 0,
}

/** What nothing goes beyond, whatever an operator or a manifest says. */
export const hardCaps = { memoryMb: 16 * 1024, cores: 4, wallSeconds: 3600, outputBytes: 1024 * mib } as const

/** What the operator lets any model have. */
export type LimitCaps = { memoryMb: number; wallSeconds: number; cores?: number; outputBytes?: number }

/**
 * Limits of one run: what was asked for, or else the defaults, but never more than the operator's caps and {@link hardCaps}.
 * Processor time follows time on the clock and cores unless it was asked for.
 */
export function limitsUnder(caps: LimitCaps, asked: Partial<SandboxLimits> = {}): SandboxLimits {
  const wanted = { ...defaultLimits, ...asked }
  const cores = Math.min(wanted.cores, caps.cores ?? hardCaps.cores, hardCaps.cores)
  const wallSeconds = Math.min(wanted.wallSeconds, caps.wallSeconds, hardCaps.wallSeconds)
  return {
    ...wanted,
    cores,
    wallSeconds,
    memoryMb: Math.min(wanted.memoryMb, caps.memoryMb, hardCaps.memoryMb),
    outputBytes: Math.min(wanted.outputBytes, caps.outputBytes ?? hardCaps.outputBytes, hardCaps.outputBytes),
    cpuSeconds: Math.min(asked.cpuSeconds ?? Number.POSITIVE_INFINITY, wallSeconds * cores),
  }
}
