import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hex } from 'viem'
import { type FigureEnd, type FigureRequest, modelFigures } from './modelFigures.ts'

const modelId = `0x${'aa'.repeat(32)}` as const
const idOf = (index: number): Hex => `0x${String(index).padStart(64, '0')}`
const requestOf = (index: number, overrides: Partial<FigureRequest> = {}): FigureRequest => ({
  jobId: idOf(index),
  modelId,
  rampStart: 1000,
  inCoin: true,
  ...overrides,
})
const paid = (price: bigint, seconds: number): FigureEnd => ({ price, royalty: price / 10n, at: 1000 + seconds })

test('behavior: prices and times are medians of what was answered, the fill rate is over what ended', () => {
  const requests = [0, 1, 2, 3, 4].map((index) => requestOf(index))
  const ends = new Map([
    [idOf(0), paid(30n, 5)],
    [idOf(1), paid(10n, 90)],
    [idOf(2), paid(20n, 7)],
    [idOf(3), 'refunded' as const],
  ])

  assert.deepEqual(modelFigures(requests, ends).get(modelId), {
    requests: 5,
    answered: 3,
    fillRate: 0.75,
    clearingPrice: 20n,
    latencySeconds: 7,
    royalty: 6n,
  })
})

test('behavior: a job paid in tokens counts as answered and not in the money', () => {
  const figures = modelFigures([requestOf(0, { inCoin: false })], new Map([[idOf(0), paid(30n, 5)]]))

  assert.deepEqual(figures.get(modelId), { requests: 1, answered: 1, fillRate: 1, latencySeconds: 5, royalty: 0n })
})

test('behavior: models whose jobs are open have no rate, models without jobs no figures', () => {
  const figures = modelFigures([requestOf(0)], new Map())

  assert.deepEqual(figures.get(modelId), { requests: 1, answered: 0, royalty: 0n })
  assert.equal(figures.get(`0x${'bb'.repeat(32)}`), undefined)
})

test('invariant: a chain whose clock runs behind the order’s start gives no negative time', () => {
  assert.equal(modelFigures([requestOf(0)], new Map([[idOf(0), paid(1n, -3)]])).get(modelId)?.latencySeconds, 0)
})
