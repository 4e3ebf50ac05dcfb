import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Job, Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { type QueueLease, QueueUnavailableError, type WorkQueue } from './queue.ts'

type Payload = { payload: string }

/** BullMQ's codes for a lock that is gone, held by another, or of a job that is not running or not there any more. */
const lostCodes = new Set([-1, -2, -3, -6])

/**
 * Opens the queue of a fleet on Redis, for machines of one operator. Redis should append to its file (`appendonly yes`): what it
 * loses is put again by the watcher from the chain, and computed again.
 * @param options.url such as `redis://127.0.0.1:6379`
 * @param options.timeoutMs after which Redis counts as away
 */
export function openBullQueue({
  url,
  name,
  leaseMs,
  timeoutMs = 5000,
}: {
  url: string
  name: string
  leaseMs: number
  timeoutMs?: number
}): WorkQueue {
  const connect = () => new Redis(url, { maxRetriesPerRequest: null })
  const connections = [connect(), connect()] as const
  const [queueConnection, workerConnection] = connections
  let last: unknown
  const removal = { removeOnComplete: false, removeOnFail: false }
  const queue = new Queue<Payload, string>(name, { connection: queueConnection, defaultJobOptions: removal })
  const worker = new Worker<Payload, string>(name, undefined, {
    connection: workerConnection,
    autorun: false,
    lockDuration: leaseMs,
    stalledInterval: Math.max(100, Math.floor(leaseMs / 2)),
    // Executors may die as often as they like; when a job is not worth it any more, the watcher says so.
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    skipLockRenewal: true,
  })
  const note = (error: Error) => {
    last = error
  }
  queue.on('error', note)
  worker.on('error', note)
  for (const connection of connections) connection.on('error', note)
  const executors = `executors:${name}`
  const leased = new Map<string, Job<Payload, string>>()
  const givenUp: Promise<QueueLease | undefined>[] = []
  let checking: Promise<void> | undefined

  /** Asks nothing while Redis is away: what waited would happen when nobody waits for it any more, a take for instance. */
  async function answered<T>(connection: Redis, ask: () => Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error(`Redis did not answer within ${timeoutMs} ms`)), timeoutMs)
    const { promise: ready, resolve: beReady } = Promise.withResolvers<void>()
    if (connection.status === 'ready') beReady()
    else connection.once('ready', beReady)
    const work = Promise.race([ready, late]).then(ask)
    try {
      return await Promise.race([work, late])
    } catch (error) {
      if (isLost(error)) throw error
      const fact = error instanceof Error ? error.message : String(error)
      throw new QueueUnavailableError(fact, { cause: last ?? error })
    } finally {
      clearTimeout(timer)
      connection.off('ready', beReady)
      work.catch(() => undefined)
    }
  }
  const queued = <T>(ask: () => Promise<T>) => answered(queueConnection, ask)
  const worked = <T>(ask: () => Promise<T>) => answered(workerConnection, ask)

  /** Whether the lease still held; other failures than a lost lease are thrown. */
  async function held(lease: QueueLease, work: (job: Job<Payload, string>) => Promise<unknown>): Promise<boolean> {
    const job = leased.get(lease.token)
    if (job === undefined) return false
    try {
      // extendLock says 0 where the others throw.
      if ((await worked(() => work(job))) !== 0) return true
      leased.delete(lease.token)
      return false
    } catch (error) {
      if (!isLost(error)) throw error
      leased.delete(lease.token)
      return false
    }
  }

  /** What Redis gives to a take that nobody waits for any more is the next one's: it would be nobody's until the lease runs out. */
  async function takeNext(): Promise<QueueLease | undefined> {
    for (let earlier = givenUp.shift(); earlier !== undefined; earlier = givenUp.shift()) {
      const lease = await earlier.catch(() => undefined)
      const job = lease && leased.get(lease.token)
      if (lease === undefined || job === undefined) continue
      // It runs since Redis answered.
      if ((await job.extendLock(lease.token, leaseMs)) !== 0) return lease
      leased.delete(lease.token)
    }
    const token = randomUUID()
    const job = await worker.getNextJob(token, { block: false })
    if (job === undefined || job === null || job.id === undefined) return undefined
    leased.set(token, job)
    return { id: job.id, payload: job.data.payload, attempt: job.attemptsStarted, token }
  }

  return {
    put: async ({ id, payload }) => {
      await queued(() => queue.add('work', { payload }, { jobId: id }))
    },
    take: async () => {
      // Only executors look for leases that ran out, from their first take on.
      checking ??= worker.startStalledCheckTimer()
      await checking
      let asked: Promise<QueueLease | undefined> | undefined
      try {
        return await worked(() => {
          asked = takeNext()
          return asked
        })
      } catch (error) {
        if (asked !== undefined) givenUp.push(asked)
        throw error
      }
    },
    extend: (lease) => held(lease, (job) => job.extendLock(lease.token, leaseMs)),
    finish: async (lease, result) => {
      const kept = await held(lease, (job) => job.moveToCompleted(result, lease.token, false))
      leased.delete(lease.token)
      return kept
    },
    giveBack: async (lease, delayMs) => {
      const kept = await held(lease, async (job) => {
        if (delayMs > 0) await job.moveToDelayed(Date.now() + delayMs, lease.token)
        else await job.moveToWait(lease.token)
      })
      leased.delete(lease.token)
      return kept
    },
    collect: async (accept) => {
      const jobs = await queued(() => queue.getJobs(['completed'], 0, 99, true))
      for (const job of jobs) {
        if (job.id === undefined) continue
        await accept({ id: job.id, result: job.returnvalue })
        await queued(() => job.remove())
      }
      return jobs.length
    },
    drop: async (id) => {
      await queued(() => queue.remove(id))
    },
    announce: async ({ name: executor, report }) => {
      await queued(async () => {
        await queueConnection.sadd(executors, executor)
        await queueConnection.set(`${executors}:${executor}`, report, 'PX', leaseMs)
      })
    },
    withdraw: async (executor) => {
      await queued(() => queueConnection.del(`${executors}:${executor}`))
    },
    announced: () =>
      queued(async () => {
        const names = (await queueConnection.smembers(executors)).sort()
        if (names.length === 0) return []
        const reports = await queueConnection.mget(names.map((executor) => `${executors}:${executor}`))
        const gone = names.filter((_, index) => reports[index] === null)
        if (gone.length > 0) await queueConnection.srem(executors, ...gone)
        return names.flatMap((executor, index) => {
          const report = reports[index] ?? undefined
          return report === undefined ? [] : [{ name: executor, report }]
        })
      }),
    counts: async () => {
      const counts = await queued(() => queue.getJobCounts('waiting', 'delayed', 'active', 'completed'))
      const { waiting = 0, delayed = 0, active = 0, completed = 0 } = counts
      return { waiting: waiting + delayed, running: active, finished: completed }
    },
    close: async () => {
      leased.clear()
      // What they have to say to a Redis that is away is not waited for.
      const stop = new AbortController()
      const closed = Promise.allSettled([worker.close(true), queue.close()]).then(() => stop.abort())
      await Promise.race([closed, sleep(timeoutMs, undefined, { signal: stop.signal }).catch(() => undefined)])
      for (const connection of connections) connection.disconnect()
    },
  }
}

function isLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return 'code' in error && typeof error.code === 'number' && lostCodes.has(error.code)
}
