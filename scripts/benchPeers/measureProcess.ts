import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A program and what it may take. */
export type MeasuredRun = { command: string; args: string[]; wallSeconds: number }

/** What a whole process took, with all that it started. */
export type ProcessMeasure = {
  /** from its start to its end, the start of its runtime included */
  seconds: number
  /** processor time of all its threads and processes together, which other work on the machine changes little; undefined without /proc */
  cpuSeconds: number | undefined
  /** largest resident memory of the processes together; undefined where there is no /proc */
  peakBytes: number | undefined
}

/** A measured program ended with an error. */
export class MeasuredRunFailedError extends Error {
  override readonly name = 'MeasuredRunFailedError'
  readonly command: string
  readonly said: string

  constructor({ command, said }: { command: string; said: string }) {
    super(`${command} failed: ${said.replace(/\.$/, '')}.`)
    this.command = command
    this.said = said
  }
}

const sampleMs = 10
const keptText = 64 * 1024
// USER_HZ, which Linux keeps at 100 for whoever reads /proc.
const ticksPerSecond = 100

/**
 * Runs a program to its end and measures it from outside (memory on Linux only): every ten milliseconds the resident memory of
 * it and its descendants is added up, and each process's own high-water mark (what `ru_maxrss` reports) is the least that counts.
 * @throws MeasuredRunFailedError it ended with an error or ran longer than `wallSeconds`
 */
export async function measureProcess({ command, args, wallSeconds }: MeasuredRun): Promise<ProcessMeasure> {
  const started = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let text = ''
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-keptText)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)

  let [peakKb, cpuSeconds] = [0, 0]
  const sampler = setInterval(() => {
    const tree = child.pid === undefined ? [] : readTree(child.pid)
    peakKb = Math.max(peakKb, memoryKb(tree))
    cpuSeconds = Math.max(cpuSeconds, processorSeconds(tree))
  }, sampleMs)
  let tooLong = false
  const clock = setTimeout(() => {
    tooLong = true
    killGroup(child.pid)
  }, wallSeconds * 1000)
  try {
    const problem = await new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)))
    })
    const seconds = (performance.now() - started) / 1000
    if (tooLong) throw new MeasuredRunFailedError({ command, said: `it took more than ${wallSeconds} s` })
    if (problem !== undefined) throw new MeasuredRunFailedError({ command, said: lastLine(text) ?? problem })
    if (peakKb === 0) return { seconds, cpuSeconds: undefined, peakBytes: undefined }
    return { seconds, cpuSeconds, peakBytes: peakKb * 1024 }
  } finally {
    clearInterval(sampler)
    clearTimeout(clock)
    killGroup(child.pid)
  }
}

/** Processor time so far of a process and its descendants; 0 without /proc. */
export function processorSecondsOf(pid: number): number {
  return processorSeconds(readTree(pid))
}

/** What the system says of one process: its status and its counters as text. */
type ProcessText = { status: string; stat: string }

/** A process and its descendants, the first one first; empty without /proc. */
function readTree(pid: number): ProcessText[] {
  const tree: ProcessText[] = []
  const open = [pid]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const status = readText(`/proc/${next}/status`)
    if (status === '') continue
    tree.push({ status, stat: readText(`/proc/${next}/stat`) })
    open.push(...readText(`/proc/${next}/task/${next}/children`).split(' ').filter(Boolean).map(Number))
  }
  return tree
}

/** Resident memory together, at least the high-water mark of each. */
function memoryKb(tree: ProcessText[]): number {
  const resident = tree.reduce((sum, { status }) => sum + kilobytesOf(status, 'VmRSS'), 0)
  return Math.max(resident, ...tree.map(({ status }) => kilobytesOf(status, 'VmHWM')))
}

/** Time in user and system mode, of each process and of those of its children that have ended. */
function processorSeconds(tree: ProcessText[]): number {
  const ticks = tree.map(({ stat }) => {
    // proc(5): the name in parentheses may hold spaces; utime, stime, cutime and cstime are the fields 14 to 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  })
  return ticks.reduce((sum, count) => sum + count, 0) / ticksPerSecond
}

function kilobytesOf(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // The process has just ended, or this system has no /proc.
    return ''
  }
}

/** The sentence that says most: the last line that names an error, as Node does above its stack, or else the last one with letters in it. */
function lastLine(text: string): string | undefined {
  const lines = text.split('\n').map((line) => line.trim())
  const isNode = lines.some((line) => /^Node\.js v\d/.test(line))
  const named = isNode ? lines.findLast((line) => /^\w*Error\b.*: /.test(line)) : undefined
  return named ?? lines.findLast((line) => /[a-z]/i.test(line))
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // The group is gone, which is what was wanted.
  }
}
