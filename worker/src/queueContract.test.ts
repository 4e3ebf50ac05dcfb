import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { Redis } from 'ioredis'
import { freePort } from './freePort.ts'
import type { QueueLease, WorkQueue } from './queue.ts'
import { openBullQueue } from './queueBull.ts'
import { openResultFence } from './queueFence.ts'
import { openSqliteQueue } from './queueSqlite.ts'
import { pause } from './retry.ts'
import { startRedis } from './testRedis.ts'

// One suite for both queues. The one on Redis runs against a real redis-server, which Debian has.

const folder = mkdtempSync(join(tmpdir(), 'assay-queue-'))
const closing: (() => unknown)[] = []
after(async () => {
  for (const close of closing.reverse()) await close()
  rmSync(folder, { recursive: true, force: true })
})

type Open = (options: { name: string; leaseMs: number }) => WorkQueue

/** Starts a Redis that ends with the tests; undefined when this machine has none. */
async function startUrl(port?: number): Promise<string | undefined> {
  const redis = await startRedis({ directory: folder, ...(port !== undefined && { port }) })
  if (redis !== undefined) closing.push(redis.stop)
  return redis?.url
}

const kinds: { name: string; start: () => Promise<Open | undefined> }[] = [
  {
    name: 'embedded queue',
    start: async () => {
      return ({ name, leaseMs }) => openSqliteQueue({ path: join(folder, `${name}.sqlite`), leaseMs })
    },
  },
  {
    name: 'queue on Redis',
    start: async () => {
      const url = await startUrl()
      return url === undefined ? undefined : ({ name, leaseMs }) => openBullQueue({ url, name, leaseMs })
    },
  },
]

/** Takes until there is something to take; a lease that ran out is noticed by and by. */
async function takeSoon(queue: WorkQueue): Promise<QueueLease> {
  const { promise, resolve, reject } = Promise.withResolvers<QueueLease>()
  const timer = setInterval(() => {
    queue.take().then((lease) => lease && resolve(lease), reject)
  }, 50)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}

/** What the first take comes to that is answered in time. */
async function takeAnswered(queue: WorkQueue): Promise<QueueLease | undefined> {
  for (;;) {
    const answer = await queue.take().then(
      (lease) => ({ lease }),
      () => undefined,
    )
    if (answer !== undefined) return answer.lease
  }
}

/** A Redis that can be paused, an executor that is connected to it and soon gives up, and another that waits for it. */
async function openSlow(name: string) {
  const redis = await startRedis({ directory: folder })
  if (redis === undefined) return undefined
  const executor = openBullQueue({ url: redis.url, name, leaseMs: 60_000, timeoutMs: 200 })
  const other = openBullQueue({ url: redis.url, name, leaseMs: 60_000, timeoutMs: 60_000 })
  closing.push(redis.stop, executor.close, other.close)
  await takeAnswered(executor)
  return { redis, executor, other }
}

async function takeNow(queue: WorkQueue): Promise<QueueLease> {
  return (await queue.take()) ?? assert.fail('nothing to take')
}

for (const { name: kind, start } of kinds) {
  test(`behavior: the ${kind} keeps the contract of queues`, async (context) => {
    const openQueue = await start()
    if (openQueue === undefined) {
      context.skip('redis-server is not in PATH')
      return
    }
    const slug = kind.replaceAll(' ', '-')
    let queues = 0
    const opened = (options: { leaseMs?: number; name?: string } = {}) => {
      queues += 1
      const queue = openQueue({ name: options.name ?? `${slug}-${queues}`, leaseMs: options.leaseMs ?? 60_000 })
      closing.push(() => queue.close().catch(() => undefined))
      return queue
    }

    await context.test('behavior: items come in the order in which they were put, each once', async () => {
      const queue = opened()
      for (const id of ['0xa', '0xb', '0xa', '0xc']) await queue.put({ id, payload: `of ${id}` })

      const taken = [await takeNow(queue), await takeNow(queue), await takeNow(queue)]

      assert.deepEqual(
        taken.map(({ id, payload, attempt }) => [id, payload, attempt]),
        ['0xa', '0xb', '0xc'].map((id) => [id, `of ${id}`, 1]),
      )
      assert.equal(await queue.take(), undefined)
      assert.deepEqual(await queue.counts(), { waiting: 0, running: 3, finished: 0 })
    })

    await context.test('behavior: a result is passed on until it was accepted', async () => {
      const queue = opened()
      await queue.put({ id: '0xa', payload: '' })
      assert.equal(await queue.finish(await takeNow(queue), 'answer'), true)
      const seen: unknown[] = []

      await assert.rejects(
        queue.collect(() => Promise.reject(new Error('disk full'))),
        /disk full/,
      )
      assert.equal(await queue.collect((finished) => seen.push(finished)), 1)
      assert.equal(await queue.collect((finished) => seen.push(finished)), 0)

      assert.deepEqual(seen, [{ id: '0xa', result: 'answer' }])
      assert.deepEqual(await queue.counts(), { waiting: 0, running: 0, finished: 0 })
    })

    await context.test('behavior: what is finished or runs is not put again', async () => {
      const queue = opened()
      await queue.put({ id: '0xa', payload: '' })
      const lease = await takeNow(queue)

      await queue.put({ id: '0xa', payload: '' })
      assert.equal(await queue.take(), undefined)
      await queue.finish(lease, 'answer')
      await queue.put({ id: '0xa', payload: '' })

      assert.equal(await queue.take(), undefined)
    })

    await context.test('behavior: an item that was given back comes again', async () => {
      const queue = opened()
      await queue.put({ id: '0xa', payload: '' })
      const lease = await takeNow(queue)

      assert.equal(await queue.giveBack(lease, 0), true)
      const again = await takeNow(queue)

      assert.equal(again.attempt, 2)
      assert.equal(await queue.finish(lease, 'late'), false)
      assert.equal(await queue.giveBack(again, 60_000), true)
      assert.equal(await queue.take(), undefined)
    })

    await context.test('behavior: what was dropped is not given out, and what runs comes to its end', async () => {
      const queue = opened()
      for (const id of ['0xa', '0xb', '0xc']) await queue.put({ id, payload: '' })
      const running = await takeNow(queue)
      const finished = await takeNow(queue)
      await queue.finish(finished, 'answer')

      for (const id of ['0xa', '0xb', '0xc', '0xunknown']) await queue.drop(id)

      assert.equal(await queue.take(), undefined)
      assert.equal(await queue.finish(running, 'answer'), true)
      const seen: string[] = []
      await queue.collect(({ id }) => seen.push(id))
      assert.deepEqual(seen, ['0xa'])
    })

    await context.test('behavior: executors are there until they go or fall silent', async () => {
      const queue = opened({ name: `announced-${slug}`, leaseMs: 1000 })
      const other = opened({ name: `announced-${slug}`, leaseMs: 60_000 })
      await queue.announce({ name: 'silent', report: 'one' })
      await other.announce({ name: 'going', report: 'two' })
      await other.announce({ name: 'staying', report: 'three' })
      await other.announce({ name: 'staying', report: 'four' })

      const before = await other.announced()
      await other.withdraw('going')
      while ((await other.announced()).length > 1) await pause(50, new AbortController().signal)

      // The first one's time may run out while the others announce themselves.
      assert.deepEqual(
        before.filter(({ name }) => name !== 'silent'),
        [
          { name: 'going', report: 'two' },
          { name: 'staying', report: 'four' },
        ],
      )
      assert.deepEqual(await other.announced(), [{ name: 'staying', report: 'four' }])
    })

    await context.test('soundness: an executor that was silent too long loses its lease, and its result', async () => {
      const queue = opened({ leaseMs: 1500 })
      await queue.put({ id: '0xa', payload: '' })
      const dead = await takeNow(queue)

      const second = await takeSoon(queue)

      assert.equal(second.id, '0xa')
      assert.equal(await queue.extend(second), true)
      assert.equal(await queue.extend(dead), false)
      assert.equal(await queue.finish(dead, 'of the dead'), false)
      assert.equal(await queue.finish(second, 'of the living'), true)
      const results: string[] = []
      await queue.collect(({ result }) => results.push(result))
      assert.deepEqual(results, ['of the living'])
    })

    await context.test('behavior: what was put is there for whoever opens the queue next', async () => {
      const first = opened({ name: `reopened-${slug}` })
      await first.put({ id: '0xa', payload: 'kept' })
      await first.close()

      const lease = await takeNow(opened({ name: `reopened-${slug}` }))

      assert.equal(lease.payload, 'kept')
    })

    await context.test('invariant: of many executors and two results for each job, one is accepted', async () => {
      const name = `fleet-${slug}`
      const executors = Array.from({ length: 4 }, () => opened({ name }))
      const watcher = opened({ name })
      const ids = Array.from({ length: 40 }, (_, number) => `0xjob${number}`)
      for (const id of ids) await watcher.put({ id, payload: '' })
      const db = new DatabaseSync(join(folder, `${name}.fence.sqlite`))
      const fence = openResultFence(db)

      const taken = await Promise.all(
        executors.map(async (queue, executor) => {
          const own: string[] = []
          for (let lease = await queue.take(); lease !== undefined; lease = await queue.take()) {
            own.push(lease.id)
            await queue.finish(lease, `by ${executor}`)
          }
          return own
        }),
      )
      const accepted: string[] = []
      const offer = (offered: { id: string; result: string }) => {
        if (fence.offer(offered) === 'accepted') accepted.push(offered.id)
      }
      for (let more = 1; more > 0; ) more = await watcher.collect(offer)
      // The queue lost its memory: everything is put, computed and offered once more.
      for (const id of ids) offer({ id, result: 'by another' })

      assert.deepEqual(taken.flat().sort(), [...ids].sort())
      assert.deepEqual(accepted.sort(), [...ids].sort())
      for (const id of ids) assert.match(fence.result(id) ?? '', /^by \d$/)
      db.close()
    })
  })
}

test('behavior: S0-TASK-1 Redis that forgets everything loses no job: the watcher puts it again', async (context) => {
  const url = await startUrl()
  if (url === undefined) {
    context.skip('redis-server is not in PATH')
    return
  }
  const queue = openBullQueue({ url, name: 'lost', leaseMs: 60_000 })
  closing.push(queue.close)
  await queue.put({ id: '0xa', payload: 'kept' })
  const lease = await takeNow(queue)
  const redis = new Redis(url)
  await redis.flushall()
  redis.disconnect()

  assert.equal(await queue.finish(lease, 'answer'), false)
  await queue.put({ id: '0xa', payload: 'kept' })

  assert.equal((await takeNow(queue)).payload, 'kept')
})

test('error: S0-TASK-1 Redis that is away is an error within its time', async () => {
  const port = await freePort()
  const queue = openBullQueue({ url: `redis://127.0.0.1:${port}`, name: 'away', leaseMs: 1000, timeoutMs: 100 })

  await assert.rejects(queue.put({ id: '0xa', payload: '' }), { name: 'QueueUnavailableError' })
  await assert.rejects(queue.take(), { name: 'QueueUnavailableError' })
  await queue.close()
})

test('soundness: S0-TASK-1 what was asked of a Redis that was away does not happen when it is back', async (context) => {
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const executor = openBullQueue({ url, name: 'back', leaseMs: 60_000, timeoutMs: 200 })
  closing.push(executor.close)
  for (let round = 0; round < 3; round++) await assert.rejects(executor.take(), { name: 'QueueUnavailableError' })

  if ((await startUrl(port)) === undefined) {
    context.skip('redis-server is not in PATH')
    return
  }
  const watcher = openBullQueue({ url, name: 'back', leaseMs: 60_000, timeoutMs: 60_000 })
  closing.push(watcher.close)
  await watcher.put({ id: '0xa', payload: 'kept' })
  const lease = await takeSoon({ ...executor, take: () => executor.take().catch(() => undefined) })

  assert.equal(lease.attempt, 1)
})

test('soundness: S0-TASK-1 what Redis gives to a take that was given up is for the next one', async (context) => {
  const slow = await openSlow('slow')
  if (slow === undefined) {
    context.skip('redis-server is not in PATH')
    return
  }
  const { redis, executor, other } = slow
  for (const id of ['0xa', '0xb']) await other.put({ id, payload: 'kept' })
  redis.pause()
  for (let round = 0; round < 3; round++) await assert.rejects(executor.take(), { name: 'QueueUnavailableError' })
  redis.resume()

  const lease = await takeAnswered(executor)

  assert.deepEqual([lease?.id, lease?.attempt], ['0xa', 1])
  assert.deepEqual(await other.counts(), { waiting: 1, running: 1, finished: 0 })
})

test('soundness: S0-TASK-1 a lease that was lost before anyone took it is nobody’s', async (context) => {
  const slow = await openSlow('late')
  if (slow === undefined) {
    context.skip('redis-server is not in PATH')
    return
  }
  const { redis, executor, other } = slow
  await other.put({ id: '0xa', payload: 'kept' })
  redis.pause()
  await assert.rejects(executor.take(), { name: 'QueueUnavailableError' })
  redis.resume()
  while ((await other.counts()).running === 0) await pause(10, new AbortController().signal)
  const client = new Redis(redis.url)
  await client.flushall()
  client.disconnect()
  await other.put({ id: '0xa', payload: 'kept' })
  const held = await takeNow(other)

  const late = await takeAnswered(executor)

  assert.equal(late, undefined)
  assert.equal(await other.extend(held), true)
})

test('behavior: the fence tells a repetition from another result, also after a restart', () => {
  const path = join(folder, 'fence.sqlite')
  const first = new DatabaseSync(path)
  assert.equal(openResultFence(first).offer({ id: '0xa', result: 'one' }), 'accepted')
  first.close()

  const second = new DatabaseSync(path)
  const fence = openResultFence(second)

  assert.equal(fence.offer({ id: '0xa', result: 'one' }), 'same')
  assert.equal(fence.offer({ id: '0xa', result: 'two' }), 'refused')
  assert.equal(fence.result('0xa'), 'one')
  fence.forget('0xa')
  assert.equal(fence.result('0xa'), undefined)
  second.close()
})
