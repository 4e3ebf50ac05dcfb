import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAmount } from './parseAmount.ts'

test('args: an amount is a plain decimal number of at most 18 digits after the point', () => {
  assert.deepEqual([' 1.5 ', '0', '0.000000000000000001'].map(parseAmount), [1_500_000_000_000_000_000n, 0n, 1n])
  assert.deepEqual(['', '-1', '1e3', '1,5', '.5', `0.${'1'.repeat(19)}`].map(parseAmount), Array(6).fill(undefined))
})
