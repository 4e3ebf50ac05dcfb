import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Hex } from 'viem'
import type { WantedAnswer } from './answers.ts'
import { encodeReport, encodeResult } from './executorMessages.ts'
import { fakeOrder } from './fakeOrder.ts'
import { createFleet } from './fleet.ts'
import type { LoadedModel } from './loadModel.ts'
import { createLogger } from './log.ts'
import type { QueueLease, WorkQueue } from './queue.ts'
import { openSqliteQueue } from './queueSqlite.ts'
import { pause } from './retry.ts'
import { openStore } from './store.ts'

// Whether answers hold is tested with real proofs (test/integration/workerFleet.test.ts); here, what becomes of those that do not.

const hash: Hex = `0x${'ab'.repeat(32)}`
const jobId: Hex = `0x${'01'.repeat(32)}`
const never = new AbortController().signal
const claimDeadline = Math.floor(Date.now() / 1000) + 3600
const limits = { memoryMb: 1, wallSeconds: 1, maxModelBytes: 1, maxInputBytes: 1 }
const report = encodeReport({ ...limits, slots: 1, running: 0, rung: 'limited', computeMs: {} })

/** A fleet with one open job, and executors by their names. */
async function fakeFleet(context: TestContext, { executors }: { executors: string[] }) {
  const store = openStore(':memory:')
  store.bind('chain')
  const order = fakeOrder({ claimDeadline })
  const event = { type: 'requested', jobId, order, block: 1 } as const
  const blocks = [{ number: 1, hash, parentHash: hash }]
  const events = [{ blockNumber: 1, blockHash: hash, logIndex: 0, event }]
  store.advance({ blocks, events, operator: order.requester })
  const queue = openSqliteQueue({ path: ':memory:', leaseMs: 60_000 })
  for (const name of executors) await queue.announce({ name, report })
  const fleet = createFleet({
    queue,
    store,
    checks: { verifyProof: () => assert.fail() },
    logger: createLogger('silent'),
  })
  const states: { ok: boolean; detail: string }[] = []
  const stop = new AbortController()
  const done = fleet.run((state) => states.push(state), stop.signal)
  context.after(async () => {
    stop.abort()
    await done
    await queue.close()
    store.close()
  })
  while (states.length === 0) await pause(10, never)
  const wait = (signal = never) => fleet.answer(wanted(store.job(jobId) ?? assert.fail()), signal)
  return { fleet, queue, store, states, wait }
}

function wanted(job: WantedAnswer['job']): WantedAnswer {
  const registered = { modelId: hash, owner: job.order.requester, graphId: hash, keyHash: hash, manifestCid: 'bafkrei' }
  // A result that gets so far as to be verified is none of this file's.
  const model = { registered, signals: { output: { words: 1 } } } as unknown as LoadedModel
  return { job, model, input: new Uint8Array(3), inputCommitment: 1n, binding: 2n, stage: (_name, work) => work() }
}

async function takeSoon(queue: WorkQueue): Promise<QueueLease> {
  for (;;) {
    const lease = await queue.take()
    if (lease !== undefined) return lease
    await pause(20, never)
  }
}

function failureOf(executor: string, mayPass = false): string {
  return encodeResult({ executor, failure: { reason: 'proving-failed', detail: 'It broke.', mayPass } })
}

test('behavior: a job that fails on one executor is tried on another before that counts', async (context) => {
  const { queue, wait, fleet } = await fakeFleet(context, { executors: ['one', 'two'] })
  const answer = assert.rejects(wait(), {
    name: 'JobRefusedError',
    reason: 'proving-failed',
    message: /^Executor two: It/,
  })

  await queue.finish(await takeSoon(queue), failureOf('one'))
  const second = await takeSoon(queue)
  await queue.finish(second, failureOf('two'))
  await answer

  assert.deepEqual(JSON.parse(second.payload).refused, ['one'])
  assert.deepEqual(fleet.counts().results, { accepted: 0, failed: 2, refused: 0, unwanted: 0 })
})

test('behavior: a failure that may pass puts the job off', async (context) => {
  const { queue, wait } = await fakeFleet(context, { executors: ['one'] })
  const answer = assert.rejects(wait(), { name: 'RetryableError', reason: 'proving-failed' })

  await queue.finish(await takeSoon(queue), failureOf('one', true))

  await answer
})

test('soundness: a refused result costs its executor the job, not the job its answer', async (context) => {
  const { queue, wait, fleet, store } = await fakeFleet(context, { executors: ['liar', 'two'] })
  const stop = new AbortController()
  const answer = assert.rejects(wait(stop.signal))
  const lie = {
    executor: 'liar',
    outputs: [1n, 2n],
    proof: Array(8).fill(1n),
    durations: { runInference: 1, prove: 1 },
  }

  await queue.finish(await takeSoon(queue), encodeResult(lie))
  const again = await takeSoon(queue)
  stop.abort()
  await answer

  assert.deepEqual(JSON.parse(again.payload).refused, ['liar'])
  assert.equal(fleet.counts().results.refused, 1)
  assert.equal(store.job(jobId)?.answer, undefined)
  assert.equal(store.results.result(jobId), undefined)
})

test('behavior: what nobody claimed is not waited for when no executor is there, or when the job is over', async (context) => {
  const alone = await fakeFleet(context, { executors: [] })
  await assert.rejects(alone.wait(), { name: 'RetryableError', reason: 'no-capacity' })
  assert.equal(alone.states.at(-1)?.ok, false)

  const over = await fakeFleet(context, { executors: ['one'] })
  const answer = assert.rejects(over.wait(), { name: 'JobOverError', reason: 'claimed-by-other' })
  over.store.patchJob(jobId, { status: 'lost', reason: 'claimed-by-other' })
  await answer

  for (const { queue } of [alone, over]) assert.equal((await queue.counts()).waiting, 0)
})

test('behavior: an unclaimed job whose wait is aborted is taken out of the queue, a claimed one stays', async (context) => {
  for (const due of [undefined, claimDeadline]) {
    const { queue, wait, store } = await fakeFleet(context, { executors: ['one'] })
    store.patchJob(jobId, { due })
    const stop = new AbortController()
    const answer = assert.rejects(wait(stop.signal), { message: 'enough' })
    while ((await queue.counts()).waiting === 0) await pause(10, never)

    stop.abort(new Error('enough'))
    await answer

    assert.equal((await queue.counts()).waiting, due === undefined ? 0 : 1)
  }
})

test('behavior: a result that came while nobody waited is there for who does, and one for a job that is over is not kept', async (context) => {
  const { queue, wait, fleet, store } = await fakeFleet(context, { executors: ['one'] })
  const handIn = async (id: string) => {
    await queue.put({ id, payload: '' })
    await queue.finish(await takeSoon(queue), failureOf('one'))
  }
  await handIn(`0x${'02'.repeat(32)}`)
  await handIn(jobId)
  while (store.results.result(jobId) === undefined) await pause(10, never)

  await assert.rejects(wait(), { name: 'JobRefusedError', reason: 'proving-failed' })

  assert.deepEqual(fleet.counts().results, { accepted: 0, failed: 1, refused: 0, unwanted: 1 })
})
