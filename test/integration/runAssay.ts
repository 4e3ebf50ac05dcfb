import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../cli/bin/assay.mjs', import.meta.url))

/** Runs `assay` as a user does, in a process of its own that has no environment but PATH. */
export async function runAssay(args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [bin, ...args], { env: { PATH: process.env.PATH } })
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
