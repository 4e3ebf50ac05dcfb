import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient, custom, type Hex, numberToHex, zeroAddress, zeroHash } from 'viem'
import { createFakeChain } from './fakeChain.ts'
import { fakeOrder } from './fakeOrder.ts'
import { createJobQueue } from './jobQueue.ts'
import { createLogger } from './log.ts'
import type { StageParts } from './stageParts.ts'
import { openStore } from './store.ts'

const id = (index: number): Hex => numberToHex(index, { size: 32 })

/** A queue whose jobs never get an answer of the chain, so that they stay under way. */
function makeQueue({ jobs, slots }: { jobs: number; slots: () => number }) {
  const store = openStore(':memory:')
  store.bind('test')
  store.advance({
    blocks: [{ number: 1, hash: id(1), parentHash: zeroHash }],
    events: [1, 2, 3, 4].map((index) => ({
      blockNumber: 1,
      blockHash: id(1),
      logIndex: index,
      event: { type: 'requested', jobId: id(index), order: fakeOrder(), block: 1 },
    })),
    operator: zeroAddress,
  })
  const { chain } = createFakeChain()
  const transport = custom({ request: () => new Promise(() => undefined) })
  // What the queue and the first step of a job look at.
  const parts = {
    store,
    slots,
    chain: { ...chain, client: createClient({ transport }) },
    config: { limits: { jobs } },
    outbox: { hasPending: () => false },
    logger: createLogger('silent'),
  } as unknown as StageParts & { slots: () => number }
  const signal = new AbortController().signal
  return { store, queue: createJobQueue(parts, { claiming: signal, working: signal }) }
}

test('behavior: S0-SBX-1 with fewer slots fewer new jobs are begun, and claimed ones all the same', () => {
  let slots = 1
  const { store, queue } = makeQueue({ jobs: 3, slots: () => slots })
  for (const index of [1, 2]) store.patchJob(id(index), { due: 10 ** 11 })

  queue.start(true)
  assert.deepEqual(queue.running(), [id(1), id(2)])
  slots = 3
  queue.start(true)

  assert.deepEqual(queue.running(), [id(1), id(2), id(3)])
})

test('behavior: S0-TASK-1 while a dependency is down only claimed jobs are begun', () => {
  const { store, queue } = makeQueue({ jobs: 3, slots: () => 3 })
  store.patchJob(id(4), { due: 10 ** 11 })

  queue.start(false)

  assert.deepEqual(queue.running(), [id(4)])
})
