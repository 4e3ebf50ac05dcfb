import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type LimitKind, type ProcessLimits, runLimited } from './limitedProcess.ts'

const cwd = mkdtempSync(join(tmpdir(), 'assay-limits-'))
after(() => rmSync(cwd, { recursive: true, force: true }))

const limits: ProcessLimits = { memoryMb: 128, cpuSeconds: 20, wallSeconds: 60, outputBytes: 2 ** 20 }
const runCode = (source: string, changed: Partial<ProcessLimits> = {}, signal?: AbortSignal) =>
  runLimited({ command: process.execPath, args: ['-e', source], cwd, limits: { ...limits, ...changed } }, signal)

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits for the kernel to have ended a killed process. */
async function untilDead(pid: number): Promise<void> {
  const until = performance.now() + 10_000
  while (isAlive(pid) && performance.now() < until) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(isAlive(pid), false, `process ${pid} lives on`)
}

// On Linux the limit of memory holds for everything; elsewhere only for the JavaScript heap.
const linux = process.platform === 'linux'

const attacks: { what: string; kind: LimitKind; source: string; changed?: Partial<ProcessLimits>; skip?: boolean }[] = [
  { what: 'a JavaScript heap bomb', kind: 'memory', source: 'const a = []; for (;;) a.push(new Array(1000).fill({}))' },
  {
    what: 'a Buffer bomb',
    kind: 'memory',
    source: 'const a = []; for (;;) a.push(Buffer.alloc(1 << 20, 1))',
    skip: !linux,
  },
  {
    what: 'a WebAssembly memory bomb',
    kind: 'memory',
    source: 'const m = new WebAssembly.Memory({ initial: 1 }); for (;;) m.grow(160)',
    skip: !linux,
  },
  {
    what: 'many WebAssembly memories',
    kind: 'memory',
    source: 'const a = []; for (;;) a.push(new WebAssembly.Memory({ initial: 160 }))',
    skip: !linux,
  },
  { what: 'an endless loop', kind: 'cpu', source: 'for (;;);', changed: { cpuSeconds: 1 } },
  {
    what: 'an endless loop that handles the signal',
    kind: 'cpu',
    source: `process.on('SIGXCPU', () => {}); const f = () => { for (let i = 0; i < 1e7; i++); setImmediate(f) }; f()`,
    changed: { cpuSeconds: 1 },
  },
  { what: 'endless sleep', kind: 'wall', source: 'setTimeout(() => {}, 1e9)', changed: { wallSeconds: 1 } },
  {
    what: 'endless sleep that handles every signal it can',
    kind: 'wall',
    source: `for (const s of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(s, () => {}); setTimeout(() => {}, 1e9)`,
    changed: { wallSeconds: 1 },
  },
  {
    what: 'a flood on standard output',
    kind: 'output',
    source: `const b = Buffer.alloc(65536, 65); for (;;) require('node:fs').writeSync(1, b)`,
  },
  {
    what: 'a flood on standard error',
    kind: 'output',
    source: `const b = Buffer.alloc(65536, 65); for (;;) require('node:fs').writeSync(2, b)`,
  },
  {
    what: 'a file too large',
    kind: 'output',
    source: `require('node:fs').writeFileSync('large', Buffer.alloc(3 << 20))`,
  },
]

describe('limitedProcess', () => {
  for (const { what, kind, source, changed, skip } of attacks) {
    it(`behavior: stops ${what} as ${kind} (S0-SBX-1, S1-SBX-1 in part)`, { skip: skip === true }, async () => {
      await assert.rejects(runCode(source, changed), { name: 'LimitExceededError', kind })
    })
  }

  it('behavior: a memory limit lets through what stays below it (S0-SBX-1)', async () => {
    const { stdout } = await runCode(`const b = Buffer.alloc(64 << 20, 1); process.stdout.write(String(b.length))`)

    assert.equal(Buffer.from(stdout).toString(), String(64 << 20))
  })

  it('behavior: kills what its child leaves behind in the group (S0-SBX-1)', async () => {
    const source = `const c = require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1e9)'], { stdio: 'inherit' })
      c.on('spawn', () => { require('node:fs').writeSync(1, String(c.pid)); process.exit(0) })`

    const { stdout } = await runCode(source)

    await untilDead(Number(Buffer.from(stdout).toString()))
  })

  it('behavior: does not wait for a stray descendant that holds its pipes, and keeps what was written', async () => {
    const stray = `require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1e9)'], { stdio: 'inherit', detached: true })`
    const source = `const c = ${stray}; c.on('spawn', () => { require('node:fs').writeSync(1, String(c.pid)); process.exit(0) })`

    const { stdout } = await runCode(source)

    const pid = Number(Buffer.from(stdout).toString())
    assert.ok(isAlive(pid), 'a session of its own is beyond a process group, as the warning says')
    process.kill(pid, 'SIGKILL')
    await untilDead(pid)
  })

  it('behavior: an abort kills the whole group and throws its reason', async () => {
    const controller = new AbortController()
    const pidFile = join(cwd, 'pid')
    const source = `const c = require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1e9)'])
      c.on('spawn', () => require('node:fs').writeFileSync('pid', String(c.pid)))`
    const run = runCode(source, {}, controller.signal)
    const reason = new Error('enough')
    while (!existsSync(pidFile)) await new Promise((resolve) => setImmediate(resolve))

    controller.abort(reason)

    await assert.rejects(run, reason)
  })

  it('behavior: an abort before the start starts nothing', async () => {
    const marker = join(cwd, 'started')

    await assert.rejects(runCode(`require('node:fs').writeFileSync('started', '')`, {}, AbortSignal.abort()), {
      name: 'AbortError',
    })

    assert.equal(existsSync(marker), false)
  })

  it('behavior: bytes go in and come out unchanged', async () => {
    const input = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256)
    const args = ['-e', 'process.stdin.pipe(process.stdout)']

    const { stdout } = await runLimited({ command: process.execPath, args, cwd, input, limits })

    assert.deepEqual(stdout, input)
  })

  it('behavior: a program that never reads its input is no error', async () => {
    const input = new Uint8Array(4 << 20)
    const args = ['-e', 'process.exit(0)']

    const { stdout } = await runLimited({ command: process.execPath, args, cwd, input, limits })

    assert.equal(stdout.length, 0)
  })

  it('behavior: the environment has nothing but PATH, and what the shell itself sets', async () => {
    process.env.ASSAY_TEST_SECRET = 'secret'
    const { stdout } = await runCode('process.stdout.write(Object.keys(process.env).join())')
    delete process.env.ASSAY_TEST_SECRET

    const names = Buffer.from(stdout).toString().split(',').sort()
    assert.deepEqual(
      names.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_', '__CF_USER_TEXT_ENCODING'].includes(name)),
      ['PATH'],
    )
  })

  it('args: arguments are no shell text', async () => {
    const args = [
      '-e',
      'process.stdout.write(JSON.stringify(process.argv.slice(1)))',
      '$(id)',
      '`id`',
      "';exit 1;'",
      '* ',
    ]

    const { stdout } = await runLimited({ command: process.execPath, args, cwd, limits })

    assert.deepEqual(JSON.parse(Buffer.from(stdout).toString()), args.slice(2))
  })

  it('error: an exit code, a signal and a missing program are failures of the process', async () => {
    const run = (command: string) => runLimited({ command, args: [], cwd, limits })

    await assert.rejects(runCode(`console.error('Error: the disk is blue'); process.exit(3)`), {
      name: 'ProcessFailedError',
      exitCode: 3,
      stderr: 'Error: the disk is blue\n',
    })
    await assert.rejects(runCode(`process.kill(process.pid, 'SIGTERM')`), {
      name: 'ProcessFailedError',
      killedBy: 'SIGTERM',
    })
    await assert.rejects(run('/nonexistent/program'), { name: 'ProcessFailedError', exitCode: 127 })
    await assert.rejects(runLimited({ command: process.execPath, args: [], cwd: '/nonexistent', limits }), {
      name: 'ProcessFailedError',
    })
  })
})
