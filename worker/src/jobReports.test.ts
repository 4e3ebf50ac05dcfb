import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Hex, numberToHex, parseEther, zeroAddress, zeroHash } from 'viem'
import { fakeOrder } from './fakeOrder.ts'
import { openStore } from './store.ts'

const id = (index: number): Hex => numberToHex(index, { size: 32 })

function storeWithJobs(count: number, modelOf: (index: number) => Hex = () => zeroHash) {
  const store = openStore(':memory:')
  store.bind('test')
  store.advance({
    blocks: [{ number: 1, hash: id(1), parentHash: zeroHash }],
    events: Array.from({ length: count }, (_, index) => ({
      blockNumber: 1,
      blockHash: id(1),
      logIndex: index,
      event: { type: 'requested', jobId: id(index), order: fakeOrder({ modelId: modelOf(index) }), block: 1 },
    })),
    operator: zeroAddress,
  })
  return store
}

test('behavior: S0-REL-5 earnings are the shares of settled jobs, beyond what 64 bits hold, and those since a time', () => {
  const store = storeWithJobs(3)
  const settlement = { workerShare: parseEther('20'), royalty: 5n, fee: 1n }
  store.patchJob(id(0), { status: 'settled', settlement })
  store.patchJob(id(1), { status: 'settled', settlement })
  store.patchJob(id(2), { status: 'lost', reason: 'claimed-by-other' })

  assert.deepEqual(store.earnings(), { jobs: 2, wei: parseEther('40') })
  assert.deepEqual(store.earnings(Date.now() + 60_000), { jobs: 0, wei: 0n })
})

test('behavior: S0-REL-5 jobs are counted by status and reason, declined ones apart from those that others took', () => {
  const store = storeWithJobs(4)
  for (const index of [0, 1]) store.patchJob(id(index), { status: 'declined', reason: 'price-too-low' })
  store.patchJob(id(2), { status: 'lost', reason: 'claimed-by-other' })

  assert.deepEqual(store.counts(), { declined: 2, lost: 1, open: 1 })
  assert.deepEqual(store.reasonCounts(), { 'claimed-by-other': 1, 'price-too-low': 2 })
  assert.deepEqual(store.declinedCounts(), { 'price-too-low': 2 })
})

test('behavior: S0-REL-5 proving times are told for each model, as measured values and not between them', () => {
  const [model, other] = [id(77), id(78)]
  const store = storeWithJobs(21, (index) => (index === 20 ? other : model))
  for (let index = 0; index < 20; index++) store.patchJob(id(index), { durations: { prove: 100 * (20 - index) } })
  store.patchJob(id(20), { durations: { prove: 7, admit: 3 } })

  const times = store.provingTimes().toSorted((a, b) => b.proofs - a.proofs)

  assert.deepEqual(times, [
    { modelId: model, proofs: 20, p50Ms: 1000, p95Ms: 1900 },
    { modelId: other, proofs: 1, p50Ms: 7, p95Ms: 7 },
  ])
})
