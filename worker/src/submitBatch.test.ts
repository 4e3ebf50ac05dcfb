import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { decodeFunctionData, type Hex, numberToHex } from 'viem'
import { createFakeChain } from './fakeChain.ts'
import { fakeOrder } from './fakeOrder.ts'
import { createLogger } from './log.ts'
import type { Outbox, TransactionRequest } from './outbox.ts'
import { type BatchOutlook, createSubmitBatch, isBatchDue, type ReadyAnswer } from './submitBatch.ts'

const limits = { batchMax: 3, batchWaitSeconds: 10, batchAboveGwei: 5 }
const gwei = 10n ** 9n
const id = (index: number): Hex => numberToHex(index, { size: 32 })

function outlook(overrides: Partial<BatchOutlook> = {}): BatchOutlook {
  return { waiting: [{ waitedSeconds: 5, due: 2000 }], others: 2, gasPrice: 20n * gwei, now: 1005, ...overrides }
}

test('behavior: an answer waits while others are under way and gas is dear', () => {
  assert.equal(isBatchDue(outlook(), limits), false)
})

test('behavior: a batch goes when it is full, when nothing more comes, when gas is cheap, when one is old or nearly due', () => {
  const [one] = outlook().waiting
  assert.ok(one !== undefined)

  assert.equal(isBatchDue(outlook({ waiting: [one, one, one] }), limits), true)
  assert.equal(isBatchDue(outlook({ others: 0 }), limits), true)
  assert.equal(isBatchDue(outlook({ gasPrice: 4n * gwei }), limits), true)
  assert.equal(isBatchDue(outlook({ waiting: [{ ...one, waitedSeconds: 10 }] }), limits), true)
  assert.equal(isBatchDue(outlook({ waiting: [{ ...one, due: 1125 }] }), limits), true)
})

function makeBatch(claimed: number) {
  const fake = createFakeChain()
  fake.settings.baseFee = 20n * gwei
  const requests: TransactionRequest[] = []
  const pending = new Set<Hex>()
  const outbox: Pick<Outbox, 'hasPending' | 'send'> = {
    hasPending: ({ jobId }) => pending.has(jobId),
    send: async (request) => {
      requests.push(request)
      // Nothing of a receipt is read.
      return {} as Awaited<ReturnType<Outbox['send']>>
    },
  }
  const signal = new AbortController().signal
  const batch = createSubmitBatch(
    { chain: fake.chain, outbox, limits, others: () => claimed },
    { logger: createLogger('silent'), signal },
  )
  return { batch, requests, pending }
}

function answer(index: number): ReadyAnswer {
  const due = Math.floor(Date.now() / 1000) + 1000
  const order = { ...fakeOrder(), bond: 10n }
  return { jobId: id(index), order, result: { outputs: [BigInt(index)], evidence: '0x01' }, price: 5n, due }
}

function calledIn({ data }: TransactionRequest) {
  return decodeFunctionData({ abi: jobMarketAbi, data })
}

test('behavior: the only claimed job is handed in alone and at once', async () => {
  const { batch, requests } = makeBatch(1)

  await batch.send(answer(1))

  assert.deepEqual(
    requests.map((request) => [calledIn(request).functionName, request.jobIds, request.maxCost]),
    [['submitResult', [id(1)], 15n]],
  )
})

test('behavior: S2-ESC-1 answers that are ready together go in one transaction, each with its own order and answer', async () => {
  const { batch, requests } = makeBatch(3)

  await Promise.all([1, 2, 3].map((index) => batch.send(answer(index))))

  const [request] = requests
  assert.ok(request !== undefined && requests.length === 1)
  const { functionName, args } = calledIn(request)
  assert.equal(functionName, 'submitResults')
  assert.deepEqual(
    // The arguments of that function are one list of entries.
    (args as unknown as [{ result: { outputs: bigint[] } }[]])[0].map(({ result }) => result.outputs),
    [[1n], [2n], [3n]],
  )
  assert.deepEqual([request.jobIds, request.maxCost], [[id(1), id(2), id(3)], 45n])
})

test('behavior: S0-TASK-1 an answer that was signed before a restart goes on with what was signed', async () => {
  const { batch, requests, pending } = makeBatch(3)
  pending.add(id(2))

  await batch.send(answer(2))

  assert.deepEqual(
    requests.map(({ jobIds }) => jobIds),
    [[id(2)]],
  )
})
