import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Hex } from 'viem'
import { chainSchema, openChainStore } from './chainStore.ts'
import { openJobReports } from './jobReports.ts'
import { type JobPatch, jobOf, jobSchema, openJobRows, type StoredJob } from './jobRows.ts'
import { openOutboxStore, outboxSchema } from './outboxStore.ts'
import { openResultFence } from './queueFence.ts'

export type { Cursor, PlacedEvent } from './chainStore.ts'
export { type JobPatch, type ProvedAnswer, type Stage, type StoredJob, toJson } from './jobRows.ts'
export type { OutboxEntry, StoredTransaction, TransactionKind } from './outboxStore.ts'

/** The worker's memory on disk. Every call is one transaction. */
export type Store = ReturnType<typeof openStore>

/** Of the tables; others' are of a version that no release had and are made afresh from the chain. */
const version = 2

/** Opens, and makes if need be, `worker.sqlite` in a directory; `:memory:` keeps nothing. */
export function openStore(directory: string) {
  const inMemory = directory === ':memory:'
  if (!inMemory) mkdirSync(directory, { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(inMemory ? directory : join(directory, 'worker.sqlite'))
  // NORMAL loses the last transactions with the machine's power, never with the process. All but what was signed can be had again.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;')
  if (db.prepare('PRAGMA user_version').get()?.user_version !== version) {
    for (const table of ['chain', 'jobs', 'outbox', 'provedModels']) db.exec(`DROP TABLE IF EXISTS ${table}`)
    db.exec(`PRAGMA user_version = ${version}`)
  }
  db.exec(`${jobSchema}${chainSchema}${outboxSchema}
    CREATE TABLE IF NOT EXISTS provedModels (modelId TEXT PRIMARY KEY) STRICT;`)

  function transaction<T>(work: () => T): T {
    db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      db.exec('COMMIT')
      return result
    } catch (error) {
      // SQLite takes a transaction back by itself when the disk is full.
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }

  /** Waits for the disk, which holds up everything else: for what nothing outside this store remembers, and all before it. */
  function durable<T>(work: () => T): T {
    db.exec('PRAGMA synchronous = FULL')
    try {
      return transaction(work)
    } finally {
      db.exec('PRAGMA synchronous = NORMAL')
    }
  }

  const jobs = openJobRows(db)
  const chain = openChainStore(db, { jobs, transaction })
  const results = openResultFence(db)
  // Results for jobs that ended before anyone looked at them.
  db.exec("DELETE FROM results WHERE id NOT IN (SELECT jobId FROM jobs WHERE status = 'open')")
  const markProved = db.prepare('INSERT INTO provedModels (modelId) VALUES (?) ON CONFLICT (modelId) DO NOTHING')

  return {
    ...chain,
    ...openOutboxStore(db, { transaction, durable }),
    ...openJobReports(db),

    /** What executors handed in for jobs that wait for it; the first counts. */
    results,

    job: jobs.get,

    /** Jobs to work on: claimed ones first, then by age. */
    openJobs: (): StoredJob[] =>
      db.prepare(`SELECT * FROM jobs WHERE status = 'open' ORDER BY due IS NULL, requestBlock, jobId`).all().map(jobOf),

    /** The latest jobs, newest first. */
    recentJobs: (limit: number): StoredJob[] =>
      db.prepare('SELECT * FROM jobs ORDER BY requestBlock DESC, jobId LIMIT ?').all(limit).map(jobOf),

    /** Changes a job; a new status stands on the chain as it was read so far, and falls with it in a reorganisation. */
    patchJob: (jobId: Hex, patch: JobPatch): void =>
      transaction(() => {
        const known = jobs.get(jobId)
        if (known !== undefined) jobs.put({ ...known, ...patch }, patch.status && (chain.cursor()?.block ?? 0))
      }),

    /** Whether a proof for the model was ever made and verified here: its graph and its key belong together. */
    hasProved: (modelId: Hex): boolean =>
      db.prepare('SELECT 1 FROM provedModels WHERE modelId = ?').get(modelId) !== undefined,

    /** Remembers that a proof for the model was made and verified here. */
    markProved: (modelId: Hex): void => void markProved.run(modelId),

    close: (): void => db.close(),
  }
}
