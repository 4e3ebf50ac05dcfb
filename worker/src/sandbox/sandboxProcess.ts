import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { join } from 'node:path'
import { nodeBaselineKb } from '@assay/circuits/limitedProcess'
import { bubblewrapArgs, bubblewrapDescriptors } from './bubblewrapArgs.ts'
import { type Cgroup, type CgroupHost, nextCgroupName } from './cgroupHost.ts'
import { judgeEnd } from './judgeEnd.ts'
import { type Evidence, type Rung, SandboxSetupError, type ViolationKind } from './sandboxErrors.ts'
import type { SandboxLimits } from './sandboxLimits.ts'

/** A program to run and what it may see; paths are absolute. */
export type SandboxRun = {
  command: string
  args: readonly string[]
  /** Files and directories that it reads besides the system's programs and Node itself. */
  readable: readonly string[]
  /** Whether it starts programs of its own; otherwise none may be started where nothing counts them. */
  children?: boolean
  limits: SandboxLimits
}

/** What holds computations on this machine. */
export type Isolation = {
  rung: Rung
  /** Path of bubblewrap; needed from `namespaced` on. */
  bubblewrap?: string | undefined
  /** Files of the seccomp filters: one that lets programs be started, and one that does not. */
  filters?: { open: string; closed: string } | undefined
  cgroups?: CgroupHost | undefined
  /** A directory of this worker's own, for the files of computations that have no namespace. */
  directory: string
}

/** A computation that has begun. */
export type SandboxProcess = {
  /** Resolves when the program has written its first four bytes: an empty frame, by which it says that it waits for input. */
  ready: Promise<void>
  /** Hands over the input; from here on the clock runs. */
  send: (input: Uint8Array) => void
  /** All that it wrote to standard output, when it ends well. Its process tree is gone when this settles. */
  result: Promise<Uint8Array>
  kill: (reason: Error) => void
}

// Takes: a count and so many files to join a cgroup by, KiB of data, soft and hard seconds, blocks of 512 bytes, the filter's file,
// then the command. A limit that cannot be set fails the run. The machine's own memory killer takes this process first.
const shellScript = `
n=$1; shift
while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit 125; shift; n=$((n - 1)); done
ulimit -c 0 && ulimit -d "$1" && ulimit -S -t "$2" && ulimit -H -t "$3" && ulimit -f "$4" && ulimit -n 256 || exit 125
echo 1000 >/proc/self/oom_score_adj 2>/dev/null
filter=$5; shift 5
exec "$@" 4<"$filter"
`
const setupFailedCode = 125
const mib = 2 ** 20
const keptTextBytes = 64 * 1024
/** Resident memory that a bare Node process and a thread of one take, in MiB, measured and rounded up. */
const residentMb = { process: 96, thread: 24 }
const pollMs = 100
// After the process has ended a stray descendant may hold its pipes: they are given up after so long without a byte.
const idleRounds = 5

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) killGroup(child)
})

/**
 * Starts a program under an isolation. Its environment is empty, and its whole tree is killed when it ends, breaks a limit or is killed.
 * @throws SandboxSetupError when its cgroup cannot be made; `result` rejects with SandboxViolationError, SandboxFailedError,
 * SandboxSetupError, or the reason it was killed for
 */
export async function startSandboxProcess(run: SandboxRun, isolation: Isolation): Promise<SandboxProcess> {
  const { limits } = run
  const cgroup = await makeCgroup(isolation.cgroups, limits)
  const scratch = isolation.rung === 'limited' ? await mkdtemp(join(isolation.directory, 'run-')) : undefined
  const settings = await rlimitsOf(run, cgroup !== undefined)
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      shellScript,
      'sh',
      ...[String(cgroup?.joinFiles.length ?? 0), ...(cgroup?.joinFiles ?? [])],
      ...settings,
      filterFor(run, isolation) ?? '/dev/null',
      ...commandOf(run, isolation),
    ],
    {
      cwd: scratch ?? '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    },
  )
  running.add(child)
  return watch(child, { run, isolation, cgroup, scratch })
}

async function makeCgroup(host: CgroupHost | undefined, limits: SandboxLimits): Promise<Cgroup | undefined> {
  if (host === undefined) return undefined
  let cgroup: Cgroup | undefined
  try {
    cgroup = await host.create(nextCgroupName())
    const resident = residentMb.process + residentMb.thread * limits.threads
    await cgroup.setLimits({
      memoryBytes: (limits.memoryMb + resident) * mib + limits.fileBytes,
      processes: limits.processes,
      cores: limits.cores,
    })
    return cgroup
  } catch (cause) {
    await cgroup?.remove()
    throw new SandboxSetupError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** KiB of data, seconds soft and hard, blocks of 512 bytes. Where a cgroup counts memory, RLIMIT_DATA only ends what reserves without using. */
async function rlimitsOf({ command, args, limits }: SandboxRun, counted: boolean): Promise<string[]> {
  const isNode = command === process.execPath || args.includes(process.execPath)
  const baselineKb = isNode ? await nodeBaselineKb() : 0
  const memoryKb = Math.ceil(limits.memoryMb * 1024) * (counted ? 2 : 1) + (counted ? 256 * 1024 : 0)
  const cpuSeconds = Math.max(1, Math.ceil(limits.cpuSeconds))
  return [
    baselineKb * (1 + limits.threads) + memoryKb,
    cpuSeconds,
    cpuSeconds + 2,
    Math.ceil(limits.fileBytes / 512),
  ].map(String)
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
  return rung === 'isolated' || children ? filters?.open : filters?.closed
}

type Watched = { run: SandboxRun; isolation: Isolation; cgroup: Cgroup | undefined; scratch: string | undefined }

function watch(child: ChildProcess, { run, isolation, cgroup, scratch }: Watched): SandboxProcess {
  const { limits } = run
  let stopped: { kind: ViolationKind; evidence: Evidence } | undefined
  let killReason: Error | undefined
  let received = 0
  let idle = 0
  const chunks: Uint8Array[] = []
  const errors: Uint8Array[] = []
  const reports: Uint8Array[] = []
  const { promise: ready, resolve: beReady, reject: failReady } = Promise.withResolvers<void>()
  let sent = false
  ready.then(
    // Waiting for work is nobody's fault.
    () => sent || clearTimeout(clock),
    // Whoever does not wait for it learns of the failure from the result.
    () => {},
  )

  const end = () => {
    child.stdout?.destroy()
    child.stderr?.destroy()
    killGroup(child)
    void cgroup?.kill()
  }
  const exceed = (kind: ViolationKind, evidence: Evidence) => {
    stopped ??= { kind, evidence }
    end()
  }
  let clock: NodeJS.Timeout | undefined
  const startClock = () => {
    clearTimeout(clock)
    const ms = limits.wallSeconds * 1000
    clock = setTimeout(() => exceed('wall', { counter: 'milliseconds on the clock', value: ms }), ms)
  }
  startClock()

  const collect = (kept: Uint8Array[], chunk: Uint8Array) => {
    idle = 0
    received += chunk.length
    if (received > limits.outputBytes) exceed('output', { counter: 'bytes received', value: received })
    else kept.push(chunk)
  }
  child.stdout?.on('data', (chunk: Uint8Array) => {
    collect(chunks, chunk)
    if (received >= 4) beReady()
  })
  child.stderr?.on('data', (chunk: Uint8Array) => collect(errors, chunk))
  // The extra pipe of the spawn is a socket, whatever its type says.
  const status = child.stdio[bubblewrapDescriptors.status] as Socket | null | undefined
  status?.on('data', (chunk: Uint8Array) => reports.push(chunk))
  for (const stream of [child.stdin, child.stdout, child.stderr, status]) stream?.on('error', () => {})

  const poll = setInterval(() => {
    void cgroup?.counters().then(({ cpuSeconds }) => {
      if (cpuSeconds >= limits.cpuSeconds) exceed('cpu', { counter: 'cgroup cpu seconds', value: cpuSeconds })
    })
  }, pollMs)

  async function settle(): Promise<Uint8Array> {
    const { promise: exited, resolve: exit } = Promise.withResolvers<{
      code?: number | null
      signal?: string | null
      error?: Error
    }>()
    const { promise: closed, resolve: close } = Promise.withResolvers<void>()
    child.once('error', (error) => exit({ error }))
    child.once('exit', (code, signal) => exit({ code, signal }))
    child.once('close', () => close())
    const { code, signal, error } = await exited
    clearTimeout(clock)
    clearInterval(poll)
    killGroup(child)
    running.delete(child)
    // What was counted, before the leftovers are killed: those kills are ours.
    const counters = await cgroup?.counters()
    await cgroup?.kill()
    if (error === undefined) {
      const grace = setInterval(() => ++idle > idleRounds && close(), pollMs)
      await closed
      clearInterval(grace)
    }
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
    await Promise.all([cgroup?.remove(), scratch && rm(scratch, { recursive: true, force: true })])
    if (killReason !== undefined) throw killReason

    const stderr = Buffer.concat(errors).subarray(-keptTextBytes).toString()
    if (error !== undefined) throw new SandboxSetupError(error.message, { cause: error })
    const began = isolation.rung === 'limited' || Buffer.concat(reports).includes('"exit-code"')
    const failedBefore = code === setupFailedCode || !(began || code === null)
    if (failedBefore && stopped === undefined && (counters?.oomKills ?? 0) === 0) throw new SandboxSetupError(stderr)
    const outcome = judgeEnd({ ...exitOf(code, signal), stderr, counters, stopped }, limits)
    if (outcome !== undefined) throw outcome
    return new Uint8Array(Buffer.concat(chunks))
  }
  const result = settle()
  result.then(() => failReady(new SandboxSetupError('the program ended before it was ready')), failReady)

  return {
    ready,
    send: (input) => {
      sent = true
      startClock()
      child.stdin?.end(input)
    },
    result,
    kill: (reason) => {
      killReason ??= reason
      end()
    },
  }
}

/** A shell's and bubblewrap's way to say "ended by a signal" is 128 and its number. */
function exitOf(code: number | null | undefined, signal: string | null | undefined) {
  if (typeof code === 'number' && code > 128) {
    const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0]
    if (name !== undefined) return { killedBy: name }
  }
  return { exitCode: code ?? undefined, killedBy: signal ?? undefined }
}

function killGroup(child: ChildProcess): void {
  if (!running.has(child) || child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // No process of the group is left.
  }
}
