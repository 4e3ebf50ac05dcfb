import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { type Cgroup, type CgroupHost, nextCgroupName } from './cgroupHost.ts'
import { inheritedDescriptors } from './inheritedDescriptors.ts'
import { type Rung, SandboxSetupError } from './sandboxErrors.ts'

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
  /** A launcher that was made ahead; whoever takes it leaves another. */
  spare?: Promise<Launcher> | undefined
  /** Set once no launcher is to be made ahead any more. */
  dropped?: boolean
}

/** How a process ended, or why it never began. */
export type ChildEnd = { code?: number | null | undefined; signal?: string | null | undefined; error?: Error }

/** A shell that has joined a cgroup of its own and waits for the one program that it becomes. */
export type Launcher = {
  child: ChildProcess
  cgroup: Cgroup | undefined
  /** What bubblewrap reports. */
  status: Socket
  /** Becomes the program. */
  exec: (program: { command: readonly string[]; rlimits: Rlimits; filter: string | undefined }) => void
  exited: Promise<ChildEnd>
  /** Resolves when nobody holds its pipes any more. */
  closed: Promise<void>
  killGroup: () => void
  /** Forgets a group whose leader is buried, as its number is free for others; removes cgroup and files, and waits for nobody. */
  retire: () => void
}

/** KiB of data, seconds of processor time, bytes of the largest file. */
export type Rlimits = { dataKb: number; cpuSeconds: number; fileBytes: number }

/** What computations yield to the daemon: it has deadlines in seconds, they in minutes. */
const niceness = 5

/** Exit code of a launcher whose limits could not be set. */
export const setupFailedCode = 125

// Takes: files to join a cgroup by. Then it reads what to do from descriptor 5, and keeps the program's input on 6.
const waitScript = `
for file; do echo 0 >"$file" || exit ${setupFailedCode}; done
exec 6<&0 0<&5 5<&-
exec /bin/sh
`

/** The script that sets limits and becomes the program. The machine's own memory killer takes it first. */
function execScript(
  { command, rlimits, filter }: { command: readonly string[]; rlimits: Rlimits; filter: string | undefined },
  reports: boolean,
): string {
  const { dataKb, cpuSeconds, fileBytes } = rlimits
  const limits = [
    ...['-c 0', `-d ${dataKb}`, `-S -t ${cpuSeconds}`, `-H -t ${cpuSeconds + 2}`],
    ...[`-f ${Math.ceil(fileBytes / 512)}`, '-n 256'],
  ]
  const descriptors = `0<&6 6<&- ${reports ? '' : '3>&-'} ${filter === undefined ? '4<&-' : `4<${quote(filter)}`}`
  return `${limits.map((limit) => `ulimit ${limit}`).join(' && ')} || exit ${setupFailedCode}
echo 1000 >/proc/self/oom_score_adj 2>/dev/null
exec ${command.map(quote).join(' ')} ${descriptors}
`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

const removals = new Set<Promise<void>>()
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) killGroupOf(child)
})

/** Resolves when the empty cgroups and directories of ended computations are removed. */
export async function finishRemovals(): Promise<void> {
  await Promise.all(removals)
}

/** Takes the launcher that was made ahead and leaves another one, or makes one when there is none or it has died. */
export async function takeLauncher(isolation: Isolation): Promise<Launcher> {
  const { spare } = isolation
  isolation.spare = undefined
  const ahead = await spare?.catch(() => undefined)
  if (ahead === undefined) return createLauncher(isolation)
  if (ahead.child.exitCode === null && ahead.child.signalCode === null) return ahead
  dismiss(ahead)
  return createLauncher(isolation)
}

/** Makes a launcher for the next computation. */
export function prepareLauncher(isolation: Isolation): void {
  if (isolation.spare !== undefined || isolation.dropped === true) return
  isolation.spare = createLauncher(isolation)
  // Whoever takes it makes another, and hears of what is wrong.
  isolation.spare.catch(() => {})
}

/** Ends the launcher that waits, and lets none wait from here on: a computation that begins now still gets one of its own. */
export async function dropLauncher(isolation: Isolation): Promise<void> {
  isolation.dropped = true
  const spare = await isolation.spare?.catch(() => undefined)
  isolation.spare = undefined
  if (spare !== undefined) dismiss(spare)
}

let nothing: number | undefined

/** Input, output, errors, bubblewrap's report on 3, the script on 5; what this process has inherited becomes /dev/null. */
function launcherStdio(): StdioOptions {
  const stdio: (number | 'pipe' | 'ignore')[] = ['pipe', 'pipe', 'pipe', 'pipe', 'ignore', 'pipe']
  for (const descriptor of inheritedDescriptors()) {
    if (stdio[descriptor] === 'pipe') continue
    // Descriptors that stand as `ignore` are left alone.
    while (stdio.length < descriptor) stdio.push('ignore')
    nothing ??= openSync('/dev/null', 'r+')
    stdio[descriptor] = nothing
  }
  return stdio
}

function dismiss(launcher: Launcher): void {
  launcher.killGroup()
  void launcher.exited.then(launcher.retire)
}

async function createLauncher({ cgroups, rung, directory }: Isolation): Promise<Launcher> {
  let cgroup: Cgroup | undefined
  try {
    cgroup = await cgroups?.create(nextCgroupName())
  } catch (cause) {
    throw new SandboxSetupError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
  const scratch = rung === 'limited' ? await mkdtemp(join(directory, 'run-')) : undefined
  const child = spawn('/bin/sh', ['-c', waitScript, 'sh', ...(cgroup?.joinFiles ?? [])], {
    cwd: scratch ?? '/',
    env: {},
    detached: true,
    stdio: launcherStdio(),
  })
  running.add(child)
  if (child.pid !== undefined) yieldTo(child.pid)
  const { promise: exited, resolve: exit } = Promise.withResolvers<ChildEnd>()
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  child.once('error', (error) => exit({ error }))
  child.once('exit', (code, signal) => exit({ code, signal }))
  child.once('close', () => close())
  // Extra pipes of a spawn are sockets, whatever their type says.
  const [, , , status, , script] = child.stdio as unknown as Socket[]
  if (status === undefined || script === undefined) throw new SandboxSetupError('a launcher has no pipes')
  for (const stream of [child.stdin, child.stdout, child.stderr, status, script]) stream?.on('error', () => {})
  const killGroup = () => killGroupOf(child)
  return {
    child,
    cgroup,
    status,
    exec: (program) => void script.end(execScript(program, rung !== 'limited')),
    exited,
    closed,
    killGroup,
    retire: () => {
      killGroup()
      running.delete(child)
      for (const stream of [child.stdin, child.stdout, child.stderr, status, script]) stream?.destroy()
      later(cgroup?.remove())
      if (scratch !== undefined) later(rm(scratch, { recursive: true, force: true }))
    },
  }
}

function yieldTo(pid: number): void {
  try {
    setPriority(pid, niceness)
  } catch {
    // It has ended already, which its owner hears of.
  }
}

// What cannot be removed is left to the next start.
function later(removal: Promise<void> | undefined): void {
  if (removal === undefined) return
  const done = removal.catch(() => {}).finally(() => removals.delete(done))
  removals.add(done)
}

function killGroupOf(child: ChildProcess): void {
  if (!running.has(child) || child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // No process of the group is left.
  }
}
