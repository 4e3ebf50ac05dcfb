import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { type LimitedResult, runLimited } from './limitedProcess.ts'

/** What snarkjs may use: MiB of memory, seconds on the clock, and threads (default: all processors, at most four). */
export type SnarkjsLimits = { memoryMb: number; wallSeconds: number; threads?: number }

/** One command of snarkjs. */
export type SnarkjsRun = {
  /** as on its command line; paths must be absolute or in `cwd` */
  args: readonly string[]
  cwd: string
  /** bytes for its standard input; default: none */
  input?: Uint8Array
  /** largest size of its output and of a file it writes */
  outputBytes: number
  limits: SnarkjsLimits
  /** files outside `cwd` that it reads, and names of the files it leaves there, for a `runProgram` that needs to know them */
  readable?: readonly string[]
  results?: readonly string[]
  /** runs the program; default: {@link runLimited} */
  runProgram?: typeof runLimited
}

/** Path of snarkjs' command line and of the module that other programs load. */
export function snarkjsPaths(): { program: string; module: string } {
  const module = createRequire(import.meta.url).resolve('snarkjs')
  return { program: join(dirname(module), 'cli.cjs'), module }
}

/** Threads that snarkjs is to use when the caller does not say. */
export function threadsOf({ threads }: { threads?: number }): number {
  return threads ?? Math.min(availableParallelism(), 4)
}

/**
 * Runs snarkjs (GPL-3.0) as a separate program in a limited process (node only).
 * @throws LimitExceededError, ProcessFailedError, or the signal's reason
 */
export async function runSnarkjs(
  { args, cwd, input, outputBytes, limits, runProgram = runLimited, readable, results }: SnarkjsRun,
  signal?: AbortSignal,
): Promise<LimitedResult> {
  const { memoryMb, wallSeconds } = limits
  const threads = threadsOf(limits)
  return runProgram(
    {
      command: process.execPath,
      args: [`--import=${processorsModule(threads)}`, snarkjsPaths().program, ...args],
      cwd,
      ...(input === undefined ? {} : { input }),
      ...(readable === undefined ? {} : { readable }),
      ...(results === undefined ? {} : { results }),
      limits: { memoryMb, wallSeconds, cpuSeconds: wallSeconds * threads, outputBytes, threads },
    },
    signal,
  )
}

/**
 * A module for Node's `--import` under which the machine seems to have `threads` processors. snarkjs starts a thread for each
 * one, up to 64, and no option of its command line changes that; each thread costs memory.
 */
export function processorsModule(threads: number): string {
  const source = `import os from 'node:os'
const processors = os.cpus().slice(0, ${threads})
os.cpus = () => processors`
  return `data:text/javascript,${encodeURIComponent(source)}`
}
