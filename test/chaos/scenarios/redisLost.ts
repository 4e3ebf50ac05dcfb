import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { QueueUnavailableError, type WorkQueue } from '@assay/worker/queue'
import { openBullQueue } from '@assay/worker/queueBull'
import { openResultFence } from '@assay/worker/queueFence'
import type { Random } from '../../../scripts/seededRandom.ts'
import type { Finding } from '../auditChain.ts'
import { misbehaved } from '../jobStream.ts'
import type { Scenario } from '../scenario.ts'

const sizes = { short: { items: 60, losses: 3 }, full: { items: 1500, losses: 40 } } as const
const executors = 3
const leaseMs = 1500

/** Ends Redis with SIGKILL while executors work for one watcher, and starts it again with what it wrote or with nothing. */
export const redisLost: Scenario = {
  name: 'redis',
  about: 'redis-server killed and restarted, with and without its data, under a fleet',
  run: async ({ market, random, profile }) => {
    const { items, losses } = sizes[profile]
    const folder = join(market.folder, 'redis')
    const redis = redisAt(folder)
    if (!(await redis.start()))
      return { skipped: 'redis-server is missing; install it with apt-get install redis-server' }
    const db = new DatabaseSync(join(market.folder, 'fence.sqlite'))
    const queues = Array.from({ length: executors + 1 }, () =>
      openBullQueue({ url: redis.url, name: 'chaos', leaseMs, timeoutMs: 1000 }),
    )
    const [watched, ...executing] = queues
    const ids = Array.from({ length: items }, (_, index) => `0x${index.toString(16).padStart(64, '0')}`)
    const done = new AbortController()
    const work = executing.map((queue, index) => execute({ queue, name: `${index}`, random }, done.signal))

    try {
      const watcher = watch({ queue: watched as WorkQueue, ids, db })
      for (let loss = 0; loss < losses; loss++) {
        await Promise.race([watcher.ended, sleep(random() * 1500)])
        const keep = random() < 0.5
        await redis.lose(keep)
        await sleep(random() * 1000)
        await redis.start()
      }
      const accepted = await watcher.ended
      return { figures: { items, losses, computed: computations(work) }, findings: judge({ accepted, ids, db }) }
    } finally {
      done.abort()
      await Promise.allSettled(queues.map((queue) => queue.close()))
      await redis.lose(false)
      db.close()
    }
  },
}

/** Redis on a socket of its own, so that it comes back at the same place. */
function redisAt(folder: string) {
  const url = join(folder, 'redis.sock')
  const data = join(folder, 'data')
  let server: ChildProcess | undefined
  process.once('exit', () => server?.kill('SIGKILL'))
  return {
    url,
    /** False when this machine has no Redis. */
    start: async (): Promise<boolean> => {
      mkdirSync(data, { recursive: true })
      const options = ['--port', '0', '--unixsocket', url, '--save', '', '--appendonly', 'yes', '--dir', data]
      const started = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] })
      server = started
      const missing = once(started, 'error').then(() => false)
      const ready = (async () => {
        let output = ''
        for await (const piece of started.stdout ?? []) {
          output += piece
          if (/ready to accept connections/i.test(output)) return true
        }
        return false
      })()
      const isUp = await Promise.race([ready, missing])
      started.stdout?.resume()
      return isUp
    },
    lose: async (keepData: boolean): Promise<void> => {
      if (server?.exitCode === null && server.signalCode === null) {
        const ended = once(server, 'exit')
        server.kill('SIGKILL')
        await ended
      }
      if (!keepData) rmSync(data, { recursive: true, force: true })
    },
  }
}

type Execution = { computed: number }

/** Takes, computes and hands in until aborted. Each computation ends differently, as proofs do. */
function execute(
  { queue, name, random }: { queue: WorkQueue; name: string; random: Random },
  signal: AbortSignal,
): Execution {
  const execution = { computed: 0 }
  void (async () => {
    while (!signal.aborted) {
      try {
        const lease = await queue.take()
        if (lease === undefined) {
          await sleep(50)
          continue
        }
        // Now and then for longer than the lease, so that another computes the same.
        await sleep(random() < 0.05 ? 2 * leaseMs : random() * 60)
        execution.computed += 1
        await queue.finish(lease, `${answerOf(lease.payload)} ${name} ${execution.computed}`)
      } catch (error) {
        if (!(error instanceof QueueUnavailableError) && !signal.aborted) await sleep(50)
      }
    }
  })()
  return execution
}

function computations(work: Execution[]): number {
  return work.reduce((sum, { computed }) => sum + computed, 0)
}

function answerOf(payload: string): string {
  return createHash('sha256').update(payload).digest('hex')
}

/** The machine that signs: it puts what has no result yet, again and again, and lets the fence decide what it hands in. */
function watch({ queue, ids, db }: { queue: WorkQueue; ids: string[]; db: DatabaseSync }) {
  const fence = openResultFence(db)
  const accepted = new Map<string, string[]>()
  const ended = (async () => {
    for (;;) {
      const missing = ids.filter((id) => fence.result(id) === undefined)
      if (missing.length === 0) return accepted
      try {
        for (const id of missing) await queue.put({ id, payload: `input of ${id}` })
        await queue.collect((finished) => {
          if (fence.offer(finished) !== 'accepted') return
          accepted.set(finished.id, [...(accepted.get(finished.id) ?? []), finished.result])
        })
      } catch (error) {
        if (!(error instanceof QueueUnavailableError)) throw error
      }
      await sleep(50)
    }
  })()
  return { ended }
}

/** Each item has one accepted result, it is right, and it is the one that the fence still has. */
function judge({ accepted, ids, db }: { accepted: Map<string, string[]>; ids: string[]; db: DatabaseSync }): Finding[] {
  const fence = openResultFence(db)
  return ids.flatMap((id) => {
    const results = accepted.get(id) ?? []
    const [first] = results
    if (results.length === 1 && first === fence.result(id) && first?.startsWith(answerOf(`input of ${id}`))) return []
    return [misbehaved(`Item ${id} has ${results.length} accepted results; the fence holds ${fence.result(id)}.`)]
  })
}
