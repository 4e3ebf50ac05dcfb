import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBound, formatReal } from './formatReal.ts'

test('behavior: reals have at most four digits after the point, and powers of ten where that would hide them', () => {
  assert.deepEqual([0, 7, -2.5, 1 / 3, 0.00001, -2e12].map(formatReal), [
    '0',
    '7',
    '−2.5',
    '0.3333',
    '1.00e−5',
    '−2.00e+12',
  ])
})

test('behavior: bounds are whole numbers as they are, or have four digits', () => {
  assert.deepEqual([-128, 65_536, 0.123456, -2.5, 1e30].map(formatBound), ['-128', '65,536', '0.1235', '-2.5', '1e+30'])
})
