import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { jobStates } from '@assay/sdk/getJob'
import {
  type Address,
  createClient,
  custom,
  decodeFunctionData,
  encodeFunctionResult,
  type Hex,
  numberToHex,
  zeroAddress,
} from 'viem'
import { checkClaim, claim } from './claim.ts'
import { fakeOrder } from './fakeOrder.ts'
import type { StageParts } from './stageParts.ts'
import type { StoredJob } from './store.ts'

const operator: Address = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
const jobId: Hex = numberToHex(1, { size: 32 })
const due = 2000

/** A market that lets the claim through, and what was done to it, in order. */
function openMarket() {
  const done: ('simulated' | 'sent')[] = []
  const request = async ({ params }: { params: readonly [{ data: Hex }] }) => {
    const { functionName } = decodeFunctionData({ abi: jobMarketAbi, data: params[0].data })
    if (functionName === 'claimJob') {
      done.push('simulated')
      return encodeFunctionResult({ abi: jobMarketAbi, functionName, result: jobId })
    }
    const result = { worker: operator, due, state: jobStates.indexOf('Claimed'), priceTick: 0, feeBps: 0 }
    return encodeFunctionResult({ abi: jobMarketAbi, functionName: 'jobOf', result })
  }
  const parts = {
    chain: {
      client: createClient({ transport: custom({ request }, { retryCount: 0 }) }),
      account: operator,
      endpoints: { separate: () => [] },
      network: { addresses: { jobMarket: zeroAddress } },
    },
    operator: { address: operator },
    store: { cursor: () => undefined, patchJob: () => undefined },
    outbox: { hasPending: () => false, send: async () => void done.push('sent') },
  } as unknown as StageParts
  return { parts, done }
}

const job = { jobId, order: fakeOrder() } as StoredJob
const { signal } = new AbortController()

test('behavior: checks of a claim that were begun just before serve for it', async () => {
  const { parts, done } = openMarket()
  const checks = checkClaim(job, parts)
  assert.equal(await claim({ job, price: 1n, checks }, parts, signal), due)
  assert.deepEqual(done, ['simulated', 'sent'])
})

test('soundness: checks that something held up are made again before stake is bonded', async () => {
  const { parts, done } = openMarket()
  const checks = checkClaim(job, parts)
  await checks.done
  assert.equal(
    await claim({ job, price: 1n, checks: { ...checks, beganAt: checks.beganAt - 2000 } }, parts, signal),
    due,
  )
  assert.deepEqual(done, ['simulated', 'simulated', 'sent'])
})

test('behavior: a claim without earlier checks is checked before it is sent', async () => {
  const { parts, done } = openMarket()
  await claim({ job, price: 1n }, parts, signal)
  assert.deepEqual(done, ['simulated', 'sent'])
})
