import { setTimeout as sleep } from 'node:timers/promises'
import type { OrderTerms } from '@assay/sdk/buildOrder'
import type { JobState } from '@assay/sdk/getJob'
import { readBlock } from '@assay/worker/chainLogs'
import { readJobState } from '@assay/worker/marketChain'
import type { Hex } from 'viem'
import type { WorkerProcess } from '../integration/workerMarket.ts'
import { auditChain, type Excuses, type Finding } from './auditChain.ts'
import { auditStore, readStoreRows } from './auditStore.ts'
import { readHistory } from './chainHistory.ts'
import { type ChaosWorker, workerStake } from './chaosMarket.ts'
import type { ScenarioWorld } from './scenario.ts'

/** Jobs for one worker, one after the other. */
export type JobStream = {
  request: (terms?: Partial<OrderTerms>) => Promise<Hex>
  /** Requests jobs until so many are not settled. */
  topUp: (count: number) => Promise<void>
  /** All jobs that were requested. */
  jobs: () => Hex[]
  /** Jobs that the market has in a state. */
  inState: (state: JobState) => Promise<Hex[]>
  /** Waits until at most `count` jobs are open, others than those in `except`; gives up like `finish`. */
  drain: (daemon: WorkerProcess, options: { count: number; except?: ReadonlySet<Hex> }) => Promise<void>
  /**
   * Waits until all jobs are over and the worker has read that, stops the worker, and audits chain and store.
   * Gives up when nothing has moved for a while: the audit then says what is missing.
   */
  finish: (daemon: WorkerProcess, excuses?: Excuses) => Promise<Finding[]>
}

const pollMs = 100
/** A net below a worker that hangs; no figure comes from it. */
const patienceMs = 90_000
const overStates: readonly string[] = ['Settled', 'Refunded', 'Cancelled', 'None']

/** Opens a stream of jobs for a worker. */
export function openJobStream({ market, random }: ScenarioWorld, worker: ChaosWorker): JobStream {
  const { network, chain } = market
  const client = chain.clientOf(0)
  const jobs: Hex[] = []
  let pending: Hex[] = []

  async function request(terms?: Partial<OrderTerms>): Promise<Hex> {
    const jobId = await market.request(worker, random, terms)
    jobs.push(jobId)
    pending.push(jobId)
    return jobId
  }

  async function stillOpen(among: Hex[]): Promise<Hex[]> {
    const states = await Promise.all(among.map((jobId) => readJobState({ client, network }, jobId)))
    return among.filter((_, index) => !overStates.includes(states[index]?.state ?? 'None'))
  }

  async function waitForEnd(
    daemon: WorkerProcess,
    { count, excused }: { count: number; excused: (jobId: Hex) => boolean },
  ): Promise<void> {
    const isOver = daemon.ended.then(() => true)
    let left = (await stillOpen(jobs)).filter((jobId) => !excused(jobId))
    for (let moved = Date.now(); left.length > count && Date.now() - moved < patienceMs; ) {
      if (await Promise.race([isOver, sleep(pollMs, false)])) return
      const next = (await stillOpen(left)).filter((jobId) => !excused(jobId))
      if (next.length < left.length) moved = Date.now()
      left = next
    }
  }

  /** Waits until nothing that was sent is under way, and the store has read the chain to its head and says the same. */
  async function waitForStore(): Promise<void> {
    for (const start = Date.now(); Date.now() - start < patienceMs; await sleep(pollMs)) {
      const head = await readBlock({ client, network })
      const rows = readStoreRows(worker.dataDir)
      const isSettling = rows.transactions.some(
        ({ entryStatus }) => !['mined', 'final', 'dropped'].includes(entryStatus),
      )
      if (isSettling || rows.ring.at(-1)?.hash !== head?.hash) continue
      // Transactions that were mined are looked after a moment later than a new branch is read.
      if (auditStore(rows, await readHistory(client, { network, operator: worker.operator })).length === 0) return
    }
  }

  return {
    request,
    topUp: async (count) => {
      pending = await stillOpen(pending)
      while (pending.length < count) await request()
    },
    jobs: () => [...jobs],
    inState: async (state) => {
      const states = await Promise.all(jobs.map((jobId) => readJobState({ client, network }, jobId)))
      return jobs.filter((_, index) => states[index]?.state === state)
    },
    drain: (daemon, { count, except = new Set() }) =>
      waitForEnd(daemon, { count, excused: (jobId) => except.has(jobId) }),
    finish: async (daemon, excuses = {}) => {
      const excused = (jobId: Hex) => Boolean(excuses.missed?.has(jobId) || excuses.unclaimed?.has(jobId))
      await waitForEnd(daemon, { count: 0, excused })
      await waitForStore()
      // A process that has just been started ends at once, as any does that has not said how it wants to end.
      await daemon.waitFor(({ msg }) => msg === 'worker started').catch(() => undefined)
      daemon.signal('SIGTERM')
      const code = await daemon.ended
      const history = await readHistory(client, { network, operator: worker.operator })
      return [
        ...(code === 0
          ? []
          : [misbehaved(`The worker ended with ${code} when it was asked to: ${daemon.errorOutput()}`)]),
        ...auditChain(history, { stake: workerStake, excuses }),
        ...auditStore(readStoreRows(worker.dataDir), history),
      ]
    },
  }
}

/** A finding that chain and store do not show. */
export function misbehaved(detail: string): Finding {
  return { kind: 'misbehaved', detail }
}
