import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../cli/bin/assay.mjs', import.meta.url))

/** What a run of `assay` left behind; the code is null where a signal ended it. */
export type AssayRun = { exitCode: number | null; stdout: string; stderr: string }

/** Runs `assay` as a user does, in a process of its own that has no environment but PATH, no defaults of its user, and what is told. */
export async function runAssay(
  args: string[],
  environment: Record<string, string> = {},
): Promise<AssayRun & { exitCode: number }> {
  const { exitCode, ...rest } = await startAssay(args, { environment }).ended
  if (exitCode === null) throw new Error(`assay ${args.join(' ')} was killed.`)
  return { exitCode, ...rest }
}

/** Starts `assay` as {@link runAssay} does; `onProgress` sees what it has written to standard error so far. */
export function startAssay(
  args: string[],
  {
    environment = {},
    onProgress,
  }: { environment?: Record<string, string>; onProgress?: (stderr: string, child: ChildProcess) => void } = {},
): { child: ChildProcess; ended: Promise<AssayRun> } {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env.PATH, XDG_CONFIG_HOME: '/nonexistent', ...environment },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data: Buffer) => {
    stdout += data
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data
    onProgress?.(stderr, child)
  })
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode, stdout, stderr }))
  return { child, ended }
}
