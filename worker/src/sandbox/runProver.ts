import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LimitedResult, LimitedRun } from '@assay/circuits/limitedProcess'
import { decodeFrames } from '../frames.ts'
import type { Sandbox } from './createSandbox.ts'
import { codePaths } from './programRun.ts'
import { type LimitCaps, limitsUnder } from './sandboxLimits.ts'

// Takes: the folder of the program's input files, the names of its results, the command. The program works in files of its own; its
// words go to standard error, and its results to standard output as frames, each behind its length as 4 big-endian bytes.
const shellScript = `
folder=$1; results=$2; shift 2
for file in "$folder"/*; do ln -s "$file" .; done
"$@" >&2 || exit $?
for file in $results; do
  size=$(wc -c <"$file") || exit 1
  printf "$(printf '\\\\%03o\\\\%03o\\\\%03o\\\\%03o' $((size >> 24 & 255)) $((size >> 16 & 255)) $((size >> 8 & 255)) $((size & 255)))"
  cat "$file"
done
`

/**
 * Runs the prover's program as `runLimited` does, in the sandbox: it sees its folder and the key read-only, writes to memory, and what
 * it leaves is written to its folder from outside. Its limits of memory and time are those asked for, under the caps.
 * It throws the sandbox's errors.
 */
export async function runProver(
  { sandbox, caps }: { sandbox: Sandbox; caps: LimitCaps },
  { run, signal }: { run: LimitedRun; signal: AbortSignal },
): Promise<LimitedResult> {
  const { command, args, cwd, limits, readable = [], results = [] } = run
  const startedAt = performance.now()
  const threads = limits.threads ?? 0
  const heap = command === process.execPath ? [`--max-old-space-size=${Math.ceil(limits.memoryMb)}`] : []
  const stdout = await sandbox.run(
    {
      command: '/bin/sh',
      args: [...['-c', shellScript, 'sh', cwd, results.join(' ')], ...[command, ...heap, ...args]],
      readable: [...codePaths(), ...readable, ...(await readdir(cwd)).map((name) => join(cwd, name))],
      children: true,
      limits: limitsUnder(caps, { ...limits, cores: Math.max(1, threads), threads }),
      input: new Uint8Array(),
    },
    signal,
  )
  const frames = decodeFrames(stdout, results.length)
  await Promise.all(results.map((name, index) => writeFile(join(cwd, name), frames[index] ?? new Uint8Array())))
  return { stdout: new Uint8Array(), stderr: '', wallMs: performance.now() - startedAt }
}
