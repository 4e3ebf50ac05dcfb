import { type ChildProcess, spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import type { Readable, Writable } from 'node:stream'

/** What one run may use. */
export type ProcessLimits = {
  /** Memory beyond what a bare Node process has, in MiB. */
  memoryMb: number
  /** Processor time of each process, in seconds. */
  cpuSeconds: number
  /** Time on the clock for the whole run, in seconds. */
  wallSeconds: number
  /** Bytes of standard output and error together; also the largest size of a file it writes. */
  outputBytes: number
  /** `worker_threads` a Node program may start; each reserves as much address space as a bare process. Default: none. */
  threads?: number
}

/** One run of a program. */
export type LimitedRun = {
  command: string
  args: readonly string[]
  cwd: string
  /** Bytes for its standard input; default: none. */
  input?: Uint8Array
  limits: ProcessLimits
  /** Files it reads outside its folder; for runners that show a program nothing else. */
  readable?: readonly string[]
  /** Names of the files it leaves in its folder; for runners that do not let it write there. */
  results?: readonly string[]
}

/** What a run that ended well left behind. */
export type LimitedResult = { stdout: Uint8Array; stderr: string; wallMs: number }

/** Which limit a process ran into. */
export type LimitKind = 'memory' | 'cpu' | 'wall' | 'output'

/** A process ran into one of its limits and was killed or gave up. */
export class LimitExceededError extends Error {
  override readonly name = 'LimitExceededError'
  readonly kind: LimitKind
  readonly limits: ProcessLimits

  constructor({ kind, limits }: { kind: LimitKind; limits: ProcessLimits }, options?: ErrorOptions) {
    const allowed = {
      memory: `${limits.memoryMb} MiB of memory`,
      cpu: `${limits.cpuSeconds} s of processor time`,
      wall: `${limits.wallSeconds} s on the clock`,
      output: `${limits.outputBytes} bytes of output`,
    }[kind]
    super(`The process used more than the ${allowed} it was allowed; raise its limits or give it less to do.`, options)
    this.kind = kind
    this.limits = limits
  }
}

/** A process ended with an error of its own, or could not be started. */
export class ProcessFailedError extends Error {
  override readonly name = 'ProcessFailedError'
  readonly command: string
  readonly exitCode: number | undefined
  readonly killedBy: string | undefined
  readonly stdout: string
  readonly stderr: string

  constructor(
    facts: {
      command: string
      exitCode?: number | undefined
      killedBy?: string | undefined
      stdout: string
      stderr: string
    },
    options?: ErrorOptions,
  ) {
    const how = facts.killedBy === undefined ? `exit code ${facts.exitCode ?? 'none'}` : `signal ${facts.killedBy}`
    const said = tellingLine(facts.stderr) ?? tellingLine(facts.stdout)
    super(`${facts.command} ended with ${how}${said === undefined ? '' : `: ${said}`}.`, options)
    this.command = facts.command
    this.exitCode = facts.exitCode
    this.killedBy = facts.killedBy
    this.stdout = facts.stdout
    this.stderr = facts.stderr
  }
}

// Takes: KiB of data, soft and hard seconds, blocks of 512 bytes, then the command. A limit that cannot be set fails the run,
// except memory outside Linux, where the kernel may not know it. The kernel's own memory killer takes this process first.
const shellScript = `
ulimit -c 0 && ulimit -S -t "$2" && ulimit -H -t "$3" && ulimit -f "$4" || exit 125
if [ "$(uname)" = Linux ]; then ulimit -d "$1" || exit 125; echo 1000 >/proc/self/oom_score_adj 2>/dev/null
else ulimit -d "$1" 2>/dev/null; fi
shift 4
exec "$@"
`

const keptTextBytes = 64 * 1024
// After the process has ended a stray descendant may still hold its pipes: they are given up after so many rounds of so many
// milliseconds without a byte. Rounds, because a busy parent must have had the chance to read.
const idleRounds = 5
const idleRoundMs = 100

/**
 * Runs a program to its end in its own process group, under POSIX limits of memory, processor time, file size and core size, a
 * wall clock, a cap on output, and an environment with nothing but PATH (node only; Linux and macOS). Whatever happens, the
 * whole group is killed before this settles.
 * Memory is RLIMIT_DATA, which counts JavaScript heap, Buffers and WebAssembly alike; where the system does not enforce it
 * (macOS) a Node program is still held by `--max-old-space-size`.
 * Warning: limits, not isolation. The program reads the files and reaches the network that this process can, and a descendant
 * that starts a session of its own outlives the group; run untrusted code below namespaces as well.
 * @returns its standard output, the end of its standard error, and the milliseconds it took
 * @throws {@link LimitExceededError} a limit ended it
 * @throws {@link ProcessFailedError} it ended with an error, or could not be started
 * @throws the signal's reason, when that aborts
 */
export async function runLimited(run: LimitedRun, signal?: AbortSignal): Promise<LimitedResult> {
  const { limits } = run
  const child = await startLimited(run, signal)
  const chunks: Uint8Array[] = []
  child.stdout.on('data', (chunk: Uint8Array) => {
    if (child.received() > limits.outputBytes) child.stop('output')
    else chunks.push(chunk)
  })
  child.stdout.on('error', () => {})
  const abort = () => child.stop()
  signal?.addEventListener('abort', abort)
  // The program may have been started while the signal was aborted.
  if (signal?.aborted) abort()
  const wallClock = setTimeout(() => child.stop('wall'), limits.wallSeconds * 1000)
  child.stdin.end(run.input)
  try {
    const { stderr, wallMs } = await child.ended
    signal?.throwIfAborted()
    return { stdout: new Uint8Array(Buffer.concat(chunks)), stderr, wallMs }
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof ProcessFailedError)) throw error
    const stdout = Buffer.concat(chunks).subarray(-keptTextBytes).toString()
    const { command, exitCode, killedBy, stderr, cause } = error
    throw new ProcessFailedError({ command, exitCode, killedBy, stdout, stderr }, cause === undefined ? {} : { cause })
  } finally {
    clearTimeout(wallClock)
    signal?.removeEventListener('abort', abort)
  }
}

/** A program running under limits, whose input and output its starter handles. */
export type LimitedChild = {
  pid: number | undefined
  stdin: Writable
  stdout: Readable
  /** bytes that came on standard output and error so far */
  received: () => number
  /** Kills the whole group; with a kind, `ended` says that this limit was exceeded. */
  stop: (kind?: LimitKind) => void
  /** settles when the process has ended: the end of its standard error, or the errors of {@link runLimited} */
  ended: Promise<{ stderr: string; wallMs: number }>
}

/**
 * Starts a program as {@link runLimited} does, for a conversation on its standard input and output. The wall clock and the cap on
 * output are the starter's to watch (`stop`); all other limits hold.
 */
export async function startLimited(
  { command, args, cwd, limits }: Omit<LimitedRun, 'input'>,
  signal?: AbortSignal,
): Promise<LimitedChild> {
  const isNode = command === process.execPath
  const baselineKb = isNode ? await nodeBaselineKb() : 0
  signal?.throwIfAborted()

  const cpuSeconds = Math.max(1, Math.ceil(limits.cpuSeconds))
  const settings = [
    baselineKb * (1 + (limits.threads ?? 0)) + Math.ceil(limits.memoryMb * 1024),
    cpuSeconds,
    cpuSeconds + 2,
    Math.ceil(limits.outputBytes / 512),
  ]
  const program = isNode ? [command, `--max-old-space-size=${Math.ceil(limits.memoryMb)}`, ...args] : [command, ...args]
  const startedAt = performance.now()
  const child = spawn('/bin/sh', ['-c', shellScript, 'sh', ...settings.map(String), ...program], {
    cwd,
    env: { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin' },
    detached: true,
    stdio: 'pipe',
  })
  running.add(child)

  let exceeded: LimitKind | undefined
  const stop = (kind?: LimitKind) => {
    exceeded ??= kind
    child.stdout.destroy()
    child.stderr.destroy()
    killGroup(child)
  }
  let received = 0
  let stderrBytes = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Uint8Array) => {
    received += chunk.length
  })
  child.stderr.on('data', (chunk: Uint8Array) => {
    received += chunk.length
    stderrBytes = Buffer.concat([stderrBytes, chunk]).subarray(-keptTextBytes)
    if (received > limits.outputBytes) stop('output')
  })
  child.stderr.on('error', () => {})
  // A program may end without reading its input; that is its own affair.
  child.stdin.on('error', () => {})

  const watchEnd = async () => {
    const end = await waitForEnd(child)
    const wallMs = performance.now() - startedAt
    const stderr = stderrBytes.toString()
    const kind = exceeded ?? (end.code === 0 ? undefined : limitBehind(end, { stderr, wallMs, cpuSeconds }))
    if (end.code === 0 && end.error === undefined && kind === undefined) return { stderr, wallMs }
    const failure = new ProcessFailedError(
      { command, exitCode: end.code, killedBy: end.signal, stdout: '', stderr },
      end.error === undefined ? undefined : { cause: end.error },
    )
    if (kind === undefined) throw failure
    // Killed from here for a limit, or by the limit itself: then the cause says how.
    throw new LimitExceededError({ kind, limits }, exceeded === undefined ? { cause: failure } : {})
  }
  const ended = watchEnd().finally(() => killGroup(child))
  // Whoever starts a program may learn of its end later, or another way.
  ended.catch(() => {})
  return { pid: child.pid, stdin: child.stdin, stdout: child.stdout, received: () => received, stop, ended }
}

type ProcessEnd = { code?: number | undefined; signal?: string | undefined; error?: Error }

/** Waits until the process has ended and its pipes are empty, or are held by nobody who counts. */
async function waitForEnd(child: ChildProcess): Promise<ProcessEnd> {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  const { promise: ended, resolve: end } = Promise.withResolvers<ProcessEnd>()
  child.once('error', (error) => end({ error }))
  child.once('exit', (code, signal) => end({ code: code ?? undefined, signal: signal ?? undefined }))
  child.once('close', () => close())
  const result = await ended
  // Descendants in the group die with it; without them the pipes close.
  killGroup(child)
  running.delete(child)
  if (result.error === undefined) {
    let idle = 0
    child.stdout?.on('data', () => (idle = 0))
    child.stderr?.on('data', () => (idle = 0))
    const grace = setInterval(() => ++idle > idleRounds && close(), idleRoundMs)
    await closed
    clearInterval(grace)
  }
  child.stdout?.destroy()
  child.stderr?.destroy()
  return result
}

// Children whose group has not been killed yet: an id is free for others once its group is gone.
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) killGroup(child)
})

function killGroup(child: ChildProcess): void {
  if (!running.has(child) || child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // No process of the group is left.
  }
}

const memoryWords =
  /out of memory|allocation fail|memory allocation of \d+ bytes failed|could not allocate|cannot allocate|failed to allocate|unable to grow|failed to reserve|bad_alloc|ENOMEM|ERR_WORKER_OUT_OF_MEMORY/i
const crashSignals = ['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGSEGV', 'SIGBUS']

/**
 * The limit behind a bad end, from what the system and the runtime say of it. The program itself may write such words: the kind
 * is for counting and for messages, and decides nothing.
 */
function limitBehind(
  { signal }: ProcessEnd,
  { stderr, wallMs, cpuSeconds }: { stderr: string; wallMs: number; cpuSeconds: number },
): LimitKind | undefined {
  if (signal === 'SIGXCPU') return 'cpu'
  if (signal === 'SIGXFSZ' || /EFBIG|File too large/.test(stderr)) return 'output'
  // Nobody here sent it: the hard processor limit did, or the kernel's memory killer.
  if (signal === 'SIGKILL') return wallMs * availableParallelism() >= cpuSeconds * 1000 ? 'cpu' : 'memory'
  if (memoryWords.test(stderr) && (signal === undefined || crashSignals.includes(signal))) return 'memory'
  return undefined
}

let baseline: Promise<number> | undefined

/** KiB of data a Node process has before it does anything; measured once. Zero where the system does not say. */
export function nodeBaselineKb(): Promise<number> {
  baseline ??= (async () => {
    if (process.platform !== 'linux') return 0
    const source = `process.stdout.write(require('node:fs').readFileSync('/proc/self/status'))`
    const child = spawn(process.execPath, ['-e', source], { env: {}, stdio: ['ignore', 'pipe', 'ignore'] })
    const chunks: Uint8Array[] = []
    child.stdout.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    await waitForEnd(child)
    const found = /^VmData:\s+(\d+) kB$/m.exec(Buffer.concat(chunks).toString())?.[1]
    return found === undefined ? 0 : Number(found)
  })()
  return baseline
}

/** The line of a program's text that says most of what went wrong: the last that names an error, or else the last. */
function tellingLine(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours are control characters.
  const lines = text.replace(/\u001b\[[0-9;]*m/g, '').split('\n')
  const line =
    lines.findLast((candidate) => /error/i.test(candidate)) ?? lines.findLast((candidate) => candidate.trim())
  return line?.trim().replace(/\.$/, '').slice(0, 300)
}
