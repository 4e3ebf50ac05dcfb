import type { DatabaseSync } from 'node:sqlite'
import type { Address, Hex } from 'viem'
import { hexOf } from './jobRows.ts'

/** What a transaction is for; `filler` uses up a nonce that would hold up later ones. */
export type TransactionKind = 'claim' | 'submit' | 'filler'

/**
 * How far something to be sent has come. `queued` has no nonce yet; `parked` waits until it costs no more than it may; `mined` may be
 * reorganised away again; `final` and `dropped` are for good.
 */
export type OutboxStatus = 'queued' | 'parked' | 'sent' | 'mined' | 'final' | 'dropped'

/** Something to be sent: one row, whatever number of signed transactions it takes. */
export type OutboxEntry = {
  id: number
  kind: TransactionKind
  /** The jobs that it is for; several when their answers go together. */
  jobIds: Hex[]
  to: Address
  data: Hex
  /** The most that its gas may cost in wei. */
  maxCost: bigint
  /** What to leave out of `maxCost` for the transactions that have to follow, in units of gas. */
  gasReserved: bigint
  status: OutboxStatus
  nonce?: number | undefined
  createdAt: number
}

/** What became of a signed transaction. */
export type TransactionStatus = 'signed' | 'sent' | 'mined' | 'reverted' | 'replaced' | 'dropped'

/** A signed transaction, stored before anyone else sees it. */
export type StoredTransaction = {
  hash: Hex
  entry: number
  nonce: number
  raw: Hex
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
  status: TransactionStatus
  /** Block that it is in, while it is in one. */
  block?: number | undefined
  createdAt: number
}

/** Tables of what is to be sent and of what was signed for it. */
export const outboxSchema = `
  CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, target TEXT NOT NULL, data TEXT NOT NULL, maxCost TEXT NOT NULL, gasReserved TEXT NOT NULL,
    status TEXT NOT NULL, nonce INTEGER, createdAt INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS outboxByStatus ON outbox (status, id);
  CREATE TABLE IF NOT EXISTS outboxJobs (
    entry INTEGER NOT NULL, jobId TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (jobId, entry)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS outboxJobsByEntry ON outboxJobs (entry, place);
  CREATE TABLE IF NOT EXISTS transactions (
    hash TEXT PRIMARY KEY, entry INTEGER NOT NULL, nonce INTEGER NOT NULL, raw TEXT NOT NULL, maxFeePerGas TEXT NOT NULL,
    maxPriorityFeePerGas TEXT NOT NULL, status TEXT NOT NULL, block INTEGER, createdAt INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS transactionsByEntry ON transactions (entry, createdAt);
`

/** Entries that may still change; the others only tell what happened. */
const live = `('queued', 'parked', 'sent', 'mined')`

/** The part of the store that remembers what is sent. */
export function openOutboxStore(
  db: DatabaseSync,
  { transaction, durable }: Record<'transaction' | 'durable', <T>(work: () => T) => T>,
) {
  const statements = {
    add: db.prepare(
      `INSERT INTO outbox (kind, target, data, maxCost, gasReserved, status, createdAt) VALUES (?, ?, ?, ?, ?, 'queued', ?) RETURNING id`,
    ),
    addJob: db.prepare('INSERT INTO outboxJobs (entry, jobId, place) VALUES (?, ?, ?)'),
    live: db.prepare(`SELECT * FROM outbox WHERE status IN ${live} ORDER BY nonce IS NULL, nonce, id`),
    entry: db.prepare('SELECT * FROM outbox WHERE id = ?'),
    latest: db.prepare(
      `SELECT outbox.* FROM outbox JOIN outboxJobs ON entry = id WHERE jobId = ? AND kind = ? AND status IN ${live} ORDER BY id DESC LIMIT 1`,
    ),
    jobsOf: db.prepare('SELECT jobId FROM outboxJobs WHERE entry = ? ORDER BY place'),
    addSigned: db.prepare(
      `INSERT INTO transactions (hash, entry, nonce, raw, maxFeePerGas, maxPriorityFeePerGas, status, createdAt)
       VALUES (?, ?, ?, ?, ?, ?, 'signed', ?)`,
    ),
    setNonce: db.prepare(`UPDATE outbox SET nonce = ?, status = 'sent' WHERE id = ?`),
    signed: db.prepare('SELECT * FROM transactions WHERE entry = ? ORDER BY rowid'),
    prune: db.prepare(`DELETE FROM outbox WHERE status IN ('final', 'dropped') AND createdAt < ?`),
    setEntry: db.prepare('UPDATE outbox SET status = ? WHERE id = ?'),
    setSigned: db.prepare('UPDATE transactions SET status = ?, block = ? WHERE hash = ?'),
  }

  const entryOf = (row: Record<string, unknown>): OutboxEntry => ({
    id: Number(row.id),
    // These two columns are only ever written from the same types.
    kind: row.kind as TransactionKind,
    status: row.status as OutboxStatus,
    jobIds: statements.jobsOf.all(Number(row.id)).map(({ jobId }) => hexOf(jobId)),
    to: hexOf(row.target),
    data: hexOf(row.data),
    maxCost: BigInt(String(row.maxCost)),
    gasReserved: BigInt(String(row.gasReserved)),
    nonce: row.nonce === null ? undefined : Number(row.nonce),
    createdAt: Number(row.createdAt),
  })

  return {
    /** Writes down what is to be sent. */
    addEntry: (entry: Omit<OutboxEntry, 'id' | 'status' | 'nonce' | 'createdAt'>): OutboxEntry =>
      transaction(() => {
        const { kind, to, data, maxCost, gasReserved, jobIds } = entry
        const row = statements.add.get(kind, to, data, maxCost.toString(), gasReserved.toString(), Date.now())
        const id = Number(row?.id)
        for (const [place, jobId] of jobIds.entries()) statements.addJob.run(id, jobId, place)
        return { ...entry, id, status: 'queued', createdAt: Date.now() }
      }),

    /** Everything that may still change, in the order of nonces, what has none last. */
    liveEntries: (): OutboxEntry[] => statements.live.all().map(entryOf),

    entry: (id: number): OutboxEntry | undefined => {
      const row = statements.entry.get(id)
      return row && entryOf(row)
    },

    /** The latest entry of a job that may still change. */
    liveEntry: ({ jobId, kind }: { jobId: Hex; kind: TransactionKind }): OutboxEntry | undefined => {
      const row = statements.latest.get(jobId, kind)
      return row && entryOf(row)
    },

    /** Keeps a signed transaction, and with it the entry's nonce, through a loss of power too; what was signed before it is replaced. */
    addSigned: (signed: Omit<StoredTransaction, 'status' | 'block' | 'createdAt'>): void =>
      // A claim that was sent and forgotten costs a bond.
      durable(() => {
        const { hash, entry, nonce, raw, maxFeePerGas, maxPriorityFeePerGas } = signed
        statements.addSigned.run(
          hash,
          entry,
          nonce,
          raw,
          maxFeePerGas.toString(),
          maxPriorityFeePerGas.toString(),
          Date.now(),
        )
        statements.setNonce.run(nonce, entry)
      }),

    /** All that was signed for an entry, oldest first. */
    signedFor: (entry: number): StoredTransaction[] =>
      statements.signed.all(entry).map((row) => ({
        hash: hexOf(row.hash),
        entry: Number(row.entry),
        nonce: Number(row.nonce),
        raw: hexOf(row.raw),
        maxFeePerGas: BigInt(String(row.maxFeePerGas)),
        maxPriorityFeePerGas: BigInt(String(row.maxPriorityFeePerGas)),
        // Only ever written from the same type.
        status: row.status as TransactionStatus,
        block: row.block === null ? undefined : Number(row.block),
        createdAt: Number(row.createdAt),
      })),

    /** Records how far an entry has come, and what became of its transactions, both or neither. */
    setEntry: (
      id: number,
      {
        status,
        transactions = [],
      }: { status: OutboxStatus; transactions?: Pick<StoredTransaction, 'hash' | 'status' | 'block'>[] },
    ): void =>
      transaction(() => {
        statements.setEntry.run(status, id)
        for (const { hash, status: fate, block } of transactions) statements.setSigned.run(fate, block ?? null, hash)
      }),

    /** Records what became of one transaction. */
    setSigned: (hash: Hex, status: TransactionStatus): void => {
      statements.setSigned.run(status, null, hash)
    },

    /** Forgets what came to an end before a time in milliseconds. */
    pruneOutbox: (before: number): void =>
      transaction(() => {
        statements.prune.run(before)
        for (const table of ['outboxJobs', 'transactions']) {
          db.exec(`DELETE FROM ${table} WHERE entry NOT IN (SELECT id FROM outbox)`)
        }
      }),

    /** Number of entries by status. */
    outboxCounts: (): Record<string, number> =>
      Object.fromEntries(
        db
          .prepare('SELECT status, count(*) AS entries FROM outbox GROUP BY status')
          .all()
          .map((row) => [String(row.status), Number(row.entries)]),
      ),
  }
}
