import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { type JobState, jobStates } from '@assay/sdk/getJob'
import {
  type Address,
  createClient,
  custom,
  encodeFunctionResult,
  type Hex,
  numberToHex,
  zeroAddress,
  zeroHash,
} from 'viem'
import { fakeOrder } from './fakeOrder.ts'
import { JobOverError, RetryableError } from './jobErrors.ts'
import { noTrace } from './jobTrace.ts'
import { createLogger } from './log.ts'
import { runJob } from './runJob.ts'
import type { StageParts } from './stageParts.ts'
import { openStore } from './store.ts'

const operator: Address = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
const jobId: Hex = numberToHex(1, { size: 32 })
const due = 2000

/** Whoever gets as far as the model has taken the job for worth working on. */
class ModelAskedError extends Error {
  override readonly name = 'ModelAskedError'
}

/** Runs a job that the market has in a state, at a time of the chain; this machine's clock is decades ahead of all of them. */
async function run({ state, blockTime }: { state: JobState; blockTime: number }): Promise<void> {
  const request = async ({ method }: { method: string }) => {
    if (method !== 'eth_call')
      return { number: '0x1', hash: zeroHash, timestamp: numberToHex(blockTime), transactions: [] }
    const job = {
      worker: state === 'Claimed' ? operator : zeroAddress,
      due,
      state: jobStates.indexOf(state),
      priceTick: 0,
      feeBps: 0,
    }
    return encodeFunctionResult({ abi: jobMarketAbi, functionName: 'jobOf', result: job })
  }
  const store = openStore(':memory:')
  store.bind('chain')
  const requested = { type: 'requested', jobId, order: fakeOrder(), block: 1 } as const
  const block = { number: 1, hash: zeroHash, parentHash: zeroHash }
  store.advance({
    blocks: [block],
    events: [{ blockNumber: 1, blockHash: zeroHash, logIndex: 0, event: requested }],
    operator,
  })
  const loadModel = async () => {
    throw new ModelAskedError()
  }
  const client = createClient({ transport: custom({ request }, { retryCount: 0 }) })
  const network = { chainId: 31_337, addresses: { jobMarket: zeroAddress } }
  const parts = {
    chain: { client, network },
    store,
    operator: { address: operator },
    loadModel,
    config: {},
    trace: noTrace,
    logger: createLogger('silent'),
  }
  const { signal } = new AbortController()
  // What a job needs until it asks for its model.
  await runJob(jobId, parts as unknown as StageParts, { claiming: signal, working: signal })
}

test('behavior: a claimed job is given up by the time of the chain, never by a clock that runs ahead', async () => {
  await assert.rejects(run({ state: 'Claimed', blockTime: due }), ModelAskedError)
  await assert.rejects(
    run({ state: 'Claimed', blockTime: due + 1 }),
    (error: unknown) => error instanceof JobOverError && error.reason === 'due-passed',
  )
})

test('behavior: S0-REL-2 a job that an endpoint does not know yet is tried again', async () => {
  await assert.rejects(
    run({ state: 'None', blockTime: due }),
    (error: unknown) => error instanceof RetryableError && error.reason === 'chain-unavailable',
  )
})
