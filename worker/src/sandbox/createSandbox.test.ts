import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createSandbox, type SandboxJob } from './createSandbox.ts'
import { defaultLimits } from './sandboxLimits.ts'

const directory = mkdtempSync(join(tmpdir(), 'assay-sandbox-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const never = new AbortController().signal

/** Says that it is ready, where it is to, then its process id and what it was given. */
function echoJob(input: string, warmKey?: string): SandboxJob {
  const source = `const fs = require('node:fs'); fs.writeSync(1, Buffer.alloc(${warmKey === undefined ? 0 : 4}))
    fs.writeSync(1, process.pid + ' ' + fs.readFileSync(0))`
  const command = { command: process.execPath, args: ['-e', source], readable: [] }
  return {
    ...command,
    limits: defaultLimits,
    input: Buffer.from(input),
    ...(warmKey !== undefined && { warm: { key: warmKey, args: command.args } }),
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
  const sandbox = await createSandbox({ directory: own, warm: 0 })
  const input = 'x'.repeat(3 << 20)

  const answer = textOf(await sandbox.run(echoJob(input), never))
  await sandbox.close()

  assert.equal(answer.slice(answer.indexOf(' ') + 1), input)
  assert.deepEqual(readdirSync(own), [])
})

test('behavior: a warm process answers once, the next one another, and the frame is no part of the answer', async () => {
  const sandbox = await createSandbox({ directory, upTo: 'limited', warm: 1 })

  const answers: string[] = []
  for (const input of ['one', 'two', 'three']) {
    answers.push(textOf(await sandbox.run(echoJob(input, 'echo'), never)))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await sandbox.close()

  assert.deepEqual(
    answers.map((answer) => answer.split(' ')[1]),
    ['one', 'two', 'three'],
  )
  assert.equal(new Set(answers.map((answer) => answer.split(' ')[0])).size, 3)
})

test('behavior: with its last frame a computation is over, however long it would go on', async () => {
  const sandbox = await createSandbox({ directory, upTo: 'limited', warm: 0 })
  const source = `const fs = require('node:fs'); fs.writeSync(1, Buffer.from([0, 0, 0, 1, 7, 0, 0, 0, 0]))
    setInterval(() => {}, 1000)`
  const job = { ...echoJob(''), args: ['-e', source], frames: 2 }

  const answer = await sandbox.run(job, never)
  await sandbox.close()

  assert.deepEqual([...answer], [0, 0, 0, 1, 7, 0, 0, 0, 0])
  assert.deepEqual(sandbox.memory().takenMb, 0)
})

test('behavior: a sandbox that is closed while the next process starts leaves none', async () => {
  const program = `import { createSandbox } from '${new URL('./createSandbox.ts', import.meta.url)}'
    const sandbox = await createSandbox({ directory: '${join(directory, 'closing')}', upTo: 'limited' })
    const job = { command: process.execPath, args: ['-e', 'require("node:fs").writeSync(1, Buffer.alloc(4))'], readable: [] }
    const limits = ${JSON.stringify(defaultLimits)}
    await sandbox.run({ ...job, limits, input: Buffer.from(''), warm: { key: 'key', args: job.args } }, new AbortController().signal)
    await sandbox.close()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  // A net below a process that would wait for ever for the one that it left.
  const net = setTimeout(() => child.kill(), 60_000)

  const [code] = await once(child, 'close')

  clearTimeout(net)
  assert.equal(code, 0)
})

test('error: a program that does not say that it is ready has failed', async () => {
  const sandbox = await createSandbox({ directory, upTo: 'limited', warm: 0 })

  await assert.rejects(sandbox.run({ ...echoJob('x'), warm: { key: 'key', args: [] } }, never), {
    name: 'SandboxFailedError',
  })
  await sandbox.close()
})

test('error: a job that was given up before its start starts nothing', async () => {
  const sandbox = await createSandbox({ directory, upTo: 'limited', warm: 0 })
  const marker = join(directory, 'started')
  writeFileSync(join(directory, 'touch.cjs'), `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`)
  const job = { ...echoJob('x'), args: [join(directory, 'touch.cjs')] }

  await assert.rejects(sandbox.run(job, AbortSignal.abort(new Error('enough'))), { message: 'enough' })
  await sandbox.close()
  assert.ok(!readdirSync(directory).includes('started'))
})
