import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseGwei } from 'viem'
import { seededRandom } from '../../scripts/seededRandom.ts'
import { feeCap, firstFees, replacementFees } from './fees.ts'

const gwei = (amount: string) => parseGwei(amount)

test('behavior: the cap is what the reward allows for this transaction and the ones that follow, below the ceiling', () => {
  const limit = { gas: 100_000n, gasReserved: 300_000n, ceiling: gwei('500') }

  assert.equal(feeCap({ ...limit, maxCost: 400_000n * gwei('20') }), gwei('20'))
  assert.equal(feeCap({ ...limit, maxCost: 400_000n * gwei('900') }), gwei('500'))
})

test('behavior: the first offer is the estimate or, below it, the cap; there is none when the cap is less than the next block takes', () => {
  // A base fee of 10 gwei and a tip of 1.
  const estimate = { maxFeePerGas: gwei('13'), maxPriorityFeePerGas: gwei('1') }

  assert.deepEqual(firstFees(estimate, gwei('13')), estimate)
  assert.deepEqual(firstFees(estimate, gwei('11')), { ...estimate, maxFeePerGas: gwei('11') })
  assert.equal(firstFees(estimate, gwei('10.9')), undefined)
})

test('invariant: a replacement offers an eighth more of both fees, never less than the estimate, never more than the cap', () => {
  const random = seededRandom(11)
  const amount = () => BigInt(Math.floor(random() * 1e12))
  for (let round = 0; round < 2000; round++) {
    const last = { maxFeePerGas: amount(), maxPriorityFeePerGas: 0n }
    last.maxPriorityFeePerGas = last.maxFeePerGas / (1n + (amount() % 9n))
    const estimate = { maxFeePerGas: amount(), maxPriorityFeePerGas: amount() }
    const cap = amount()

    const next = replacementFees(last, { estimate, cap })

    if (next === undefined) continue
    assert.ok(next.maxFeePerGas * 8n >= last.maxFeePerGas * 9n && next.maxFeePerGas >= estimate.maxFeePerGas)
    assert.ok(next.maxPriorityFeePerGas * 8n >= last.maxPriorityFeePerGas * 9n)
    assert.ok(next.maxFeePerGas <= cap && next.maxPriorityFeePerGas <= next.maxFeePerGas)
  }
  assert.equal(
    replacementFees(
      { maxFeePerGas: gwei('10'), maxPriorityFeePerGas: gwei('1') },
      { estimate: { maxFeePerGas: gwei('5'), maxPriorityFeePerGas: gwei('1') }, cap: gwei('11') },
    ),
    undefined,
  )
})
