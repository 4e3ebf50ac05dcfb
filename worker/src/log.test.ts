import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from './log.ts'

test('behavior: S0-AUD-1 a line is JSON with a service, and an error shows its causes but not what hangs on them', () => {
  const lines: string[] = []
  const logger = createLogger('info', { write: (line) => lines.push(line) })
  const cause = Object.assign(new TypeError('no answer\n\nRequest body: secret'), { abi: ['x'.repeat(10_000)] })

  logger.child({ service: 'chain', jobId: '0x1' }).warn({ msg: 'job put off', err: new Error('failed', { cause }) })
  logger.debug({ msg: 'not shown' })

  const [line = ''] = lines
  const shown = JSON.parse(line)
  assert.equal(lines.length, 1)
  assert.deepEqual([shown.level, shown.service, shown.jobId, shown.msg], ['warn', 'chain', '0x1', 'job put off'])
  assert.equal(shown.err.message, 'failed')
  assert.match(shown.err.stack, /^ {4}at /)
  assert.deepEqual(shown.err.cause, { name: 'TypeError', message: 'no answer' })
  assert.ok(!Number.isNaN(Date.parse(shown.time)))
})
