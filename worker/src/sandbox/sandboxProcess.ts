import { constants } from 'node:os'
import { PassThrough, type Readable, type Writable } from 'node:stream'
import { nodeBaselineKb } from '@assay/circuits/limitedProcess'
import { bubblewrapArgs } from './bubblewrapArgs.ts'
import { judgeEnd } from './judgeEnd.ts'
import {
  type ChildEnd,
  type Isolation,
  type Launcher,
  prepareLauncher,
  type Rlimits,
  setupFailedCode,
  takeLauncher,
} from './launcher.ts'
import { type Evidence, SandboxSetupError, type ViolationKind } from './sandboxErrors.ts'
import type { SandboxLimits } from './sandboxLimits.ts'

/** A program to run and what it may see; paths are absolute. */
export type SandboxRun = {
  command: string
  args: readonly string[]
  /** Files and directories that it reads besides the system's programs and Node itself. */
  readable: readonly string[]
  /** Whether it starts programs of its own; otherwise none may be started where nothing counts them. */
  children?: boolean
  /** Whether it answers again and again: then whoever starts it reads its output and keeps the clock. */
  resident?: boolean
  limits: SandboxLimits
}

/** A computation that has begun. */
export type SandboxProcess = {
  pid: number | undefined
  stdin: Writable
  stdout: Readable
  /** All that it wrote to standard output, or nothing of a resident one, when it ends well. Its process tree is gone when this settles. */
  result: Promise<Uint8Array>
  /** Ends it; the result is rejected with this reason. */
  kill: (reason: Error) => void
  /** Ends it for a limit that its owner watches. */
  exceed: (kind: ViolationKind, evidence: Evidence) => void
}

const mib = 2 ** 20
const keptTextBytes = 64 * 1024
/** Resident memory that a bare Node process and a thread of one take, in MiB, measured and rounded up. */
const residentMb = { process: 96, thread: 24 }
const pollMs = 100
// After the process has ended a stray descendant may hold its pipes: they are given up after so many polls without a byte.
const idleRounds = 5

/**
 * Starts a program under an isolation. Its environment is empty, and its whole tree is killed when it ends, breaks a limit or is killed.
 * @throws SandboxSetupError when its cgroup cannot be made; `result` rejects with SandboxViolationError, SandboxFailedError,
 * SandboxSetupError, or the reason it was killed for
 */
export async function startSandboxProcess(run: SandboxRun, isolation: Isolation): Promise<SandboxProcess> {
  const { limits } = run
  const launcher = await takeLauncher(isolation)
  const { cgroup } = launcher
  const resident = residentMb.process + residentMb.thread * limits.threads
  try {
    await cgroup?.setLimits({
      memoryBytes: (limits.memoryMb + resident) * mib + limits.fileBytes,
      processes: limits.processes,
      cores: limits.cores,
    })
  } catch (cause) {
    launcher.retire()
    throw new SandboxSetupError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
  const rlimits = await rlimitsOf(run, cgroup !== undefined)
  launcher.exec({ command: commandOf(run, isolation), rlimits, filter: filterFor(run, isolation) })
  return watch(launcher, { run, isolation })
}

/** Where a cgroup counts memory, RLIMIT_DATA only ends what reserves without using. */
async function rlimitsOf({ command, args, limits }: SandboxRun, counted: boolean): Promise<Rlimits> {
  const isNode = command === process.execPath || args.includes(process.execPath)
  const baselineKb = isNode ? await nodeBaselineKb() : 0
  const memoryKb = Math.ceil(limits.memoryMb * 1024) * (counted ? 2 : 1) + (counted ? 256 * 1024 : 0)
  return {
    dataKb: baselineKb * (1 + limits.threads) + memoryKb,
    cpuSeconds: Math.max(1, Math.ceil(limits.cpuSeconds)),
    fileBytes: limits.fileBytes,
  }
}

function commandOf({ command, args, readable, limits }: SandboxRun, isolation: Isolation): string[] {
  const program =
    command === process.execPath
      ? [command, `--max-old-space-size=${Math.ceil(limits.memoryMb)}`, ...args]
      : [command, ...args]
  if (isolation.rung === 'limited' || isolation.bubblewrap === undefined) return program
  const { fileBytes } = limits
  const filtered = isolation.filters !== undefined
  return [
    isolation.bubblewrap,
    ...bubblewrapArgs({ readable: [process.execPath, ...readable], fileBytes, filtered }),
    ...program,
  ]
}

function filterFor({ children = false }: SandboxRun, { rung, filters }: Isolation): string | undefined {
  if (rung === 'limited') return undefined
  return rung === 'isolated' || children ? filters?.open : filters?.closed
}

function watch(launcher: Launcher, { run, isolation }: { run: SandboxRun; isolation: Isolation }): SandboxProcess {
  const { child, cgroup, status } = launcher
  const { limits } = run
  let stopped: { kind: ViolationKind; evidence: Evidence } | undefined
  let killReason: Error | undefined
  let received = 0
  let idle = 0
  const chunks: Uint8Array[] = []
  let errors = Buffer.alloc(0)
  const reports: Uint8Array[] = []

  const end = () => {
    child.stdout?.destroy()
    child.stderr?.destroy()
    launcher.killGroup()
    void cgroup?.kill()
  }
  const exceed = (kind: ViolationKind, evidence: Evidence) => {
    stopped ??= { kind, evidence }
    end()
  }
  const wallMs = limits.wallSeconds * 1000
  const atWallEnd = () => exceed('wall', { counter: 'milliseconds on the clock', value: wallMs })
  const watchProcessor = () => {
    void cgroup?.cpuSeconds().then((cpuSeconds) => {
      if (cpuSeconds >= limits.cpuSeconds) exceed('cpu', { counter: 'cgroup cpu seconds', value: cpuSeconds })
    })
  }
  const clock = run.resident ? undefined : setTimeout(atWallEnd, wallMs)
  const poll = run.resident ? undefined : setInterval(watchProcessor, pollMs)

  const receive = ({ length }: Uint8Array) => {
    idle = 0
    received += length
    if (received > limits.outputBytes) exceed('output', { counter: 'bytes received', value: received })
  }
  if (!run.resident) {
    child.stdout?.on('data', (chunk: Uint8Array) => {
      receive(chunk)
      if (stopped === undefined) chunks.push(chunk)
    })
  }
  child.stderr?.on('data', (chunk: Uint8Array) => {
    receive(chunk)
    errors = Buffer.concat([errors, chunk]).subarray(-keptTextBytes)
  })
  status.on('data', (chunk: Uint8Array) => reports.push(chunk))

  async function settle(): Promise<Uint8Array> {
    const { code, signal, error } = await launcher.exited
    clearTimeout(clock)
    clearInterval(poll)
    launcher.killGroup()
    // What was counted, before the leftovers are killed: those kills are ours.
    const counters = await cgroup?.counters()
    await cgroup?.kill()
    if (error === undefined) {
      const grace = setInterval(() => {
        idle += 1
        if (idle > idleRounds) for (const stream of [child.stdout, child.stderr, status]) stream?.destroy()
      }, pollMs)
      await launcher.closed
      clearInterval(grace)
    }
    launcher.retire()
    if (killReason !== undefined) throw killReason

    const stderr = errors.toString()
    if (error !== undefined) throw new SandboxSetupError(error.message, { cause: error })
    const began = isolation.rung === 'limited' || Buffer.concat(reports).includes('"exit-code"')
    const failedBefore = code === setupFailedCode || !(began || code === null)
    if (failedBefore && stopped === undefined && (counters?.oomKills ?? 0) === 0) throw new SandboxSetupError(stderr)
    const outcome = judgeEnd({ ...exitOf({ code, signal }), stderr, counters, stopped }, limits)
    if (outcome !== undefined) throw outcome
    return new Uint8Array(Buffer.concat(chunks))
  }
  const result = settle()
  // The next computation's is made now, while nobody waits for it.
  prepareLauncher(isolation)

  return {
    pid: child.pid,
    // A process that was not made has no pipes; its result says why.
    stdin: child.stdin ?? new PassThrough(),
    stdout: child.stdout ?? new PassThrough(),
    result,
    kill: (reason) => {
      killReason ??= reason
      end()
    },
    exceed,
  }
}

/** A shell's and bubblewrap's way to say "ended by a signal" is 128 and its number. */
function exitOf({ code, signal }: ChildEnd) {
  if (typeof code === 'number' && code > 128) {
    const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0]
    if (name !== undefined) return { killedBy: name }
  }
  return { exitCode: code ?? undefined, killedBy: signal ?? undefined }
}
