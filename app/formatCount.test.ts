import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatCount } from './formatCount.ts'

describe('formatCount', () => {
  it('behavior: writes whole numbers as the browser does', () => {
    for (const count of [0, 7, 999, 1000, 12_345, 999_999, 1_000_000, -4321, 2 ** 53, 10n ** 21n]) {
      assert.equal(formatCount(count), count.toLocaleString('en'))
    }
  })
})
