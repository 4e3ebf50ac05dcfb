import type { DatabaseSync } from 'node:sqlite'
import type { Address, Hex } from 'viem'
import type { Advance, BlockRef, Placed } from './cursor.ts'
import { applyEvent, type JobFacts, type MarketEvent } from './jobEvents.ts'
import { hexOf, type JobRows, type StoredJob, toJson } from './jobRows.ts'

/** An event of the market with its place in the chain. */
export type PlacedEvent = Placed & { event: MarketEvent }

/** Where reading of the chain stands: the last block whose events are in the store, and its hash. */
export type Cursor = { block: number; hash: Hex }

/** What is stored of the chain: the latest blocks, and every event of a job that is not over for good. */
export const chainSchema = `
  CREATE TABLE IF NOT EXISTS chain (id INTEGER PRIMARY KEY CHECK (id = 1), identity TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS ring (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, parentHash TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS journal (
    block INTEGER NOT NULL, logIndex INTEGER NOT NULL, jobId TEXT NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (block, logIndex)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS journalByJob ON journal (jobId, block, logIndex);
`

/** Blocks that are remembered: a reorganisation may be this deep. Ethereum finalises within 64 to 96. */
export const ringBlocks = 256

/** Conclusions that stand on the chain's state at a block, and fall with it. */
const readFromChain: readonly StoredJob['status'][] = ['settled', 'slashed', 'lost', 'over', 'failed']

/** The part of the store that follows the chain. */
export function openChainStore(
  db: DatabaseSync,
  { jobs, transaction }: { jobs: JobRows; transaction: <T>(work: () => T) => T },
) {
  const statements = {
    ring: db.prepare('SELECT number, hash, parentHash FROM ring ORDER BY number'),
    top: db.prepare('SELECT number, hash FROM ring ORDER BY number DESC LIMIT 1'),
    hashAt: db.prepare('SELECT hash FROM ring WHERE number = ?'),
    addBlock: db.prepare('INSERT INTO ring (number, hash, parentHash) VALUES (?, ?, ?)'),
    pruneRing: db.prepare('DELETE FROM ring WHERE number < (SELECT max(number) FROM ring WHERE number <= ?)'),
    cutRing: db.prepare('DELETE FROM ring WHERE number > ?'),
    addEvent: db.prepare('INSERT INTO journal (block, logIndex, jobId, event) VALUES (?, ?, ?, ?)'),
    eventsOf: db.prepare('SELECT event FROM journal WHERE jobId = ? ORDER BY block, logIndex'),
    above: db.prepare('SELECT DISTINCT jobId FROM journal WHERE block > ?'),
    cutJournal: db.prepare('DELETE FROM journal WHERE block > ?'),
    concluded: db.prepare(
      `SELECT jobId FROM jobs WHERE concludedAt >= ? AND status IN (${readFromChain.map(() => '?').join(', ')})`,
    ),
    pruneJournal: db.prepare(
      `DELETE FROM journal WHERE jobId IN (
         SELECT jobId FROM jobs WHERE concludedAt < ?1 AND
           (status IN ('settled', 'slashed') OR (status = 'over' AND reason IN ('cancelled', 'refunded')))
           AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.jobId = jobs.jobId AND block >= ?1))`,
    ),
  }
  let prunedAt = 0

  const ring = (): BlockRef[] =>
    statements.ring.all().map(({ number, hash, parentHash }) => ({
      number: Number(number),
      hash: hexOf(hash),
      parentHash: hexOf(parentHash),
    }))

  function apply({ blockNumber, logIndex, event }: PlacedEvent, operator: Address): void {
    const { jobId } = event
    const known = jobs.get(jobId)
    if (event.type === 'requested') {
      record({ blockNumber, logIndex, event })
      if (known === undefined) {
        const { order } = event
        jobs.put({
          jobId,
          order,
          requestBlock: blockNumber,
          status: 'open',
          stage: 'watch',
          durations: {},
          updatedAt: 0,
        })
      } else if (known.signature !== undefined) {
        // Its order was here before its request, so what was read and done meanwhile stands.
        jobs.put({ ...known, requestBlock: blockNumber })
      } else {
        rebuild(known, operator)
      }
    } else if (known !== undefined) {
      record({ blockNumber, logIndex, event })
      const facts = applyEvent(known, event, operator)
      if (facts !== known) jobs.put({ ...known, ...facts })
    }
  }

  function record({ blockNumber, logIndex, event }: Pick<PlacedEvent, 'blockNumber' | 'logIndex' | 'event'>): void {
    // A job's id is the digest of its order, so the order outlives its request in the job's row.
    const kept = event.type === 'requested' ? { type: event.type, jobId: event.jobId, block: event.block } : event
    statements.addEvent.run(blockNumber, logIndex, event.jobId, toJson(kept))
  }

  /** What the remaining events make of a job; what the worker computed for it stays. */
  function rebuild(job: StoredJob, operator: Address): void {
    const events = statements.eventsOf.all(job.jobId).map(({ event }) => parseEvent(String(event)))
    const request = events.find(({ type }) => type === 'requested')
    const blank = {
      reason: undefined,
      detail: undefined,
      price: undefined,
      due: undefined,
      settlement: undefined,
      settledIn: undefined,
    }
    // An order that is signed may be claimed again.
    if (request?.type !== 'requested' && job.signature === undefined) {
      jobs.put({ ...job, ...blank, status: 'over', reason: 'request-reorged' }, 0)
      return
    }
    const declined = job.status === 'declined' ? { status: job.status, reason: job.reason, detail: job.detail } : {}
    let facts: JobFacts = { ...blank, status: 'open', ...declined }
    for (const event of events) if (event.type !== 'requested') facts = applyEvent(facts, event, operator)
    const requestBlock = request?.type === 'requested' ? request.block : job.requestBlock
    jobs.put({ ...job, ...blank, ...declined, ...facts, requestBlock }, 0)
  }

  function rewind(to: number, operator: Address): void {
    const oldest = Number(statements.ring.get()?.number ?? 0)
    const touched = new Set(
      [...statements.above.all(to), ...statements.concluded.all(oldest, ...readFromChain)].map(({ jobId }) =>
        hexOf(jobId),
      ),
    )
    statements.cutRing.run(to)
    statements.cutJournal.run(to)
    for (const jobId of touched) {
      const job = jobs.get(jobId)
      if (job !== undefined) rebuild(job, operator)
    }
  }

  /** Forgets the events of jobs that no reorganisation can bring back. */
  function prune(top: number): void {
    const oldest = top - ringBlocks
    statements.pruneRing.run(oldest)
    if (top - prunedAt < ringBlocks) return
    prunedAt = top
    statements.pruneJournal.run(oldest)
  }

  return {
    /**
     * Ties the store to one chain and market. When it held another's, all is forgotten: it was a cache of a chain that is gone.
     * @returns whether something was forgotten
     */
    bind: (identity: string): boolean =>
      transaction(() => {
        const row = db.prepare('SELECT identity FROM chain WHERE id = 1').get()
        if (row?.identity === identity) return false
        for (const table of [
          'jobs',
          'ring',
          'journal',
          'outboxJobs',
          'transactions',
          'outbox',
          'provedModels',
          'chain',
        ]) {
          db.exec(`DELETE FROM ${table}`)
        }
        db.prepare('INSERT INTO chain (id, identity) VALUES (1, ?)').run(identity)
        return row !== undefined
      }),

    cursor: (): Cursor | undefined => {
      const row = statements.top.get()
      return row && { block: Number(row.number), hash: hexOf(row.hash) }
    },

    /** Hash of a block that was read lately and not taken back since. */
    hashAt: (block: number): Hex | undefined => {
      const row = statements.hashAt.get(block)
      return row && hexOf(row.hash)
    },

    /** The latest blocks read, oldest first. */
    ring,

    /** Takes back what is above `rewindTo`, applies events and moves the cursor: all of it or nothing. */
    advance: ({ rewindTo, blocks, events, operator }: Advance<PlacedEvent> & { operator: Address }): void =>
      transaction(() => {
        if (rewindTo !== undefined) rewind(rewindTo, operator)
        for (const { number, hash, parentHash } of blocks) statements.addBlock.run(number, hash, parentHash)
        for (const event of events) apply(event, operator)
        const top = blocks.at(-1)
        if (top !== undefined) prune(top.number)
      }),
  }
}

/** Reads back what `toJson` wrote of an event. */
function parseEvent(text: string): MarketEvent {
  // Rows of the journal are only ever written from the same type; its bigints, the amounts, come back as strings.
  const event = JSON.parse(text) as MarketEvent
  if (event.type === 'claimed') return { ...event, price: BigInt(event.price) }
  if (event.type !== 'settled') return event
  const { workerShare, royalty, fee } = event
  return { ...event, workerShare: BigInt(workerShare), royalty: BigInt(royalty), fee: BigInt(fee) }
}
