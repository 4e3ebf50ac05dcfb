import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { type Counts, countHardhat, countNode, type ListedCounts } from './countTests.ts'
import type { Check, Stage } from './stages.ts'

/**
 * What a stage came to. The stage itself counts as one check beside its tests, unless all was skipped; `problems` says why it failed:
 * a line for each command, and below it what its tests or the end of its output say.
 */
export type StageResult = Counts & { name: string; seconds: number; problems: string[] }

// For a command that hangs: a machine whose host gives it a third of the time takes half an hour for the longest.
const stageMinutes = 60
// What a summary shows of each failure: a sequence that breaks an invariant has up to 64 calls.
const [shownLines, shownCharacters] = [80, 8000]
const lastShown = 30
const reporter = path.join(import.meta.dirname, 'nodeTestReporter.ts')

/** Where a stage runs, what it prints to, and what ends it early. */
export type StageSurroundings = { root: string; write: (text: string) => void; signal: AbortSignal }

/** Runs a stage's commands one after the other, all of them. */
export async function runStage(stage: Stage, surroundings: StageSurroundings): Promise<StageResult> {
  const { root, signal } = surroundings
  const started = Date.now()
  const total: Counts = { passed: 0, failed: 0, skipped: 0 }
  const problems: string[] = []
  for (const check of stage.checks(root)) {
    signal.throwIfAborted()
    const { counts, problem } = await runCheck(check, surroundings)
    total.passed += counts.passed
    total.failed += counts.failed
    total.skipped += counts.skipped
    if (problem !== undefined) problems.push(problem)
  }
  const nothingRan = total.passed === 0 && total.skipped > 0
  if (problems.length > 0 || total.failed > 0) total.failed += 1
  else if (!nothingRan) total.passed += 1
  return { ...total, name: stage.name, seconds: (Date.now() - started) / 1000, problems }
}

async function runCheck(check: Check, surroundings: StageSurroundings): Promise<{ counts: Counts; problem?: string }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-check-'))
  const report = path.join(folder, 'report.json')
  try {
    const { ended, output } = await run(check.counts === 'node' ? withReporters(check, report) : check, surroundings)
    const { failures, ...counts } = read(check, { output, report, ended })
    if (ended !== 'exit code 0') {
      const details = failures.map((failure) => cut(failure).replaceAll(/^/gm, '    '))
      return { counts, problem: [`${nameOf(check)} ended with ${ended}`, ...details].join('\n') }
    }
    if (check.counts === undefined) return { counts }
    if (counts.passed + counts.failed + counts.skipped === 0) return { counts, problem: `${nameOf(check)} ran no test` }
    return { counts }
  } catch (error) {
    surroundings.signal.throwIfAborted()
    return { counts: none, problem: error instanceof Error ? error.message : String(error) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const none: Counts = { passed: 0, failed: 0, skipped: 0 }

/** What a command counted and says of its failures: the end of its output, where it does not list them. */
function read(
  { counts }: Check,
  { output, report, ended }: { output: string; report: string; ended: string },
): ListedCounts {
  const untold = [lastLines(output)]
  if (counts === undefined) return { ...none, failures: untold }
  if (counts === 'hardhat') {
    try {
      const counted = countHardhat(output)
      return counted.failures.length > 0 ? counted : { ...counted, failures: untold }
    } catch (error) {
      // One that failed before its summary is told by how it ended.
      if (ended === 'exit code 0') throw error
      return { ...none, failures: untold }
    }
  }
  // A runner that was ended early leaves no report.
  return existsSync(report) && statSync(report).size > 0
    ? countNode(readFileSync(report, 'utf8'))
    : { ...none, failures: untold }
}

/** The end of an output, where programs say what went wrong. */
function lastLines(output: string): string {
  return stripVTControlCharacters(output).trimEnd().split('\n').slice(-lastShown).join('\n')
}

/** The beginning of what a test said. */
function cut(failure: string): string {
  return failure.split('\n').slice(0, shownLines).join('\n').slice(0, shownCharacters)
}

function withReporters(check: Check, report: string): Check {
  const [flag, ...rest] = check.args
  const shown = ['--test-reporter=spec', '--test-reporter-destination=stdout']
  const counted = [`--test-reporter=${reporter}`, `--test-reporter-destination=${report}`]
  return { ...check, args: [flag ?? '--test', ...shown, ...counted, ...rest] }
}

function run({ program = process.execPath, args }: Check, { root, write, signal }: StageSurroundings) {
  return new Promise<{ ended: string; output: string }>((resolve, reject) => {
    const env = { ...process.env, HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: 'false', NEXT_TELEMETRY_DISABLED: '1' }
    // A group of its own, so that a command that hangs ends with all that it started.
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => {
        output += text
        write(text)
      })
    }
    let late = false
    const timer = setTimeout(() => {
      late = true
      endGroup(child, 'SIGKILL')
    }, stageMinutes * 60_000)
    // What a test started ends with the test's own clean-up, which a termination signal lets it do.
    const abort = () => endGroup(child, 'SIGTERM')
    signal.addEventListener('abort', abort, { once: true })
    child.once('error', reject)
    child.once('close', (code, killed) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      endGroup(child, 'SIGKILL')
      resolve({ ended: late ? `no end after ${stageMinutes} min` : (killed ?? `exit code ${code ?? 1}`), output })
    })
  })
}

function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // The whole group is gone already.
  }
}

function nameOf({ program, args }: Check): string {
  const script = args.find((arg) => !arg.startsWith('-')) ?? program ?? 'node'
  return args[0] === '--test' ? 'node --test' : path.basename(script).replace(/^cli\.js$/, 'hardhat')
}
