import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { getJob } from '@assay/sdk/getJob'
import { getWorker } from '@assay/sdk/getWorker'
import { decodeItem, encodeReport, encodeResult } from '@assay/worker/executorMessages'
import { freePort } from '@assay/worker/freePort'
import type { QueueLease, WorkQueue } from '@assay/worker/queue'
import { openBullQueue } from '@assay/worker/queueBull'
import { openSqliteQueue } from '@assay/worker/queueSqlite'
import { pause } from '@assay/worker/retry'
import { startRedis } from '@assay/worker/testRedis'
import { type Hex, parseEther, zeroAddress } from 'viem'
import { type LogLine, startMarket, type WorkerProcess } from './workerMarket.ts'

// Real processes: a daemon that watches and signs, executors that compute and prove, and a Redis between them.

const market = await startMarket()
const { network, client, heldOut } = market
const operator = client(2).account?.address ?? zeroAddress
const port = await freePort()
let redis = await startRedis({ directory: market.folder, port })
const skip = redis === undefined ? 'redis-server is not in PATH' : false
const queues: WorkQueue[] = []
after(async () => {
  for (const queue of queues) await queue.close().catch(() => undefined)
  redis?.stop()
  await market.close()
})

// A test that fails leaves nothing behind that would take the next one's jobs.
const started: WorkerProcess[] = []
const startWorker: typeof market.startWorker = (options) => noted(market.startWorker(options))
const startExecutor: typeof market.startExecutor = (options) => noted(market.startExecutor(options))
function noted(one: WorkerProcess): WorkerProcess {
  started.push(one)
  return one
}
afterEach(async () => {
  for (const one of started.splice(0)) {
    one.signal('SIGKILL')
    await one.ended
  }
})

const leaseSeconds = 3
const url = `redis://127.0.0.1:${port}`

/** The daemon's and the executors' settings for a queue of its own. */
function settingsOf(prefix: string) {
  const queue = { KIND: 'redis', URL: url, PREFIX: prefix, LEASE_SECONDS: `${leaseSeconds}` }
  const named = (program: string) =>
    Object.fromEntries(Object.entries(queue).map(([key, value]) => [`ASSAY_${program}_QUEUE_${key}`, value]))
  return { worker: { ...named('WORKER'), ASSAY_WORKER_LIMITS_JOBS: '4' }, executor: named('EXECUTOR') }
}

function openQueue(prefix: string): WorkQueue {
  const queue = openBullQueue({ url, name: prefix, leaseMs: leaseSeconds * 1000 })
  queues.push(queue)
  return queue
}

async function request(index: number): Promise<Hex> {
  const digit = heldOut[index]
  assert.ok(digit !== undefined)
  return market.request(await market.encode(digit))
}

async function requestAll(digits: number[]): Promise<Hex[]> {
  const jobIds: Hex[] = []
  for (const index of digits) jobIds.push(await request(index))
  return jobIds
}

function about(jobId: Hex, msg: string) {
  return (line: LogLine) => line.jobId === jobId && line.msg === msg
}

function turned(dependency: string, ok: boolean) {
  return (line: LogLine) => line.msg === 'dependency changed' && line.dependency === dependency && line.ok === ok
}

async function assertSettledOnce(jobIds: Hex[]): Promise<void> {
  for (const jobId of jobIds) {
    const names = (await market.events(jobId)).map(({ name }) => name)
    assert.deepEqual(names, ['JobRequested', 'JobClaimed', 'JobAnswered', 'JobSettled'])
  }
  const worker = await getWorker(client(0), { deployment: network, operator })
  assert.deepEqual([worker?.bonded, worker?.free], [0n, parseEther('1')])
}

async function stop(...processes: WorkerProcess[]): Promise<void> {
  for (const one of processes) {
    one.signal('SIGTERM')
    assert.equal(await one.ended, 0)
  }
}

/** Takes what comes next, as an executor would. */
async function takeNext(queue: WorkQueue): Promise<QueueLease> {
  const { promise, resolve, reject } = Promise.withResolvers<QueueLease>()
  const timer = setInterval(() => queue.take().then((lease) => lease && resolve(lease), reject), 100)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}

/** What a real executor makes of an item. */
async function computedBy({ name, payload }: { name: string; payload: string }): Promise<string> {
  const queue = openQueue(`of-${name}`)
  await queue.put({ id: decodeItem(payload).jobId, payload })
  const executor = startExecutor({ name, environment: settingsOf(`of-${name}`).executor })
  await executor.waitFor(({ msg }) => msg === 'item finished')
  const results: string[] = []
  await queue.collect(({ result }) => results.push(result))
  await stop(executor)
  return results[0] ?? assert.fail('no result')
}

/** Says that an executor is there which is none of ours. */
async function announce(queue: WorkQueue, name: string): Promise<() => Promise<void>> {
  const limits = { memoryMb: 4096, wallSeconds: 600, maxModelBytes: 2 ** 30, maxInputBytes: 2 ** 24 }
  const report = encodeReport({ ...limits, slots: 4, running: 0, rung: 'limited', computeMs: {} })
  await queue.announce({ name, report })
  const timer = setInterval(() => queue.announce({ name, report }).catch(() => undefined), 1000)
  return async () => {
    clearInterval(timer)
    await queue.withdraw(name)
  }
}

test('behavior: jobs spread over the executors, the daemon claims and submits each once, and executors hold no key', {
  skip,
}, async () => {
  const { worker: environment, executor } = settingsOf('spread')
  const executors = ['one', 'two'].map((name) => startExecutor({ name, environment: executor }))
  const daemon = startWorker({ dataDir: 'spread', environment })

  const jobIds = await requestAll([0, 1, 2, 3, 4, 5])
  for (const jobId of jobIds) await daemon.waitFor(about(jobId, 'job settled'))

  for (const one of executors) assert.ok(one.lines.some(({ msg }) => msg === 'item finished'))
  assert.ok(!daemon.lines.some(({ stage }) => stage === 'prove'))
  await assertSettledOnce(jobIds)
  const [first] = executors
  assert.ok(first !== undefined)
  const pages = ['live', 'ready', 'health', 'metrics', 'jobs']
  const answers = await Promise.all(pages.map((page) => fetch(`${first.statusUrl()}/${page}`)))
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 404],
  )
  assert.match((await answers[3]?.text()) ?? '', /assay_worker_items_total\{outcome="answered"\} [1-9]/)
  const metrics = await fetch(`${daemon.statusUrl()}/metrics`)
  assert.match(
    await metrics.text(),
    /assay_worker_executors 2\n[\s\S]*assay_worker_results_total\{outcome="accepted"\} 6\n/,
  )
  await stop(daemon, ...executors)
})

test('behavior: an executor that is killed in the middle loses its job to another', { skip }, async () => {
  const { worker: environment, executor } = settingsOf('killed')
  const first = startExecutor({ name: 'first', environment: executor })
  const daemon = startWorker({ dataDir: 'killed', environment })
  const jobId = await request(6)
  await first.waitFor((line) => line.jobId === jobId && line.msg === 'stage')

  first.signal('SIGKILL')
  await first.ended
  const second = startExecutor({ name: 'second', environment: executor })
  await daemon.waitFor(about(jobId, 'job settled'))

  // When its lease ran out; or as a new item, when the daemon had seen meanwhile that nobody was there.
  assert.ok(second.lines.some(about(jobId, 'item taken')))
  await assertSettledOnce([jobId])
  await stop(daemon, second)
})

test('behavior: an executor that is told to stop finishes what runs, or gives it back at once', { skip }, async () => {
  const { worker: environment, executor } = settingsOf('stopped')
  const patient = startExecutor({ name: 'patient', environment: executor })
  const daemon = startWorker({ dataDir: 'stopped', environment })
  const finished = await request(7)
  await patient.waitFor((line) => line.jobId === finished && line.msg === 'stage')
  await stop(patient)
  await daemon.waitFor(about(finished, 'job settled'))

  const hurriedOptions = { ...executor, ASSAY_EXECUTOR_LIMITS_STOP_SECONDS: '1' }
  const hurried = startExecutor({ name: 'hurried', environment: hurriedOptions })
  const handedOn = await request(8)
  // Stopped, its computations do not go on.
  const held = await hurried.waitFor((line) => line.jobId === handedOn && line.msg === 'stage')
  await stop(hurried)
  const heir = startExecutor({ name: 'heir', environment: executor })
  // Where proving is fast, the one that hurried may have finished.
  await heir.waitFor(({ msg }) => msg === 'executor started')
  await daemon.waitFor(about(handedOn, 'job settled'))

  assert.ok(held)
  assert.ok(patient.lines.some(about(finished, 'item finished')))
  await assertSettledOnce([finished, handedOn])
  await stop(daemon, heir)
})

test('soundness: of two executors that compute the same job one result is submitted', { skip }, async () => {
  const { worker: environment, executor } = settingsOf('twice')
  const queue = openQueue('twice')
  const goOn = await announce(queue, 'second')
  const daemon = startWorker({ dataDir: 'twice', environment })
  const jobId = await request(9)
  // One that is silent for so long that the job goes to another, and then has a good answer all the same.
  const { payload } = await takeNext(queue)
  const first = startExecutor({ name: 'first', environment: executor })
  const late = await computedBy({ name: 'second', payload })
  await daemon.waitFor(about(jobId, 'job settled'))
  await stop(first)

  await queue.put({ id: jobId, payload })
  assert.equal(await queue.finish(await takeNext(queue), late), true)
  await daemon.waitFor(about(jobId, 'result not wanted'))

  await goOn()
  await assertSettledOnce([jobId])
  await stop(daemon)
})

test('soundness: a result that is not proved for this job and this worker is refused, and another executor is asked', {
  skip,
}, async () => {
  const { worker: environment, executor } = settingsOf('lied-to')
  const queue = openQueue('lied-to')
  const goOn = await announce(queue, 'liar')
  const daemon = startWorker({ dataDir: 'lied-to', environment })
  const jobId = await request(10)
  const lies = [
    () => 'not even JSON',
    () =>
      encodeResult({
        executor: 'liar',
        outputs: [1n],
        proof: Array(8).fill(1n),
        durations: { runInference: 1, prove: 1 },
      }),
    () =>
      encodeResult({
        executor: 'liar',
        outputs: [1n, 2n],
        proof: Array(8).fill(1n),
        durations: { runInference: 1, prove: 1 },
      }),
  ]

  for (const lie of lies) {
    const lease = await takeNext(queue)
    const before = daemon.lines.filter(about(jobId, 'result refused')).length
    assert.equal(await queue.finish(lease, lie()), true)
    await daemon.waitFor(() => daemon.lines.filter(about(jobId, 'result refused')).length > before)
  }
  const honest = startExecutor({ name: 'honest', environment: executor })
  await daemon.waitFor(about(jobId, 'job settled'))

  for (const line of daemon.lines.filter(about(jobId, 'result refused'))) {
    // The log shows errors with their names.
    assert.equal((line.err as { name: string }).name, 'ExecutorResultError')
  }
  assert.equal(daemon.lines.filter(about(jobId, 'result refused')).length, 3)
  assert.ok(honest.lines.some(about(jobId, 'item finished')))
  await goOn()
  await assertSettledOnce([jobId])
  await stop(daemon, honest)
})

test('soundness: a proof that is bound to another worker or job is refused', { skip }, async () => {
  const { worker: environment } = settingsOf('bound')
  const queue = openQueue('bound')
  const goOn = await announce(queue, 'thief')
  const daemon = startWorker({ dataDir: 'bound', environment })
  const jobId = await request(11)
  const lease = await takeNext(queue)
  const payload = lease.payload.replace(/"binding":"\d+"/, '"binding":"12345"')
  assert.equal(decodeItem(payload).binding, 12345n)
  const renewing = setInterval(() => queue.extend(lease), 1000)

  const result = await computedBy({ name: 'thief', payload })
  clearInterval(renewing)
  assert.equal(await queue.finish(lease, result), true)
  const refused = await daemon.waitFor(about(jobId, 'result refused'))

  assert.match(String((refused.err as { message: string }).message), /its proof does not hold/)
  await goOn()
  const honest = startExecutor({ name: 'honest', environment: settingsOf('bound').executor })
  await daemon.waitFor(about(jobId, 'job settled'))
  await assertSettledOnce([jobId])
  await stop(daemon, honest)
})

test('behavior: a daemon that is restarted in the middle takes up what its executors have', { skip }, async () => {
  const { worker: environment, executor } = settingsOf('restarted')
  const one = startExecutor({ name: 'one', environment: executor })
  const first = startWorker({ dataDir: 'restarted', environment })
  // Once a model has been proved, its jobs are claimed before they are computed.
  const earlier = await request(12)
  await first.waitFor(about(earlier, 'job settled'))
  const jobId = await request(13)
  await one.waitFor(about(jobId, 'item taken'))

  first.signal('SIGKILL')
  await first.ended
  await one.waitFor(about(jobId, 'item finished'))
  const second = startWorker({ dataDir: 'restarted', environment })
  await second.waitFor(about(jobId, 'job settled'))

  assert.equal(one.lines.filter(about(jobId, 'item taken')).length, 1)
  await assertSettledOnce([earlier, jobId])
  await stop(second, one)
})

test('behavior: S0-TASK-1 S0-REL-4 with Redis lost nothing new is claimed, only the queue is down, and with Redis back all goes on', {
  skip,
}, async () => {
  const { worker: environment, executor } = settingsOf('lost')
  const one = startExecutor({ name: 'one', environment: executor })
  const daemon = startWorker({ dataDir: 'lost', environment })
  const earlier = await request(14)
  await daemon.waitFor(about(earlier, 'job settled'))
  const claimed = await request(15)
  await one.waitFor(about(claimed, 'item taken'))

  redis?.stop()
  // Its log may have said so before, of a time without executors.
  const isReady = async () => (await fetch(`${daemon.statusUrl()}/ready`)).status === 200
  while (await isReady()) await pause(100, new AbortController().signal)
  const waiting = await request(16)
  await daemon.waitFor((line) => line.jobId === waiting && line.type === 'requested')
  const [live, ready, health] = await Promise.all(
    ['live', 'ready', 'health'].map((page) => fetch(`${daemon.statusUrl()}/${page}`)),
  )
  assert.ok(health !== undefined)
  // The status server answers with this shape.
  const { dependencies } = (await health.json()) as { dependencies: Record<string, { ok: boolean }> }
  const { state } = await getJob(client(0), { deployment: network, jobId: waiting })
  redis = await startRedis({ directory: market.folder, port })
  for (const jobId of [claimed, waiting]) await daemon.waitFor(about(jobId, 'job settled'))

  assert.deepEqual([live?.status, ready?.status, state], [200, 503, 'Requested'])
  assert.deepEqual(
    Object.entries(dependencies).flatMap(([name, { ok }]) => (ok ? [] : [name])),
    ['queue'],
  )
  await assertSettledOnce([earlier, claimed, waiting])
  await stop(daemon, one)
})

test('behavior: without an executor nothing is claimed, and what no executor can do is put off', { skip }, async () => {
  const { worker: environment, executor } = settingsOf('capacity')
  const daemon = startWorker({ dataDir: 'capacity', environment })
  await daemon.waitFor(turned('queue', false))
  const jobId = await request(17)
  await daemon.waitFor((line) => line.jobId === jobId && line.type === 'requested')
  const before = await getJob(client(0), { deployment: network, jobId })
  const small = { ...executor, ASSAY_EXECUTOR_LIMITS_MAX_MODEL_BYTES: '1000' }
  const weak = startExecutor({ name: 'weak', environment: small })
  const line = await daemon.waitFor(about(jobId, 'job put off'))
  const between = await getJob(client(0), { deployment: network, jobId })
  const able = startExecutor({ name: 'able', environment: executor })
  await daemon.waitFor(about(jobId, 'job settled'))

  assert.deepEqual([before.state, between.state, line.reason], ['Requested', 'Requested', 'no-capacity'])
  await assertSettledOnce([jobId])
  await stop(daemon, weak, able)
})

test('behavior: executors of one machine need no Redis: the queue is a file', async () => {
  const file = `${market.folder}/queue.sqlite`
  const environment = { ASSAY_WORKER_QUEUE_KIND: 'file', ASSAY_WORKER_QUEUE_FILE: file }
  const executor = { ASSAY_EXECUTOR_QUEUE_KIND: 'file', ASSAY_EXECUTOR_QUEUE_FILE: file }
  const one = startExecutor({ name: 'beside', environment: executor })
  const daemon = startWorker({ dataDir: 'file', environment })

  const jobId = await request(18)
  await daemon.waitFor(about(jobId, 'job settled'))

  assert.ok(one.lines.some(about(jobId, 'item finished')))
  await assertSettledOnce([jobId])
  await stop(daemon, one)
  const queue = openSqliteQueue({ path: file, leaseMs: 1000 })
  assert.deepEqual(await queue.counts(), { waiting: 0, running: 0, finished: 0 })
  assert.deepEqual(await queue.announced(), [])
  await queue.close()
})
