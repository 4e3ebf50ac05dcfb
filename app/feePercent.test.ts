import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBps, parsePercent } from './feePercent.ts'

test('args: a percentage has at most two digits after the point or comma', () => {
  assert.deepEqual(['2.5', ' 3 ', '0,25', '5.', '0'].map(parsePercent), [250, 300, 25, 500, 0])
  assert.deepEqual(['', '2.125', '-1', '1e2', '.5', 'x'].map(parsePercent), Array(6).fill(undefined))
})

test('behavior: what is shown can be typed again', () => {
  for (const bps of [0, 1, 25, 250, 500]) assert.equal(parsePercent(formatBps(bps).replace(' %', '')), bps)
})
