import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { JobOrder } from '@assay/sdk/order'
import type { Address, Hex } from 'viem'
import type { ReasonCode } from './jobErrors.ts'
import { applyEvent, type JobFacts, type MarketEvent } from './jobEvents.ts'

/** Stages of a job in the order data moves; `watch` before the first. */
export type Stage = 'watch' | 'admit' | 'fetchInput' | 'claim' | 'runInference' | 'prove' | 'submit' | 'settle'

/** An answer's packed words and its proof's eight, once the proof was verified here. */
export type ProvedAnswer = { outputs: bigint[]; proof: bigint[] }

/** A job as the worker remembers it; all but `stage` and what it computed can be read from the chain again. */
export type StoredJob = JobFacts & {
  jobId: Hex
  order: JobOrder
  requestBlock: number
  /** The last stage that began. */
  stage: Stage
  detail?: string | undefined
  /** The input's bytes, once verified: a claimed job must not depend on a gateway again. */
  input?: Uint8Array | undefined
  answer?: ProvedAnswer | undefined
  /** Milliseconds that each finished stage took. */
  durations: Partial<Record<Stage, number>>
  updatedAt: number
}

/** What stages change of a job. */
export type JobPatch = Partial<Omit<StoredJob, 'jobId' | 'order' | 'requestBlock' | 'updatedAt'>>

/** What a transaction is for. */
export type TransactionKind = 'claim' | 'submit'

/** A signed transaction, stored before anyone else sees it. */
export type StoredTransaction = {
  hash: Hex
  jobId: Hex
  kind: TransactionKind
  nonce: number
  raw: Hex
  maxFeePerGas: bigint
}

/** Where reading of the chain stands: the last block whose events are in the store, and its hash. */
export type Cursor = { block: number; hash: Hex }

/** The worker's memory on disk. Every call is one transaction. */
export type Store = ReturnType<typeof openStore>

const schema = `
  CREATE TABLE IF NOT EXISTS chain (id INTEGER PRIMARY KEY CHECK (id = 1), identity TEXT NOT NULL, block INTEGER, hash TEXT) STRICT;
  CREATE TABLE IF NOT EXISTS jobs (
    jobId TEXT PRIMARY KEY, requestBlock INTEGER NOT NULL, jobOrder TEXT NOT NULL, status TEXT NOT NULL, stage TEXT NOT NULL,
    reason TEXT, detail TEXT, price TEXT, due INTEGER, input BLOB, answer TEXT, settlement TEXT, settledIn TEXT,
    durations TEXT NOT NULL, updatedAt INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS jobsByStatus ON jobs (status, requestBlock);
  CREATE TABLE IF NOT EXISTS outbox (
    hash TEXT PRIMARY KEY, jobId TEXT NOT NULL, kind TEXT NOT NULL, nonce INTEGER NOT NULL, raw TEXT NOT NULL, maxFeePerGas TEXT NOT NULL,
    status TEXT NOT NULL, createdAt INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS outboxByJob ON outbox (jobId, kind, status);
  CREATE TABLE IF NOT EXISTS provedModels (modelId TEXT PRIMARY KEY) STRICT;
`

/** Opens, and makes if need be, `worker.sqlite` in a directory. */
export function openStore(directory: string) {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(join(directory, 'worker.sqlite'))
  // NORMAL would lose the last transactions with the machine's power; a lost claim costs a bond.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;')
  db.exec(schema)

  function transaction<T>(work: () => T): T {
    db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      db.exec('COMMIT')
      return result
    } catch (error) {
      db.exec('ROLLBACK')
      throw error
    }
  }

  function job(jobId: Hex): StoredJob | undefined {
    const row = db.prepare('SELECT * FROM jobs WHERE jobId = ?').get(jobId)
    return row && jobOf(row)
  }

  function write(next: StoredJob): void {
    const finished = next.status !== 'open'
    db.prepare(
      `INSERT INTO jobs (jobId, requestBlock, jobOrder, status, stage, reason, detail, price, due, input, answer, settlement, settledIn, durations, updatedAt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (jobId) DO UPDATE SET status = excluded.status, stage = excluded.stage, reason = excluded.reason, detail = excluded.detail,
         price = excluded.price, due = excluded.due, input = excluded.input, answer = excluded.answer, settlement = excluded.settlement,
         settledIn = excluded.settledIn, durations = excluded.durations, updatedAt = excluded.updatedAt`,
    ).run(
      next.jobId,
      next.requestBlock,
      toJson(next.order),
      next.status,
      next.stage,
      next.reason ?? null,
      next.detail ?? null,
      next.price?.toString() ?? null,
      next.due ?? null,
      finished ? null : (next.input ?? null),
      next.answer ? toJson(next.answer) : null,
      next.settlement ? toJson(next.settlement) : null,
      next.settledIn ?? null,
      toJson(next.durations),
      Date.now(),
    )
  }

  function apply(event: MarketEvent, operator: Address): void {
    const known = job(event.jobId)
    if (event.type === 'requested') {
      if (known !== undefined) return
      const { jobId, order, block } = event
      write({ jobId, order, requestBlock: block, status: 'open', stage: 'watch', durations: {}, updatedAt: 0 })
    } else if (known !== undefined) {
      const facts = applyEvent(known, event, operator)
      if (facts !== known) write({ ...known, ...facts })
    }
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
        db.exec('DELETE FROM jobs; DELETE FROM outbox; DELETE FROM provedModels; DELETE FROM chain')
        db.prepare('INSERT INTO chain (id, identity) VALUES (1, ?)').run(identity)
        return row !== undefined
      }),

    cursor: (): Cursor | undefined => {
      const row = db.prepare('SELECT block, hash FROM chain WHERE id = 1').get()
      if (row === undefined || row.block === null) return undefined
      return { block: Number(row.block), hash: hexOf(row.hash) }
    },

    /** Moves the cursor and applies the events up to it, both or neither. */
    advance: ({ cursor, events, operator }: { cursor: Cursor; events: MarketEvent[]; operator: Address }): void =>
      transaction(() => {
        for (const event of events) apply(event, operator)
        db.prepare('UPDATE chain SET block = ?, hash = ? WHERE id = 1').run(cursor.block, cursor.hash)
      }),

    /** Moves the cursor back; events after it will be read again. */
    rewind: (cursor: Cursor | undefined): void => {
      db.prepare('UPDATE chain SET block = ?, hash = ? WHERE id = 1').run(cursor?.block ?? null, cursor?.hash ?? null)
    },

    job,

    /** Jobs to work on: claimed ones first, then by age. */
    openJobs: (): StoredJob[] =>
      db.prepare(`SELECT * FROM jobs WHERE status = 'open' ORDER BY due IS NULL, requestBlock, jobId`).all().map(jobOf),

    /** The latest jobs, newest first. */
    recentJobs: (limit: number): StoredJob[] =>
      db.prepare('SELECT * FROM jobs ORDER BY requestBlock DESC, jobId LIMIT ?').all(limit).map(jobOf),

    /** Number of jobs by status. */
    counts: (): Record<string, number> =>
      Object.fromEntries(
        db
          .prepare('SELECT status, count(*) AS jobs FROM jobs GROUP BY status')
          .all()
          .map((row) => [String(row.status), Number(row.jobs)]),
      ),

    patchJob: (jobId: Hex, patch: JobPatch): void =>
      transaction(() => {
        const known = job(jobId)
        if (known !== undefined) write({ ...known, ...patch })
      }),

    /** Whether a proof for the model was ever made and verified here: its graph and its key belong together. */
    hasProved: (modelId: Hex): boolean =>
      db.prepare('SELECT 1 FROM provedModels WHERE modelId = ?').get(modelId) !== undefined,

    /** Remembers that a proof for the model was made and verified here. */
    markProved: (modelId: Hex): void => {
      db.prepare('INSERT INTO provedModels (modelId) VALUES (?) ON CONFLICT (modelId) DO NOTHING').run(modelId)
    },

    addTransaction: (sent: StoredTransaction): void => {
      db.prepare(
        `INSERT INTO outbox (hash, jobId, kind, nonce, raw, maxFeePerGas, status, createdAt) VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)
         ON CONFLICT (hash) DO NOTHING`,
      ).run(sent.hash, sent.jobId, sent.kind, sent.nonce, sent.raw, sent.maxFeePerGas.toString(), Date.now())
    },

    /** Transactions whose fate is not known yet, oldest first: all of them, or those of one job and kind. */
    pendingTransactions: (of?: { jobId: Hex; kind: TransactionKind }): StoredTransaction[] => {
      const rows =
        of === undefined
          ? db.prepare(`SELECT * FROM outbox WHERE status = 'pending' ORDER BY nonce, createdAt`).all()
          : db
              .prepare(
                `SELECT * FROM outbox WHERE status = 'pending' AND jobId = ? AND kind = ? ORDER BY createdAt, rowid`,
              )
              .all(of.jobId, of.kind)
      return rows.map(transactionOf)
    },

    /** Records what became of a transaction. */
    resolveTransaction: (hash: Hex, status: 'mined' | 'reverted' | 'dropped'): void => {
      db.prepare('UPDATE outbox SET status = ? WHERE hash = ?').run(status, hash)
    },

    close: (): void => db.close(),
  }
}

type Row = Record<string, unknown>

function jobOf(row: Row): StoredJob {
  const answer = row.answer === null ? undefined : JSON.parse(String(row.answer))
  const settlement = row.settlement === null ? undefined : JSON.parse(String(row.settlement))
  return {
    jobId: hexOf(row.jobId),
    order: orderOf(JSON.parse(String(row.jobOrder))),
    requestBlock: Number(row.requestBlock),
    // These three columns are only ever written from the same types.
    status: row.status as StoredJob['status'],
    stage: row.stage as Stage,
    reason: (row.reason ?? undefined) as ReasonCode | undefined,
    detail: row.detail === null ? undefined : String(row.detail),
    price: row.price === null ? undefined : BigInt(String(row.price)),
    due: row.due === null ? undefined : Number(row.due),
    input: row.input instanceof Uint8Array ? row.input : undefined,
    answer: answer && { outputs: answer.outputs.map(BigInt), proof: answer.proof.map(BigInt) },
    settlement: settlement && {
      workerShare: BigInt(settlement.workerShare),
      royalty: BigInt(settlement.royalty),
      fee: BigInt(settlement.fee),
    },
    settledIn: row.settledIn === null ? undefined : hexOf(row.settledIn),
    durations: JSON.parse(String(row.durations)),
    updatedAt: Number(row.updatedAt),
  }
}

function transactionOf(row: Row): StoredTransaction {
  return {
    hash: hexOf(row.hash),
    jobId: hexOf(row.jobId),
    // Only ever written from the same type.
    kind: row.kind as TransactionKind,
    nonce: Number(row.nonce),
    raw: hexOf(row.raw),
    maxFeePerGas: BigInt(String(row.maxFeePerGas)),
  }
}

function orderOf(json: Record<keyof JobOrder, string>): JobOrder {
  // What `toJson` wrote of an order: everything but the bigints comes back as it was.
  const order = json as unknown as JobOrder
  return {
    ...order,
    minPrice: BigInt(json.minPrice),
    maxPrice: BigInt(json.maxPrice),
    inputCommitment: BigInt(json.inputCommitment),
    bond: BigInt(json.bond),
    nonce: BigInt(json.nonce),
  }
}

/** JSON with bigints as decimal strings. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? member.toString() : member))
}

function hexOf(value: unknown): Hex {
  // Columns of this kind are only ever written from Hex values.
  return String(value) as Hex
}
