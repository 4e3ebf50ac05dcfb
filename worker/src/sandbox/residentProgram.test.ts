import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createSandbox, type Sandbox } from './createSandbox.ts'
import { startResidentProgram } from './residentProgram.ts'
import { defaultLimits, type SandboxLimits } from './sandboxLimits.ts'

const directory = mkdtempSync(join(tmpdir(), 'assay-resident-'))
const never = new AbortController().signal
let sandbox: Sandbox
before(async () => {
  sandbox = await createSandbox({ directory, upTo: 'limited' })
})
after(async () => {
  await sandbox.close()
  rmSync(directory, { recursive: true, force: true })
})

/** Answers each request with its process id and the request, unless the request says otherwise. */
const echo = `
const fs = require('node:fs')
const read = (count) => { const bytes = Buffer.alloc(count); let at = 0; while (at < count) { const got = fs.readSync(0, bytes, at, count - at); if (got === 0) process.exit(0); at += got } return bytes }
const write = (bytes) => { const head = Buffer.alloc(4); head.writeUInt32BE(bytes.length); fs.writeSync(1, Buffer.concat([head, bytes])) }
write(Buffer.alloc(0))
for (;;) {
  const request = read(read(4).readUInt32BE(0)).toString()
  if (request === 'end') process.exit(0)
  if (request === 'fail') throw new Error('it failed')
  if (request === 'hang') while (true);
  if (request === 'flood') fs.writeSync(1, Buffer.from('ffffffff', 'hex'))
  write(Buffer.from(process.pid + ' ' + request))
}`

function start(source: string, limits: Partial<SandboxLimits> = {}) {
  const run = {
    command: process.execPath,
    args: ['-e', source],
    readable: [],
    limits: { ...defaultLimits, ...limits },
  }
  return startResidentProgram({ sandbox, run }, never)
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString()

test('behavior: S0-SBX-1 one process answers request after request and gives its memory back at its end', async () => {
  const program = await start(echo)

  const answers = [await program.ask(Buffer.from('one'), never), await program.ask(Buffer.from('x'.repeat(99)), never)]
  const held = sandbox.memory().takenMb
  await program.close()

  const [first = '', second = ''] = answers.map(textOf)
  assert.equal(first.split(' ')[1], 'one')
  assert.equal(second.split(' ')[1], 'x'.repeat(99))
  assert.equal(first.split(' ')[0], second.split(' ')[0])
  assert.equal(held, defaultLimits.memoryMb)
  assert.equal(sandbox.memory().takenMb, 0)
  assert.equal(program.isAlive(), false)
})

test('behavior: a process that goes on holds none of the answers it gave', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const program = await start(echo)

  const answers: WeakRef<Uint8Array>[] = []
  for (let i = 0; i < 10; i++) answers.push(new WeakRef(await program.ask(Buffer.from(`${i}`), never)))
  await sleep(10)
  collectGarbage()
  const held = answers.filter((answer) => answer.deref() !== undefined).length
  await program.close()

  // The last one may still be on the stack.
  assert.ok(held <= 1, `${held} answers are held`)
})

const failures = [
  { request: 'fail', title: 'that fails', error: { name: 'SandboxFailedError', exitCode: 1 } },
  { request: 'end', title: 'that ends', error: { name: 'SandboxFailedError', exitCode: 0 } },
  { request: 'hang', title: 'beyond its wall clock', error: { name: 'SandboxViolationError', kind: 'wall' } },
  { request: 'flood', title: 'beyond its output', error: { name: 'SandboxViolationError', kind: 'output' } },
]
for (const { request, title, error } of failures) {
  test(`error: S0-SBX-1 an answer ${title} is an error, and the process is gone`, async () => {
    const program = await start(echo, { wallSeconds: 5, outputBytes: 1 << 20 })

    await assert.rejects(program.ask(Buffer.from(request), never), error)
    assert.equal(program.isAlive(), false)
  })
}

test('error: a program that does not say that it is ready has failed', async () => {
  const source = `require('node:fs').writeSync(1, Buffer.from('0000000161', 'hex')); setInterval(() => {}, 1000)`

  await assert.rejects(start(source), { name: 'SandboxFailedError' })
})

test('error: a request that is given up ends the process, with the reason as it was', async () => {
  const program = await start(echo)
  const giveUp = new AbortController()

  const asked = program.ask(Buffer.from('hang'), giveUp.signal)
  giveUp.abort(new Error('enough'))

  await assert.rejects(asked, { message: 'enough' })
  assert.equal(program.isAlive(), false)
})
