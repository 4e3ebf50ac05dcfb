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

test('behavior: S0-AUD-1 each line has one service: its own, that of its logger, or the worker', () => {
  const lines: string[] = []
  const logger = createLogger('info', { write: (line) => lines.push(line) })
  const chain = logger.child({ service: 'chain' })

  logger.info({ msg: 'a' })
  chain.info({ msg: 'b' })
  chain.child({ jobId: '0x1' }).info({ msg: 'c' })
  logger.child({ jobId: '0x1' }).info({ msg: 'd' })
  logger.info({ msg: 'e', service: 'prover' })

  assert.deepEqual(
    lines.map((line) => JSON.parse(line).service),
    ['worker', 'chain', 'chain', 'worker', 'prover'],
  )
  for (const line of lines) assert.equal(line.split('"service":').length, 2, line)
})

test('error: S0-KEY-1 keys of providers and passwords in URLs are not logged, wherever they stand', () => {
  const lines: string[] = []
  const logger = createLogger('info', { write: (line) => lines.push(line) })
  const url = 'https://user:hunter2@rpc.test/v2/SECRET?key=SECRET'
  const cause = new Error(`no answer from ${url}`)

  logger.child({ endpoint: url }).warn({ msg: `failed at ${url}`, detail: [{ url }], err: new Error(url, { cause }) })

  const [line = ''] = lines
  assert.doesNotMatch(line, /SECRET|hunter2/)
  assert.equal(JSON.parse(line).msg, 'failed at https://rpc.test')
  assert.equal(JSON.parse(line).err.cause.message, 'no answer from https://rpc.test')
})
