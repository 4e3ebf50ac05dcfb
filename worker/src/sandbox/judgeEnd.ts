import type { CgroupCounters } from './cgroupHost.ts'
import { type Evidence, SandboxFailedError, SandboxViolationError, type ViolationKind } from './sandboxErrors.ts'
import type { SandboxLimits } from './sandboxLimits.ts'

/** How a computation came to its end, as the system tells it. */
export type ProcessEnd = {
  exitCode?: number | undefined
  killedBy?: string | undefined
  stderr: string
  /** What the cgroup counted, where there is one. */
  counters?: CgroupCounters | undefined
  /** Why this side killed it, where it did. */
  stopped?: { kind: ViolationKind; evidence: Evidence } | undefined
}

const memoryWords =
  /out of memory|allocation fail|could not allocate|cannot allocate|failed to allocate|unable to grow|failed to reserve|bad_alloc|ENOMEM|ERR_WORKER_OUT_OF_MEMORY/i
const fileWords = /\b(ENOSPC|EFBIG)\b|File too large|No space left/
const crashSignals = ['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGSEGV', 'SIGBUS']

/**
 * The error behind a bad end, or undefined for a good one. Counters of the kernel come first, then signals that nobody but the kernel
 * sends here; what the program writes of itself comes last, names a kind and proves nothing.
 */
export function judgeEnd(
  end: ProcessEnd,
  limits: SandboxLimits,
): SandboxViolationError | SandboxFailedError | undefined {
  const { exitCode, killedBy, stderr, counters } = end
  const violation = (kind: ViolationKind, counter: string, value: number | string) =>
    new SandboxViolationError({ kind, evidence: { counter, value }, limits })
  if (end.stopped !== undefined) return new SandboxViolationError({ ...end.stopped, limits })
  if (exitCode === 0) return undefined

  if (counters !== undefined && counters.oomKills > 0) return violation('memory', 'cgroup oom_kill', counters.oomKills)
  if (killedBy === 'SIGSYS') return violation('network', 'seccomp signal', killedBy)
  if (counters !== undefined && counters.processesRefused > 0) {
    return violation('processes', 'cgroup pids.events max', counters.processesRefused)
  }
  if (killedBy === 'SIGXCPU') return violation('cpu', 'RLIMIT_CPU signal', killedBy)
  if (killedBy === 'SIGXFSZ') return violation('files', 'RLIMIT_FSIZE signal', killedBy)
  if (counters !== undefined && counters.cpuSeconds >= limits.cpuSeconds) {
    return violation('cpu', 'cgroup cpu seconds', counters.cpuSeconds)
  }
  if (memoryWords.test(stderr) && (killedBy === undefined || crashSignals.includes(killedBy))) {
    const peak = counters?.memoryPeakBytes ?? 0
    return peak >= limits.memoryMb * 2 ** 20
      ? violation('memory', 'cgroup peak bytes', peak)
      : violation('memory', 'stderr', memoryWords.exec(stderr)?.[0] ?? '')
  }
  const fileWord = fileWords.exec(stderr)?.[0]
  if (fileWord !== undefined) return violation('files', 'stderr', fileWord)
  // Nobody here sent it: without a cgroup, the hard limit of processor time or the machine's memory killer did.
  if (killedBy === 'SIGKILL' && counters === undefined) return violation('memory', 'signal', killedBy)
  return new SandboxFailedError({ exitCode, killedBy, stderr })
}
