import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../cli/bin/assay.mjs', import.meta.url))

/** Runs `assay` as a user does, in a process of its own that has no environment but PATH, no defaults of its user, and what is told. */
export async function runAssay(
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { PATH: process.env.PATH, XDG_CONFIG_HOME: '/nonexistent', ...environment },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data: Buffer) => {
    stdout += data
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data
  })
  const [exitCode] = await once(child, 'close')
  return { exitCode, stdout, stderr }
}
