import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { domainKindOf, domainSizeOf, mostRows, rootOfUnity } from './domain.ts'
import { power, scalarOrder } from './field.ts'

describe('domain', () => {
  it('invariant: a domain is the smallest of its kind that holds the rows, and even', () => {
    for (let rows = 1; rows < 3000; rows++) {
      const [two, mixed] = [domainSizeOf(rows, 'power-of-two'), domainSizeOf(rows, 'mixed')]

      assert.ok(Number.isInteger(Math.log2(two)) && two >= rows && (two === 2 || two / 2 < rows), String(rows))
      assert.ok(mixed >= rows && mixed <= two && mixed % 2 === 0, String(rows))
      assert.ok([1, 3, 9].includes(mixed / (mixed & -mixed)), String(rows))
      assert.equal(domainKindOf(mixed), mixed === two ? 'power-of-two' : 'mixed')
    }
    // A twentieth over a power of two pays an eighth, not all of it.
    assert.equal(domainSizeOf(Math.ceil(1.05 * 2 ** 14), 'mixed'), 1.125 * 2 ** 14)
  })

  it('error: what is no domain has no kind, and too many rows have no domain', () => {
    for (const size of [0, 1, 3, 5, 7, 9, 10, 15, 27, 54, 2.5, -4, 2 * mostRows, Number.NaN]) {
      assert.equal(domainKindOf(size), undefined, String(size))
    }
    assert.equal(domainKindOf(mostRows), 'power-of-two')
    assert.throws(() => domainSizeOf(mostRows + 1, 'mixed'), { name: 'RangeError' })
  })

  it('invariant: roots of unity have their order, and the square of one is that of half the order', () => {
    for (const order of [2, 6, 18, 48, 2 ** 20, 3 * 2 ** 10, 9 * 2 ** 27, 9 * 2 ** 28]) {
      const root = rootOfUnity(order)
      const proper = [2, 3].filter((prime) => order % prime === 0)

      assert.equal(power(root, BigInt(order)), 1n)
      for (const prime of proper) assert.notEqual(power(root, BigInt(order / prime)), 1n)
      assert.equal((root * root) % scalarOrder, rootOfUnity(order / 2))
    }
  })
})
