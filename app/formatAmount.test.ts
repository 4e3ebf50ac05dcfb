import assert from 'node:assert/strict'
import test from 'node:test'
import { formatAmount, formatExactAmount } from './formatAmount.ts'

test('behavior: amounts lose trailing zeros and digits beyond the sixth', () => {
  assert.equal(formatAmount(10n ** 18n), '1 ETH')
  assert.equal(formatAmount(1_500_000_000_000_000n), '0.0015 ETH')
  assert.equal(formatAmount(9_999_123_456_789_000_000_000n), '9\u2009999.123456 ETH')
})

test('behavior: a positive amount is never shown as zero', () => {
  assert.equal(formatAmount(1n), '<0.000001 ETH')
  assert.equal(formatAmount(0n), '0 ETH')
})

test('behavior: the exact amount keeps every digit', () => {
  assert.equal(formatExactAmount(1_000_000_000_000_000_001n), '1.000000000000000001 ETH')
})
