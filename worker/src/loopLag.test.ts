import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { watchLoopLag } from './loopLag.ts'

test('behavior: time in which nothing else could run is the lag, and the timer that measures it is not', async () => {
  const lag = watchLoopLag()
  await sleep(50)

  const until = performance.now() + 300
  while (performance.now() < until);
  await sleep(50)

  const { 0.5: median = Number.NaN, 1: most = Number.NaN } = lag.quantiles()
  lag.stop()
  assert.ok(most >= 0.28, `${most}`)
  assert.ok(median < most, `${median}`)
})

test('behavior: a loop that was never held up has no lag', () => {
  const lag = watchLoopLag()

  assert.deepEqual(lag.quantiles(), { 0.5: 0, 0.99: 0, 1: 0 })
  lag.stop()
})
