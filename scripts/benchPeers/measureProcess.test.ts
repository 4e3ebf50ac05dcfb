import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MeasuredRunFailedError, measureProcess } from './measureProcess.ts'

const onLinux = { skip: process.platform === 'linux' ? false : 'memory is measured on Linux only' }

/** Runs a line of JavaScript in a Node of its own. */
function runNode(line: string, wallSeconds = 60) {
  return measureProcess({ command: process.execPath, args: ['-e', line], wallSeconds })
}

describe('measureProcess', () => {
  it('error: of an error that nothing caught it says the message, not what stands around it', async () => {
    const args = ['-e', 'throw new RangeError("There is no digit.")']

    await assert.rejects(
      measureProcess({ command: process.execPath, args, wallSeconds: 60 }),
      (error) => error instanceof MeasuredRunFailedError && error.said === 'RangeError: There is no digit.',
    )
  })

  it('error: says what a failing program said last', async () => {
    await assert.rejects(
      runNode('console.error("No such key."); process.exit(3)'),
      (error) => error instanceof MeasuredRunFailedError && error.said === 'No such key.',
    )
  })

  it('error: names the signal of a program that says nothing', async () => {
    await assert.rejects(
      runNode('process.kill(process.pid, "SIGKILL")'),
      (error) => error instanceof MeasuredRunFailedError && error.said === 'SIGKILL',
    )
  })

  it('error: ends a program that runs too long', async () => {
    await assert.rejects(
      runNode('setInterval(() => {}, 1000)', 0.2),
      (error) => error instanceof MeasuredRunFailedError && error.said === 'it took more than 0.2 s',
    )
  })

  it('error: a program that is not there', async () => {
    await assert.rejects(
      measureProcess({ command: '/nonexistent/program', args: [], wallSeconds: 10 }),
      MeasuredRunFailedError,
    )
  })

  it('behavior: counts the memory of a child of the program', onLinux, async () => {
    const hold = 'const held = Buffer.alloc(300e6, 1); setTimeout(() => held, 300)'
    const args = JSON.stringify(['-e', hold])

    const { peakBytes } = await runNode(
      `require('node:child_process').spawnSync(process.execPath, ${args}, { stdio: 'inherit' })`,
    )

    assert.ok((peakBytes ?? 0) > 300e6, `${peakBytes} bytes`)
  })

  it('behavior: processor time is that of work, and waiting takes none', onLinux, async () => {
    const busy = await runNode('const end = process.cpuUsage().user + 5e5; while (process.cpuUsage().user < end);')
    const idle = await runNode('setTimeout(() => {}, 1500)')

    assert.ok((busy.cpuSeconds ?? 0) >= 0.4, `${busy.cpuSeconds} s busy`)
    assert.ok((idle.cpuSeconds ?? 9) < (busy.cpuSeconds ?? 0) && idle.seconds >= 1.5, `${idle.cpuSeconds} s idle`)
  })
})
