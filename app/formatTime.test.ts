import assert from 'node:assert/strict'
import test from 'node:test'
import { formatDuration, formatRelative } from './formatTime.ts'

test('behavior: moments are said in the largest unit that fits', () => {
  assert.equal(formatRelative(1000, 1001), 'just now')
  assert.equal(formatRelative(1000, 1012), '12 s ago')
  assert.equal(formatRelative(1200, 1000), 'in 3 min')
})

test('behavior: durations round down', () => {
  assert.equal(formatDuration(59.9), '59 s')
  assert.equal(formatDuration(3599), '59 min')
  assert.equal(formatDuration(200_000), '2 d')
})
