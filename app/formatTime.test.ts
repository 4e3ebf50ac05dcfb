import assert from 'node:assert/strict'
import test from 'node:test'
import { formatClock, formatDuration, formatExact, formatRelative } from './formatTime.ts'

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

test('behavior: clocks and days are those of the reader’s time zone', () => {
  const at = new Date(2026, 2, 9, 7, 5, 3).getTime() / 1000

  assert.equal(formatClock(at, at + 43_199), '07:05')
  assert.equal(formatClock(at, at - 43_200), '9 Mar 2026, 07:05')
  assert.equal(formatExact(at), '9 Mar 2026, 07:05:03')
})
