import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'

/** A lock without packages, which npm installs without a network. */
const emptyLock = { name: 'planted', lockfileVersion: 3, packages: { '': { name: 'planted' } } }
const missing = { version: '1.0.0', integrity: 'sha512-AAAA' }

describe('bootstrap', () => {
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'assay-bootstrap-'))
  const root = path.join(temporary, 'checkout')
  after(() => rmSync(temporary, { recursive: true }))

  /** A checkout of its own with the real bootstrap in it. */
  beforeEach(() => {
    rmSync(root, { recursive: true, force: true })
    mkdirSync(path.join(root, 'scripts'), { recursive: true })
    for (const name of ['bootstrap.mjs', 'bootstrap']) {
      cpSync(path.join(import.meta.dirname, name), path.join(root, 'scripts', name), { recursive: true })
    }
    plant(emptyLock)
  })

  function plant(lock: { name: string; packages: object }) {
    writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify(lock))
    const dependencies = 'node_modules/missing' in lock.packages ? { missing: '1.0.0' } : undefined
    writeFileSync(path.join(root, 'package.json'), JSON.stringify({ name: 'planted', dependencies }))
  }

  function start(args: string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [path.join(root, 'scripts/bootstrap.mjs'), ...args], {
      cwd: temporary,
      env: { ...process.env, ...env },
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      if (stdout.includes('ready')) child.emit('ready')
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
      child.once('close', (code) => resolve({ code, stdout, stderr })),
    )
    return { child, ended }
  }

  it('behavior: installs once, puts Node 24 and the packages first in PATH, and passes arguments and the exit code', async () => {
    const source = 'console.log(process.version, process.env.PATH, process.argv.slice(1)); process.exit(7)'

    const first = await start(['node', '-e', source, 'a b']).ended
    const second = await start(['node', '-e', source]).ended

    assert.equal(first.code, 7)
    assert.ok(Number(/v(\d+)/.exec(first.stdout)?.[1]) >= 24)
    assert.ok(first.stdout.includes(` ${path.join(root, 'node_modules/.bin')}${path.delimiter}`))
    assert.match(first.stdout, /'a b'/)
    assert.match(first.stderr, /Installing the packages/)
    assert.equal(second.stderr, '')
  })

  it('behavior: installs again when the lock changed, and when an installation was interrupted', async () => {
    await start(['node', '-e', '']).ended
    plant({ ...emptyLock, name: 'changed' })
    const changed = await start(['node', '-e', '']).ended
    rmSync(path.join(root, 'node_modules/.assay-lock'))
    const interrupted = await start(['node', '-e', '']).ended

    assert.match(changed.stderr, /Installing the packages/)
    assert.match(interrupted.stderr, /Installing the packages/)
  })

  it('behavior: passes signals on', async () => {
    const source = "process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1000); console.log('ready')"
    const { child, ended } = start(['node', '-e', source])
    await new Promise((resolve) => child.once('ready', resolve))

    child.kill('SIGTERM')

    assert.equal((await ended).code, 5)
  })

  it('error: a command ended by a signal gives 128 + its number', async () => {
    assert.equal((await start(['node', '-e', "process.kill(process.pid, 'SIGKILL')"]).ended).code, 137)
  })

  it('error: without a registry one sentence says what is missing, and nothing counts as installed', async () => {
    plant({ ...emptyLock, packages: { ...emptyLock.packages, 'node_modules/missing': missing } })
    const env = {
      npm_config_registry: 'http://127.0.0.1:9/',
      npm_config_cache: path.join(temporary, 'npm'),
    }

    const { code, stderr } = await start(['node', '-e', ''], env).ended

    assert.equal(code, 1)
    assert.match(
      stderr,
      /A package of package-lock\.json is missing and the npm registry http:\/\/127\.0\.0\.1:9\/ cannot be reached/,
    )
    assert.equal(existsSync(path.join(root, 'node_modules/.assay-lock')), false)
  })

  it('error: no command, and a command that does not exist, are one sentence each', async () => {
    const none = await start([]).ended
    const unknown = await start(['no-such-command']).ended

    assert.deepEqual([none.code, unknown.code], [1, 1])
    assert.match(none.stderr, /^No command to run: .*\n$/)
    assert.match(unknown.stderr, /Cannot run `no-such-command` \(.*\): check the command's name\.\n$/)
  })

  it('behavior: a lock left by a process that is gone is taken over', async () => {
    mkdirSync(path.join(root, '.cache'), { recursive: true })
    writeFileSync(path.join(root, '.cache/bootstrap.lock'), '4194304999')

    const { code } = await start(['node', '-e', '']).ended

    assert.equal(code, 0)
    assert.equal(existsSync(path.join(root, '.cache/bootstrap.lock')), false)
  })

  it('invariant: the entry keeps to syntax of Node 12, so that an old Node gets a sentence', () => {
    const entry = readFileSync(path.join(import.meta.dirname, 'bootstrap.mjs'), 'utf8')

    assert.doesNotMatch(entry, /\?\?|\?\.|^import |node:|^\s*await /m)
  })
})
