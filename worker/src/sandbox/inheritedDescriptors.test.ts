import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'assay-descriptors-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const skip = process.platform !== 'linux'

/** Runs a program that inherits an open file as descriptor 60. */
function runWith(source: string): string {
  const path = join(folder, 'passphrase')
  writeFileSync(path, 'correct horse')
  const file = openSync(path, 'r')
  const stdio = ['ignore', 'pipe', 'pipe', ...Array.from({ length: 57 }, () => 'ignore' as const), file] as const
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', '--input-type=module', '-e', source, import.meta.dirname, folder],
    { stdio: [...stdio], encoding: 'utf8' },
  )
  closeSync(file)
  return stdout + stderr
}

test('behavior: what the starter left open is found, what Node opens is not', { skip }, () => {
  const answer = runWith(`const { inheritedDescriptors } = await import(process.argv[1] + '/inheritedDescriptors.ts')
    process.stdout.write(inheritedDescriptors().includes(60) + ' ' + inheritedDescriptors().includes(3))`)

  assert.equal(answer, 'true false')
})

test("behavior: S2-SBX-1 a computation cannot read the worker's passphrase from a descriptor", { skip }, () => {
  const answer = runWith(`const { createSandbox } = await import(process.argv[1] + '/createSandbox.ts')
    const { defaultLimits } = await import(process.argv[1] + '/sandboxLimits.ts')
    const sandbox = await createSandbox({ directory: process.argv[2], upTo: 'limited' })
    const args = ['-e', "const fs = require('fs'); process.stdout.write('[' + fs.readFileSync(60) + ']')"]
    const job = { command: process.execPath, args, readable: [], limits: defaultLimits, input: new Uint8Array() }
    const answer = await sandbox.run(job, new AbortController().signal).catch((error) => Buffer.from(error.message))
    process.stdout.write(answer)
    await sandbox.close()`)

  assert.ok(!answer.includes('correct horse'), answer)
})
