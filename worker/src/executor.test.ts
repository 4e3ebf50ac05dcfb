import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Hex } from 'viem'
import { openComputeTimes } from './computeTimes.ts'
import { createChecks } from './createChecks.ts'
import { createExecutor, createRegisteredModels, type ExecutorParts } from './executor.ts'
import { decodeReport, decodeResult, encodeItem } from './executorMessages.ts'
import { createHotPool } from './hotPool.ts'
import { JobRefusedError, RetryableError } from './jobErrors.ts'
import type { LoadedModel } from './loadModel.ts'
import { createLogger } from './log.ts'
import { openSqliteQueue } from './queueSqlite.ts'
import { pause } from './retry.ts'
import type { ResidentProgram } from './sandbox/residentProgram.ts'

// Real computations are in test/integration/workerFleet.test.ts; here, what an executor makes of what goes wrong.

const hash: Hex = `0x${'ab'.repeat(32)}`
const never = new AbortController().signal

function payloadOf(jobId: Hex, refused: string[] = []): string {
  const owner: Hex = `0x${'12'.repeat(20)}`
  const model = { modelId: hash, owner, graphId: hash, keyHash: hash, manifestCid: 'bafkrei' }
  const input = { inputCid: hash, inputCommitment: 1n, inputRoot: hash }
  return encodeItem({ jobId, model, input, binding: 2n, refused })
}

/** A running executor whose models are what a test says. */
function fakeExecutor(context: TestContext, overrides: Partial<ExecutorParts> = {}) {
  const queue = openSqliteQueue({ path: ':memory:', leaseMs: overrides.leaseMs ?? 60_000 })
  const absent = () => Promise.reject(new RetryableError({ reason: 'content-unavailable', detail: 'Nobody has it.' }))
  const executor = createExecutor({
    name: 'one',
    queue,
    leaseMs: 60_000,
    slots: 1,
    caps: { memoryMb: 1024, wallSeconds: 60 },
    maxModelBytes: 1000,
    maxInputBytes: 1000,
    loadModel: absent,
    fetchVerified: absent,
    // Nothing here gets so far as to compute.
    sandbox: { rung: 'limited' } as ExecutorParts['sandbox'],
    inference: createHotPool<ResidentProgram>({}),
    prover: { prove: () => assert.fail('proved') },
    proverKind: 'native',
    checks: createChecks(),
    times: openComputeTimes({ kind: 'native', threads: 1 }),
    logger: createLogger('silent'),
    ...overrides,
  })
  const taking = new AbortController()
  const working = new AbortController()
  const states: { ok: boolean; detail: string }[] = []
  const done = executor.run({ taking: taking.signal, working: working.signal }, (state) => states.push(state))
  context.after(async () => {
    taking.abort()
    working.abort(new Error('over'))
    await done
    await queue.close()
  })
  return { executor, queue, taking, working, done, states }
}

/** A model that is never there, and says when it was asked for. */
function hangingModel() {
  const asked: Hex[] = []
  const loadModel = ({ modelId }: { modelId: Hex }, signal: AbortSignal) => {
    asked.push(modelId)
    return new Promise<LoadedModel>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  return { asked, loadModel }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(10, never)
}

test('behavior: why there is no answer is a result, which says whether it may pass', async (context) => {
  const refused = new JobRefusedError({ reason: 'model-invalid', detail: 'It is none.' })
  for (const { overrides, reason, mayPass } of [
    { overrides: {}, reason: 'content-unavailable', mayPass: true },
    { overrides: { loadModel: () => Promise.reject(refused) }, reason: 'model-invalid', mayPass: false },
  ]) {
    const { executor, queue } = fakeExecutor(context, overrides)
    const results: string[] = []

    await queue.put({ id: hash, payload: payloadOf(hash) })
    await until(async () => (await queue.collect(({ result }) => results.push(result))) > 0)

    const result = decodeResult(results[0] ?? '')
    assert.ok('failure' in result)
    assert.deepEqual([result.executor, result.failure.reason, result.failure.mayPass], ['one', reason, mayPass])
    assert.equal(executor.outcomes().failed, 1)
  }
})

test('behavior: what it failed at before, what it cannot read and what broke in itself is left to others', async (context) => {
  for (const [payload, loadModel] of [
    [payloadOf(hash, ['one'])],
    ['no item'],
    [payloadOf(hash), () => Promise.reject(new TypeError('a mistake'))],
  ] as const) {
    const { executor, queue } = fakeExecutor(context, loadModel && { loadModel })

    await queue.put({ id: hash, payload })
    await until(() => executor.outcomes()['given-back'] > 0)

    assert.deepEqual(await queue.counts(), { waiting: 1, running: 0, finished: 0 })
    assert.equal(await queue.take(), undefined)
  }
})

test('behavior: no more is taken than there are slots; stopped, it offers none, and what runs is given back when time is up', async (context) => {
  const { asked, loadModel } = hangingModel()
  const { executor, queue, taking, working, done } = fakeExecutor(context, { slots: 2, loadModel, leaseMs: 3000 })
  const offered = async () => (await queue.announced()).map(({ report }) => decodeReport(report).slots)
  for (const digit of ['1', '2', '3']) {
    const jobId: Hex = `0x${digit.repeat(64)}`
    await queue.put({ id: jobId, payload: payloadOf(jobId) })
  }
  await until(() => asked.length === 2)
  const before = await offered()

  taking.abort()
  await until(async () => (await offered())[0] === 0)
  const runningThen = executor.running()
  working.abort(new Error('Time is up.'))
  await done

  assert.deepEqual([before, runningThen, asked.length], [[2], 2, 2])
  assert.deepEqual(await queue.counts(), { waiting: 3, running: 0, finished: 0 })
  assert.deepEqual(await offered(), [])
  assert.equal(executor.outcomes()['given-back'], 2)
})

test('soundness: a computation whose lease ran out is ended, and nothing of it is handed in', async (context) => {
  const { asked, loadModel } = hangingModel()
  const queue = openSqliteQueue({ path: ':memory:', leaseMs: 60_000 })
  const lost = { ...queue, extend: async () => false }
  const { executor } = fakeExecutor(context, { loadModel, queue: lost, leaseMs: 60 })

  await queue.put({ id: hash, payload: payloadOf(hash) })
  await until(() => executor.outcomes().lost === 1)

  assert.equal(asked.length, 1)
  assert.equal((await queue.counts()).finished, 0)
})

test('error: S0-TASK-1 a queue that is away is reported, and asked again', async (context) => {
  const queue = openSqliteQueue({ path: ':memory:', leaseMs: 60_000 })
  let failures = 2
  const flaky = {
    ...queue,
    take: () => (failures-- > 0 ? Promise.reject(new Error('no Redis')) : queue.take()),
  }
  const { states } = fakeExecutor(context, { queue: flaky })

  await until(() => states.length >= 3)

  assert.deepEqual(
    states.slice(0, 3).map(({ ok }) => ok),
    [false, false, true],
  )
})

test('error: a model that no item told of is unknown', async () => {
  const { learn, readModel } = createRegisteredModels()
  const owner: Hex = `0x${'12'.repeat(20)}`
  const model = { modelId: hash, owner, graphId: hash, keyHash: hash, manifestCid: 'bafkrei' }

  await assert.rejects(readModel(hash), { name: 'JobRefusedError', reason: 'model-unknown' })
  learn(model)

  assert.deepEqual(await readModel(hash), model)
})
