import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, describe, it } from 'node:test'
import { createProcesses, type DevnetProcesses, ServiceEndedError } from './processes.ts'
import { waitFor } from './waitFor.ts'

const { signal } = new AbortController()

describe('createProcesses', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-processes-'))
  after(() => rmSync(folder, { recursive: true }))

  /** A program that starts another one, ignores no signal, and writes both process ids to a file. */
  const family = (file: string) => [
    '-e',
    `const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
     require('node:fs').writeFileSync(${JSON.stringify(file)}, process.pid + ' ' + child.pid)
     setInterval(() => {}, 1000)`,
  ]
  const idsIn = async (file: string) => {
    await waitFor({ what: file, ready: async () => existsSync(file) && readFileSync(file, 'utf8') !== '' }, signal)
    return readFileSync(file, 'utf8').split(' ').map(Number)
  }
  const untilGone = (ids: number[]) =>
    waitFor({ what: `End of ${ids.join(', ')}`, ready: async () => !ids.some(isAlive) }, signal)
  const failureOf = ({ failure }: DevnetProcesses) =>
    failure.then(
      () => undefined,
      (error: unknown) => error,
    )

  it('behavior: stop ends a service and what it started, and is no failure', async () => {
    const file = path.join(folder, 'stopped')
    const processes = createProcesses(folder)
    processes.start({ name: 'family', args: family(file) })
    const ids = await idsIn(file)

    await processes.stop()

    await untilGone(ids)
    assert.equal(await Promise.race([failureOf(processes), Promise.resolve('none')]), 'none')
  })

  it('error: a service that ends by itself fails with its last words', async () => {
    const processes = createProcesses(folder)
    processes.start({ name: 'short', args: ['-e', 'console.error("No room left."); process.exit(3)'] })

    const error = await failureOf(processes)

    await processes.stop()
    assert.ok(error instanceof ServiceEndedError)
    assert.equal(error.service, 'short')
    const log = path.join(folder, 'short.log')
    assert.equal(error.message, `The devnet's short ended (exit code 3): No room left; its log is ${log}.`)
  })

  it('error: a program that is run and fails rejects', async () => {
    const processes = createProcesses(folder)

    await processes.run({ name: 'fine', args: ['-e', ''] })
    await assert.rejects(processes.run({ name: 'broken', args: ['-e', 'process.exit(1)'] }), ServiceEndedError)

    await processes.stop()
  })

  it('behavior: services end when the process that started them is killed', async () => {
    const file = path.join(folder, 'orphaned')
    const source = `import { createProcesses } from ${JSON.stringify(path.join(import.meta.dirname, 'processes.ts'))}
      createProcesses(${JSON.stringify(folder)}).start({ name: 'orphan', args: ${JSON.stringify(family(file))} })
      setInterval(() => {}, 1000)`
    const starter = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: 'ignore' })
    const ids = await idsIn(file)

    starter.kill('SIGKILL')

    await untilGone(ids)
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // A process that has ended and was not waited for yet is not alive either.
    return !/^State:\s+Z/m.test(statusOf(pid))
  } catch {
    return false
  }
}

function statusOf(pid: number): string {
  const file = `/proc/${pid}/status`
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
