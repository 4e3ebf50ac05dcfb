import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createSandbox, type Sandbox } from '@assay/worker/sandbox/createSandbox'
import {
  IsolationUnavailableError,
  SandboxFailedError,
  SandboxViolationError,
  violationKinds,
} from '@assay/worker/sandbox/sandboxErrors'
import { defaultLimits } from '@assay/worker/sandbox/sandboxLimits'
import type { SandboxRun } from '@assay/worker/sandbox/sandboxProcess'
import { type Attack, attacks, type Target } from './attacks.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-attacks-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const keyFile = join(folder, 'worker.key')
const keyText = randomBytes(32).toString('hex')
writeFileSync(keyFile, keyText, { mode: 0o600 })
process.env.ASSAY_SECRET = keyText
const limits = { ...defaultLimits, memoryMb: 96, cpuSeconds: 20, wallSeconds: 40, outputBytes: 8 << 20 }
const never = new AbortController().signal

async function topRung(): Promise<Sandbox | string> {
  try {
    return await createSandbox({ directory: folder, requireIsolation: 'isolated' })
  } catch (error) {
    if (error instanceof IsolationUnavailableError) return error.message
    throw error
  }
}

const reached = await topRung()
const skip = typeof reached === 'string' ? reached : false
if (skip !== false) console.log(`The attacks on the top rung are skipped: ${skip}`)

describe('sandbox, top rung', { skip }, () => {
  if (typeof reached === 'string') return
  const sandbox = reached
  let target: Target
  // Whoever gets here has escaped.
  const heard: string[] = []
  const tcp = createServer((socket) => heard.push(`tcp ${socket.remoteAddress}`))
  const local = createServer(() => heard.push('abstract socket'))
  const udp = createSocket('udp4', () => heard.push('udp'))

  before(async () => {
    const listen = async (server: Server, where: { port: number; host: string } | { path: string }) => {
      server.listen(where)
      await once(server, 'listening')
    }
    await listen(tcp, { port: 0, host: '127.0.0.1' })
    // A listening TCP server has an address object.
    const { port } = tcp.address() as { port: number }
    udp.bind(port, '127.0.0.1')
    await once(udp, 'listening')
    const socketName = `assay-attack-${process.pid}`
    await listen(local, { path: `\0${socketName}` })
    target = { workerPid: process.pid, port, keyFile, socketName }
  })
  after(async () => {
    for (const server of [tcp, local]) server.close()
    udp.close()
    await sandbox.close()
  })

  function runOf({ source, shell, limits: own }: Attack): SandboxRun {
    const { workerPid, port, socketName } = target
    const aims = [String(workerPid), String(port), keyFile, socketName]
    return {
      ...(shell === undefined
        ? { command: process.execPath, args: ['-e', source ?? '', ...aims] }
        : { command: '/bin/sh', args: ['-c', shell] }),
      readable: [],
      limits: { ...limits, ...own },
    }
  }

  async function outcomeOf(run: SandboxRun): Promise<unknown> {
    try {
      return await sandbox.run({ ...run, input: new Uint8Array() }, never)
    } catch (error) {
      return error
    }
  }

  for (const attack of attacks) {
    it(`behavior: ${attack.requirement} ${attack.what} is stopped as ${attack.label}`, async () => {
      const before = sandbox.violations()

      const outcome = await outcomeOf(runOf(attack))

      if (attack.label === 'denied') {
        assert.ok(outcome instanceof SandboxFailedError, String(outcome))
        assert.ok(!outcome.message.includes(keyText))
        return
      }
      assert.ok(outcome instanceof SandboxViolationError, String(outcome))
      assert.equal(outcome.kind, attack.label, outcome.message)
      assert.ok(outcome.evidence.counter.startsWith(attack.counter ?? ''), outcome.message)
      assert.equal(sandbox.violations()[attack.label] - before[attack.label], 1)
    })
  }

  it('soundness: S2-SBX-3 no attack was heard outside, and no packet left', async () => {
    const source = `const fs = require('node:fs')
      process.stdout.write(fs.readFileSync('/proc/net/dev', 'utf8'))`

    const interfaces = await sandbox.run(
      { command: process.execPath, args: ['-e', source], readable: [], limits, input: new Uint8Array() },
      never,
    )

    assert.deepEqual(heard, [])
    const lines = Buffer.from(interfaces).toString().trim().split('\n').slice(2)
    assert.deepEqual(
      lines.map((line) => line.trim().split(/[:\s]+/)).map(([name, ...counts]) => [name, new Set(counts)]),
      [['lo', new Set(['0'])]],
    )
  })

  it('behavior: S2-SBX-1 a computation is nobody, without capabilities, in a read-only root', async () => {
    const source = `const fs = require('node:fs'); const status = fs.readFileSync('/proc/self/status', 'utf8')
      process.stdout.write(JSON.stringify({ uid: process.getuid(), root: fs.readdirSync('/').sort(), environment: Object.keys(process.env).sort(),
        held: status.match(/Cap(Inh|Prm|Eff|Bnd|Amb):\\s+([0-9a-f]+)/g).map((line) => Number(line.split(/\\s+/)[1])), noNew: /NoNewPrivs:\\s+1/.test(status), filtered: /Seccomp:\\s+2/.test(status) }))`

    const answer = await sandbox.run(
      { command: process.execPath, args: ['-e', source], readable: [], limits, input: new Uint8Array() },
      never,
    )

    const { uid, root, environment, held, noNew, filtered } = JSON.parse(Buffer.from(answer).toString())
    assert.equal(uid, 65534)
    assert.deepEqual(held, [0, 0, 0, 0, 0])
    assert.deepEqual([noNew, filtered], [true, true])
    assert.deepEqual(environment, ['HOME', 'PATH', 'PWD'])
    for (const name of ['etc', 'home', 'root', 'sys', 'var', 'run']) assert.ok(!root.includes(name), name)
  })

  it('behavior: S0-SBX-1 a daemonised survivor dies with the computation', async () => {
    const marker = `7${process.pid}.25`
    const shell = `setsid sh -c 'sleep ${marker} & sleep ${marker}' </dev/null >/dev/null 2>&1 & sleep 0.3; echo started`

    const answer = await outcomeOf({ command: '/bin/sh', args: ['-c', shell], readable: [], limits })

    assert.equal(Buffer.from(answer instanceof Uint8Array ? answer : []).toString(), 'started\n', String(answer))
    assert.deepEqual(await survivorsOf(marker), [])
  })

  it('behavior: S0-SBX-1 a survivor that holds the pipes does not hold the worker', async () => {
    const marker = `8${process.pid}.25`
    const shell = `setsid sleep ${marker} & sleep 0.3; echo started`

    const answer = await outcomeOf({ command: '/bin/sh', args: ['-c', shell], readable: [], limits })

    assert.equal(Buffer.from(answer instanceof Uint8Array ? answer : []).toString(), 'started\n', String(answer))
    assert.deepEqual(await survivorsOf(marker), [])
  })

  it('behavior: an abort kills the tree and throws its reason', async () => {
    const marker = `9${process.pid}.25`
    const controller = new AbortController()
    const shell = `sleep ${marker} & echo; wait`
    const run = sandbox.run(
      { command: '/bin/sh', args: ['-c', shell], readable: [], limits, input: new Uint8Array() },
      controller.signal,
    )
    run.catch(() => {})
    while (commandsWith(marker).length === 0) await new Promise((resolve) => setImmediate(resolve))

    controller.abort(new Error('enough'))

    await assert.rejects(run, { message: 'enough' })
    assert.deepEqual(await survivorsOf(marker), [])
  })

  it('behavior: S0-SBX-1 the worker is unharmed, and every kind was counted', () => {
    const counts = sandbox.violations()

    for (const kind of violationKinds) assert.ok(counts[kind] > 0, kind)
  })
})

/** What is still there two seconds after the kill: it is the kernel that ends them, when their turn comes. */
async function survivorsOf(marker: string): Promise<string[]> {
  for (let waited = 0; waited < 2_000 && commandsWith(marker).length > 0; waited += 20) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return commandsWith(marker)
}

/** Command lines of this machine's processes that hold a text. Zombies have none. */
function commandsWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return ''
      }
    })
    .filter((command) => command.includes(text))
}
