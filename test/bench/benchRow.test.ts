import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BenchRow, isReached, quantile, slopeOf, tableOf } from './benchRow.ts'

test('behavior: a figure reaches its target up to the target itself and misses it beyond', () => {
  assert.equal(isReached({ measured: 20, target: { atMost: 20 } }), true)
  assert.equal(isReached({ measured: 20.1, target: { atMost: 20 } }), false)
  assert.equal(isReached({ measured: 50, target: { atLeast: 50 } }), true)
  assert.equal(isReached({ measured: 49.9, target: { atLeast: 50 } }), false)
  assert.equal(isReached({ measured: 1 }), undefined)
  assert.equal(isReached({ measured: Number.NaN, target: { atMost: 20 } }), false)
})

test('behavior: quantiles are values that were measured, the 95th of twenty is the nineteenth', () => {
  const values = Array.from({ length: 20 }, (_, index) => 20 - index)

  assert.equal(quantile(values, 0.5), 10)
  assert.equal(quantile(values, 0.95), 19)
  assert.equal(quantile(values, 1), 20)
  assert.ok(Number.isNaN(quantile([], 0.5)))
})

test('behavior: the slope is that of the line of least squares, and none when there is no line', () => {
  const points = [0, 1, 2, 3].map((x) => ({ x, y: 5 + 3 * x + (x % 2 === 0 ? 1 : -1) }))

  assert.ok(Math.abs(slopeOf(points) - 2.6) < 1e-9)
  assert.equal(slopeOf([{ x: 1, y: 1 }]), 0)
  assert.equal(slopeOf([]), 0)
})

test('behavior: the table says of each row whether its target was reached', () => {
  const row: BenchRow = {
    what: 'start',
    measured: 1200,
    unit: 'ms',
    target: { atMost: 1000 },
    beside: 'a bare process 40',
    load: 2.04,
  }

  const [, , missed, reached] = tableOf([row, { ...row, measured: 9.5 }]).split('\n')

  assert.equal(missed, '| start | 1200.0 ms | ≤ 1000 | missed | a bare process 40 | 2.0 |')
  assert.equal(reached, '| start | 9.50 ms | ≤ 1000 | reached | a bare process 40 | 2.0 |')
})
