import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** What a devnet starts: a Node program with its arguments, logged to `<name>.log`. */
export type DevnetProgram = { name: string; args: string[]; cwd?: string; env?: Record<string, string> }

/** A service of the devnet ended although nobody asked it to. */
export class ServiceEndedError extends Error {
  override readonly name = 'ServiceEndedError'
  readonly service: string

  constructor({ service, how, log, lastLine }: { service: string; how: string; log: string; lastLine: string }) {
    super(`The devnet's ${service} ended (${how})${lastLine === '' ? '' : `: ${lastLine}`}; its log is ${log}.`)
    this.service = service
  }
}

/** The programs of one devnet. */
export type DevnetProcesses = {
  /** Starts a service that has to live as long as the devnet. */
  start: (program: DevnetProgram) => void
  /**
   * Runs a program to its end.
   * @throws ServiceEndedError when its exit code is not 0
   */
  run: (program: DevnetProgram) => Promise<void>
  /** Rejects with a ServiceEndedError as soon as a service has ended by itself; never resolves. */
  failure: Promise<never>
  /** Ends all programs, those started last first, and waits until they are gone. */
  stop: () => Promise<void>
}

const stopMs = 15_000

/**
 * Starts and ends the programs of a devnet. Each leads its own process group, so that Ctrl-C reaches the devnet only and a program
 * ends with all that it started. A small shell ends them all when this process dies without having done so.
 * @param logFolder where each program's output goes
 */
export function createProcesses(logFolder: string): DevnetProcesses {
  mkdirSync(logFolder, { recursive: true })
  const running: { child: ChildProcess; ended: Promise<string> }[] = []
  const guard = startGuard()
  let stopping = false
  let fail: (error: Error) => void = () => undefined
  const failure = new Promise<never>((_, reject) => {
    fail = reject
  })
  // Whoever waits for it gets the error; nobody waiting is no fault of its own.
  failure.catch(() => undefined)

  function launch({ name, args, cwd, env }: DevnetProgram) {
    const log = path.join(logFolder, `${name}.log`)
    const output = createWriteStream(log, { flags: 'a' })
    const child = spawn(process.execPath, args, {
      ...(cwd !== undefined && { cwd }),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    child.stdout.pipe(output, { end: false })
    child.stderr.pipe(output, { end: false })
    guard.watch(child)
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('close', (code, signal) => output.end(() => resolve(signal ?? `exit code ${code ?? 1}`)))
    })
    const entry = { child, ended }
    running.push(entry)
    // A signal came from outside, so the program's last words have nothing to do with it.
    const error = (how: string) =>
      new ServiceEndedError({ service: name, how, log, lastLine: how.startsWith('SIG') ? '' : lastLineOf(log) })
    return { ended, error }
  }

  return {
    failure,
    start: (program) => {
      const { ended, error } = launch(program)
      void ended.then((how) => {
        if (!stopping) fail(error(how))
      })
    },
    run: async (program) => {
      const { ended, error } = launch(program)
      const how = await ended
      if (how !== 'exit code 0') throw error(how)
    },
    stop: async () => {
      stopping = true
      for (const { child, ended } of running.reverse()) {
        signalGroup(child, 'SIGTERM')
        const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), stopMs)
        await ended
        clearTimeout(timer)
        // What a program left behind when it ended.
        signalGroup(child, 'SIGKILL')
      }
      guard.dismiss()
    },
  }
}

/** A shell that reads process groups from this process, and ends them when this process is gone. */
function startGuard() {
  const script =
    'while read -r word; do [ "$word" = dismiss ] && exit 0; groups="$groups $word"; done; ' +
    'for g in $groups; do kill -s TERM -- "-$g"; done; sleep 3; for g in $groups; do kill -s KILL -- "-$g"; done'
  const shell = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  shell.unref()
  // A guard that is gone cannot be told anything; the regular way of stopping does not need it.
  shell.stdin.on('error', () => undefined)
  return {
    watch: ({ pid }: ChildProcess) => pid !== undefined && shell.stdin.write(`${pid}\n`),
    dismiss: () => shell.stdin.end('dismiss\n'),
  }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // The whole group is gone already.
  }
}

function lastLineOf(log: string): string {
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  return (lines.at(-1) ?? '').trim().replace(/\.$/, '').slice(0, 200)
}
