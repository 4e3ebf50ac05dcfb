import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createSandbox, type SandboxJob } from './createSandbox.ts'
import { defaultLimits } from './sandboxLimits.ts'

const directory = mkdtempSync(join(tmpdir(), 'assay-sandbox-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const never = new AbortController().signal

/** Says its process id and what it was given. */
function echoJob(input: string): SandboxJob {
  const source = `const fs = require('node:fs'); fs.writeSync(1, process.pid + ' ' + fs.readFileSync(0))`
  return {
    command: process.execPath,
    args: ['-e', source],
    readable: [],
    limits: defaultLimits,
    input: Buffer.from(input),
  }
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString()

test('behavior: S0-SBX-1 the strongest rung whose attacks are stopped is taken, and said', async () => {
  const sandbox = await createSandbox({ directory, upTo: 'limited' })

  assert.equal(sandbox.rung, 'limited')
  assert.equal(sandbox.detail, 'limited: rlimits alone')
  await sandbox.close()
})

test('error: S0-SBX-1 a machine below the required rung is refused, with the reason', async () => {
  const { PATH } = process.env
  process.env.PATH = directory
  try {
    await assert.rejects(createSandbox({ directory, requireIsolation: 'namespaced' }), {
      name: 'IsolationUnavailableError',
      required: 'namespaced',
      reasons: ['isolated: bubblewrap (bwrap) is not in PATH', 'namespaced: bubblewrap (bwrap) is not in PATH'],
    })
  } finally {
    process.env.PATH = PATH
  }
})

test('behavior: what goes in comes out, and nothing stays on disk', async () => {
  const own = join(directory, 'own')
  const sandbox = await createSandbox({ directory: own })
  const input = 'x'.repeat(3 << 20)

  const answer = textOf(await sandbox.run(echoJob(input), never))
  await sandbox.close()

  assert.equal(answer.slice(answer.indexOf(' ') + 1), input)
  assert.deepEqual(readdirSync(own), [])
})

test('error: a job that was given up before its start starts nothing', async () => {
  const sandbox = await createSandbox({ directory, upTo: 'limited' })
  const marker = join(directory, 'started')
  writeFileSync(join(directory, 'touch.cjs'), `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`)
  const job = { ...echoJob('x'), args: [join(directory, 'touch.cjs')] }

  await assert.rejects(sandbox.run(job, AbortSignal.abort(new Error('enough'))), { message: 'enough' })
  await sandbox.close()
  assert.ok(!readdirSync(directory).includes('started'))
})
