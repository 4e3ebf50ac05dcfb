import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { type CgroupHost, findCgroupHost } from './cgroupHost.ts'
import { dropLauncher, finishRemovals, type Isolation } from './launcher.ts'
import { createMemoryRoom } from './memoryRoom.ts'
import { probeRung } from './probeRung.ts'
import {
  IsolationUnavailableError,
  type Rung,
  rungs,
  SandboxViolationError,
  type ViolationKind,
  violationKinds,
} from './sandboxErrors.ts'
import { type SandboxProcess, type SandboxRun, startSandboxProcess } from './sandboxProcess.ts'
import { type Architecture, filteredArchitecture, seccompFilter } from './seccompFilter.ts'

/** One computation: a program, what it sees, and its input. */
export type SandboxJob = SandboxRun & { input: Uint8Array }

/** What computations run in. */
export type Sandbox = {
  rung: Rung
  /** One sentence: what holds computations, and why not more. */
  detail: string
  /**
   * Runs a computation in a process of its own to its end, after waiting for memory.
   * It throws SandboxViolationError, SandboxFailedError, SandboxSetupError, or the signal's reason.
   * @returns what it wrote to standard output
   */
  run: (job: SandboxJob, signal: AbortSignal) => Promise<Uint8Array>
  /**
   * Starts a program that answers again and again, after waiting for memory, which it holds until it has ended. Its owner reads its
   * output, keeps the clock and ends it; the signal only ends the waiting.
   */
  start: (run: SandboxRun, signal: AbortSignal) => Promise<SandboxProcess>
  /** Calls back whenever a computation has to wait for memory, so that what is idle can make room. */
  onPressure: (makeRoom: () => void) => void
  /** Computations stopped since the start, by kind. */
  violations: () => Record<ViolationKind, number>
  /** Computations that wait for memory. */
  waiting: () => number
  /** MiB that running computations are allowed, and that all together may be. */
  memory: () => { takenMb: number; totalMb: number }
  /** Ends waiting processes and removes what the sandbox has written. */
  close: () => Promise<void>
}

/** How the operator wants it. */
export type SandboxSettings = {
  /** A directory of this worker's own. */
  directory: string
  /** The weakest rung it starts with; default `limited`. */
  requireIsolation?: Rung
  /** The strongest rung to try; default `isolated`. */
  upTo?: Rung
  /** Memory for all computations together, in MiB; default: four fifths of the machine's. */
  memoryMb?: number
}

/**
 * Chooses the strongest rung whose attacks are all stopped on this machine, and makes a sandbox of it.
 * @throws IsolationUnavailableError when that is weaker than `requireIsolation`
 */
export async function createSandbox(settings: SandboxSettings): Promise<Sandbox> {
  await mkdir(settings.directory, { recursive: true })
  const directory = await mkdtemp(join(settings.directory, 'sandbox-'))
  try {
    return await build({ ...settings, directory })
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

async function build(settings: SandboxSettings): Promise<Sandbox> {
  const { directory } = settings
  const { isolation, detail } = await climb(settings)
  const pressed: (() => void)[] = []
  const room = createMemoryRoom({
    ...(settings.memoryMb !== undefined && { totalMb: settings.memoryMb }),
    onPressure: () => {
      for (const makeRoom of pressed) makeRoom()
    },
  })
  const counts = Object.fromEntries(violationKinds.map((kind) => [kind, 0])) as Record<ViolationKind, number>

  function count(error: unknown): void {
    if (error instanceof SandboxViolationError) counts[error.kind] += 1
  }

  async function answer(process: SandboxProcess, { input }: SandboxJob, signal: AbortSignal) {
    // Whatever the reason of an abort is, it is thrown as it is.
    const stop = () => process.kill(signal.reason)
    signal.addEventListener('abort', stop)
    try {
      if (signal.aborted) stop()
      process.stdin.end(input)
      return await process.result
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  return {
    rung: isolation.rung,
    detail,
    run: async (job, signal) => {
      const free = await room.take(job.limits.memoryMb, signal)
      try {
        return await answer(await startSandboxProcess(job, isolation), job, signal)
      } catch (error) {
        count(error)
        throw error
      } finally {
        free()
      }
    },
    start: async (run, signal) => {
      const free = await room.take(run.limits.memoryMb, signal)
      try {
        const process = await startSandboxProcess({ ...run, resident: true }, isolation)
        process.result.catch(count).finally(free)
        return process
      } catch (error) {
        free()
        throw error
      }
    },
    onPressure: (makeRoom) => void pressed.push(makeRoom),
    violations: () => ({ ...counts }),
    waiting: room.waiting,
    memory: room.memory,
    close: async () => {
      await dropLauncher(isolation)
      await finishRemovals()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Attacks the rungs from the strongest down until one holds. */
async function climb(settings: SandboxSettings): Promise<{ isolation: Isolation; detail: string }> {
  const { directory, requireIsolation: required = 'limited', upTo = 'isolated' } = settings
  const canary = join(directory, 'canary')
  await writeFile(canary, 'Nobody else reads this.\n', { mode: 0o600 })
  const cgroups = await findCgroupHost()
  await cgroups?.sweep()
  const bubblewrap = findProgram('bwrap')
  const architecture = filteredArchitecture(process.arch)
  const filters = architecture && (await writeFilters(architecture, directory))
  const reasons: string[] = []

  for (const rung of rungs.slice(0, rungs.indexOf(upTo) + 1).reverse()) {
    if (rungs.indexOf(rung) < rungs.indexOf(required)) break
    const missing = missingFor(rung, { cgroups, bubblewrap, filtered: architecture !== undefined })
    if (missing !== undefined) {
      reasons.push(`${rung}: ${missing}`)
      continue
    }
    const isolation: Isolation = {
      rung,
      directory,
      ...(rung !== 'limited' && { bubblewrap, filters }),
      ...(rung === 'isolated' && { cgroups }),
    }
    const failures = process.platform === 'linux' ? await probeRung(isolation, canary) : []
    if (failures.length === 0) return { isolation, detail: detailOf(isolation, reasons) }
    await dropLauncher(isolation)
    reasons.push(`${rung}: ${failures.join('; ')}`)
  }
  throw new IsolationUnavailableError({ required, reasons })
}

async function writeFilters(architecture: Architecture, directory: string): Promise<{ open: string; closed: string }> {
  const paths = { open: join(directory, 'filter-open'), closed: join(directory, 'filter-closed') }
  await writeFile(paths.open, seccompFilter(architecture, { processes: true }), { mode: 0o400 })
  await writeFile(paths.closed, seccompFilter(architecture, { processes: false }), { mode: 0o400 })
  return paths
}

function missingFor(
  rung: Rung,
  found: { cgroups: CgroupHost | undefined; bubblewrap: string | undefined; filtered: boolean },
): string | undefined {
  if (rung === 'limited') return undefined
  if (found.bubblewrap === undefined) return 'bubblewrap (bwrap) is not in PATH'
  if (rung === 'namespaced') return undefined
  if (!found.filtered) return `no system call filter is known for ${process.arch}`
  return found.cgroups === undefined ? 'no writable cgroup with memory and pids' : undefined
}

function detailOf({ rung, filters, cgroups }: Isolation, reasons: readonly string[]): string {
  const parts = {
    isolated: `namespaces, seccomp, cgroup ${cgroups?.version ?? ''} and rlimits`,
    namespaced: `namespaces${filters === undefined ? '' : ', seccomp'} and rlimits`,
    limited: 'rlimits alone',
  }[rung]
  return reasons.length === 0 ? `${rung}: ${parts}` : `${rung}: ${parts} (not more: ${reasons.join('; ')})`
}

function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '/usr/bin:/bin').split(delimiter)
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
}
