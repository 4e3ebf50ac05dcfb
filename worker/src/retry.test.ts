import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs, pause } from './retry.ts'

test('behavior: S0-REL-2 waits double up to half a minute, half of each by chance', () => {
  const least = [0, 1, 2, 5, 6, 50].map((attempt) => backoffMs(attempt, () => 0))
  const most = [0, 1, 2, 5, 6, 50].map((attempt) => backoffMs(attempt, () => 1))

  assert.deepEqual(least, [250, 500, 1000, 8000, 15_000, 15_000])
  assert.deepEqual(most, [500, 1000, 2000, 16_000, 30_000, 30_000])
})

test('behavior: an aborted pause ends at once, without an error', async () => {
  const controller = new AbortController()
  const paused = pause(3_600_000, controller.signal)

  controller.abort()

  await paused
  await pause(3_600_000, controller.signal)
})
