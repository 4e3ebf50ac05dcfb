import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { Redis } from 'ioredis'
import type { QueueLease, WorkQueue } from './queue.ts'
import { openBullQueue } from './queueBull.ts'
import { openResultFence } from './queueFence.ts'
import { openSqliteQueue } from './queueSqlite.ts'

// One suite for both queues. The one on Redis runs against a real redis-server, which Debian has.

const folder = mkdtempSync(join(tmpdir(), 'assay-queue-'))
const closing: (() => unknown)[] = []
after(async () => {
  for (const close of closing.reverse()) await close()
  rmSync(folder, { recursive: true, force: true })
})

type Open = (options: { name: string; leaseMs: number }) => WorkQueue

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A listening TCP server has an address object.
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Starts Redis on a free port; undefined when this machine has none. */
async function startRedis(): Promise<string | undefined> {
  const port = await freePort()
  const options = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  const server: ChildProcess = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] })
  const missing = once(server, 'error').then(() => 'missing' as const)
  const ready = (async () => {
    let output = ''
    for await (const piece of server.stdout ?? []) {
      output += piece
      if (output.includes('Ready to accept connections')) return 'ready' as const
    }
    return 'missing' as const
  })()
  if ((await Promise.race([ready, missing])) === 'missing') return undefined
  server.stdout?.resume()
  closing.push(() => server.kill('SIGKILL'))
  return `redis://127.0.0.1:${port}`
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
      const url = await startRedis()
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
  const url = await startRedis()
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
