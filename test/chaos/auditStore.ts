import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ringBlocks } from '@assay/worker/chainStore'
import { hexOf, jobOf, type StoredJob } from '@assay/worker/jobRows'
import { type Hex, isAddressEqual } from 'viem'
import type { Finding } from './auditChain.ts'
import type { ChainHistory, HistoryEvent } from './chainHistory.ts'

/** What the worker's database holds, as far as the chain can say it too. */
export type StoreRows = {
  jobs: StoredJob[]
  ring: { number: number; hash: Hex }[]
  journal: { block: number; jobId: Hex; type: string }[]
  /** Every signed transaction with the state of what it was signed for. */
  transactions: { hash: Hex; kind: string; entryStatus: string; status: string; block?: number | undefined }[]
}

/** A job's row as the chain's events make it; of `statuses` the worker itself chooses one. */
export type ReplayedJob = Pick<StoredJob, 'requestBlock' | 'price' | 'due' | 'settlement' | 'settledIn'> & {
  statuses: readonly StoredJob['status'][]
}

/** Reads the database of a worker that may be running. */
export function readStoreRows(dataDir: string): StoreRows {
  const db = new DatabaseSync(join(dataDir, 'worker.sqlite'), { readOnly: true })
  try {
    return {
      jobs: db.prepare('SELECT * FROM jobs').all().map(jobOf),
      ring: db
        .prepare('SELECT number, hash FROM ring ORDER BY number')
        .all()
        .map(({ number, hash }) => ({ number: Number(number), hash: hexOf(hash) })),
      journal: db
        .prepare("SELECT block, jobId, event ->> 'type' AS type FROM journal ORDER BY block, logIndex")
        .all()
        .map(({ block, jobId, type }) => ({ block: Number(block), jobId: hexOf(jobId), type: String(type) })),
      transactions: db
        .prepare(
          `SELECT hash, kind, outbox.status AS entryStatus, transactions.status AS status, block
           FROM transactions JOIN outbox ON entry = id`,
        )
        .all()
        .map(({ hash, kind, entryStatus, status, block }) => ({
          hash: hexOf(hash),
          kind: String(kind),
          entryStatus: String(entryStatus),
          status: String(status),
          block: block === null ? undefined : Number(block),
        })),
    }
  } finally {
    db.close()
  }
}

/** Rebuilds every job's row from the chain's events alone. */
export function replayJobs({ events, operator, now }: ChainHistory): Map<Hex, ReplayedJob> {
  const jobs = new Map<Hex, ReplayedJob>()
  for (const event of events) {
    const job = jobs.get(event.jobId)
    if (event.type === 'requested') {
      const { allowedWorker, claimDeadline } = event.order
      const isClaimable = isAddressEqual(allowedWorker, operator) && now <= claimDeadline
      jobs.set(event.jobId, { requestBlock: event.block, statuses: isClaimable ? ['open'] : untaken })
    } else if (job !== undefined && !job.statuses.includes('slashed')) {
      // A worker that lost its bond with a job cares no more for it.
      const isOwn = 'worker' in event && isAddressEqual(event.worker, operator)
      jobs.set(event.jobId, { ...job, ...changeOf(event, { job, isOwn, now }) })
    }
  }
  return jobs
}

/** What is not claimed is either worked on or was declined. */
const untaken = ['open', 'declined'] as const

function changeOf(
  event: Exclude<HistoryEvent, { type: 'requested' }>,
  { job, isOwn, now }: { job: ReplayedJob; isOwn: boolean; now: number },
): Partial<ReplayedJob> {
  switch (event.type) {
    case 'claimed': {
      const { price, due } = event
      if (isOwn) return { price, due, statuses: now > due ? ['open', 'failed'] : ['open'] }
      return { statuses: job.statuses.includes('declined') ? ['declined', 'lost'] : ['lost'] }
    }
    case 'settled': {
      if (!isOwn) return { statuses: ['lost'] }
      const { workerShare, royalty, fee, transactionHash } = event
      return { statuses: ['settled'], settlement: { workerShare, royalty, fee }, settledIn: transactionHash }
    }
    case 'expired':
      return { statuses: isOwn ? ['slashed'] : untaken }
    case 'released':
      return isOwn ? { statuses: ['over'], due: undefined } : { statuses: untaken }
    case 'cancelled':
    case 'refunded':
      return { statuses: ['over'] }
    case 'skipped':
      return {}
  }
}

/** Compares the worker's database with the chain, row by row, after the worker has read all of it. */
export function auditStore(rows: StoreRows, history: ChainHistory): Finding[] {
  const details = [
    ...compareJobs(rows, history),
    ...compareBlocks(rows, history),
    ...compareJournal(rows, history),
    ...compareTransactions(rows, history),
  ]
  return details.map((detail) => ({ kind: 'store-differs', detail }))
}

function compareJobs({ jobs }: StoreRows, history: ChainHistory): string[] {
  const replayed = replayJobs(history)
  const differences: string[] = []
  for (const job of jobs) {
    const expected = replayed.get(job.jobId)
    replayed.delete(job.jobId)
    if (expected === undefined) {
      // Its request was reorganised away.
      if (job.status === 'over' && job.reason === 'request-reorged') continue
      differences.push(`Job ${job.jobId} is ${job.status} in the store and not on chain.`)
      continue
    }
    const { statuses, ...facts } = expected
    if (!statuses.includes(job.status)) {
      differences.push(
        `Job ${job.jobId} is ${job.status} (${job.reason}) in the store; the chain says ${statuses.join(' or ')}.`,
      )
    }
    for (const key of ['requestBlock', 'price', 'due', 'settledIn'] as const) {
      if (job[key] !== facts[key])
        differences.push(`Job ${job.jobId} has ${key} ${job[key]} in the store; the chain says ${facts[key]}.`)
    }
    for (const part of ['workerShare', 'royalty', 'fee'] as const) {
      const [stored, known] = [job.settlement?.[part], facts.settlement?.[part]]
      if (stored !== known)
        differences.push(`Job ${job.jobId} has ${part} ${stored} in the store; the chain says ${known}.`)
    }
  }
  for (const jobId of replayed.keys()) differences.push(`Job ${jobId} is on chain and not in the store.`)
  return differences
}

function compareBlocks({ ring }: StoreRows, { blocks, head }: ChainHistory): string[] {
  const wrong = ring.filter(({ number, hash }) => blocks.get(number) !== hash)
  const differences = wrong.map(
    ({ number, hash }) => `Block ${number} is ${hash} in the store; the chain says ${blocks.get(number)}.`,
  )
  const top = ring.at(-1)?.number
  return top === head ? differences : [...differences, `The store has read up to block ${top} of ${head}.`]
}

/** Events of jobs that are over are forgotten once no reorganisation can bring them back. */
function compareJournal({ journal }: StoreRows, { events, head }: ChainHistory): string[] {
  const keyOf = ({ block, jobId, type }: { block: number; jobId: Hex; type: string }) =>
    `${type} of ${jobId} in block ${block}`
  const stored = new Set(journal.map(keyOf))
  const known = new Set(events.filter(({ type }) => type !== 'skipped').map(keyOf))
  const young = new Set(events.filter(({ type, block }) => type !== 'skipped' && block > head - ringBlocks).map(keyOf))
  return [
    ...[...stored.difference(known)].map((key) => `The event ${key} is in the store and not on chain.`),
    ...[...young.difference(stored)].map((key) => `The event ${key} is on chain and not in the store.`),
  ]
}

function compareTransactions({ transactions: stored }: StoreRows, { transactions, head }: ChainHistory): string[] {
  const differences: string[] = []
  const mined = new Map(transactions.map((one) => [one.hash, one]))
  for (const { hash, kind, entryStatus, status, block } of stored) {
    if (!['mined', 'final', 'dropped'].includes(entryStatus)) {
      differences.push(`The ${kind} ${hash} is ${entryStatus} in the store, and nothing is under way.`)
    }
    const actual = mined.get(hash)
    mined.delete(hash)
    const expected = actual && (actual.isReverted ? 'reverted' : 'mined')
    const isMined = status === 'mined' || status === 'reverted'
    if ((isMined ? status : undefined) !== expected) {
      differences.push(
        `The ${kind} ${hash} is ${status} in the store; the chain says ${expected ?? 'not mined'} (${head}).`,
      )
    } else if (actual !== undefined && block !== actual.block) {
      differences.push(`The ${kind} ${hash} is in block ${block} in the store; the chain says ${actual.block}.`)
    }
  }
  // What else the operator sent, as its registration, did not come from the worker.
  for (const { hash, action } of mined.values())
    if (action !== 'other') differences.push(`The ${action} ${hash} is on chain and not in the store.`)
  return differences
}
