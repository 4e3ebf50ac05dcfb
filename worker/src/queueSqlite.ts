import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { QueueLease, WorkQueue } from './queue.ts'

/**
 * Opens the embedded queue: a SQLite file that several processes of one machine may open.
 * What a call changed is on disk when it returns.
 * @param options.now milliseconds; the clock of the machine if absent
 */
export function openSqliteQueue({
  path,
  leaseMs,
  now = Date.now,
}: {
  path: string
  leaseMs: number
  now?: () => number
}): WorkQueue {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(path)
  db.exec(`PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS items (
      place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, payload TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
      readyAt INTEGER NOT NULL, token TEXT, result TEXT) STRICT;
    CREATE INDEX IF NOT EXISTS itemsByReadiness ON items (readyAt, place) WHERE result IS NULL;
    CREATE TABLE IF NOT EXISTS executors (name TEXT PRIMARY KEY, report TEXT NOT NULL, until INTEGER NOT NULL) STRICT;`)

  const insert = db.prepare('INSERT INTO items (id, payload, readyAt) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING')
  // One statement, so that no two processes take the same item; a lease is a readyAt in the future with a token.
  const take = db.prepare(
    `UPDATE items SET token = ?1, readyAt = ?3, attempts = attempts + 1
     WHERE place = (SELECT place FROM items WHERE result IS NULL AND readyAt <= ?2 ORDER BY place LIMIT 1)
     RETURNING id, payload, attempts`,
  )
  const held = 'id = ? AND token = ? AND result IS NULL'
  const extend = db.prepare(`UPDATE items SET readyAt = ? WHERE ${held} AND readyAt > ?`)
  const finish = db.prepare(`UPDATE items SET result = ?, token = NULL WHERE ${held}`)
  const giveBack = db.prepare(`UPDATE items SET readyAt = ?, token = NULL WHERE ${held}`)
  const finished = db.prepare('SELECT id, result FROM items WHERE result IS NOT NULL ORDER BY place LIMIT 100')
  const remove = db.prepare('DELETE FROM items WHERE id = ? AND result IS NOT NULL')
  const drop = db.prepare('DELETE FROM items WHERE id = ? AND (token IS NULL OR readyAt <= ?)')
  const announce = db.prepare(
    `INSERT INTO executors (name, report, until) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET report = excluded.report, until = excluded.until`,
  )
  const withdraw = db.prepare('DELETE FROM executors WHERE name = ? OR until <= ?')
  const announced = db.prepare('SELECT name, report FROM executors WHERE until > ? ORDER BY name')
  const count = db.prepare(
    `SELECT count(*) FILTER (WHERE result IS NOT NULL) AS finished,
            count(*) FILTER (WHERE result IS NULL AND token IS NOT NULL AND readyAt > ?1) AS running,
            count(*) FILTER (WHERE result IS NULL AND (token IS NULL OR readyAt <= ?1)) AS waiting FROM items`,
  )

  return {
    put: async ({ id, payload }) => {
      insert.run(id, payload, now())
    },
    take: async (): Promise<QueueLease | undefined> => {
      const token = randomUUID()
      const row = take.get(token, now(), now() + leaseMs)
      if (row === undefined) return undefined
      return { id: String(row.id), payload: String(row.payload), attempt: Number(row.attempts), token }
    },
    extend: async ({ id, token }) => extend.run(now() + leaseMs, id, token, now()).changes === 1,
    finish: async ({ id, token }, result) => finish.run(result, id, token).changes === 1,
    giveBack: async ({ id, token }, delayMs) => giveBack.run(now() + delayMs, id, token).changes === 1,
    collect: async (accept) => {
      const rows = finished.all()
      for (const row of rows) {
        const id = String(row.id)
        await accept({ id, result: String(row.result) })
        remove.run(id)
      }
      return rows.length
    },
    drop: async (id) => {
      drop.run(id, now())
    },
    announce: async ({ name, report }) => {
      announce.run(name, report, now() + leaseMs)
    },
    withdraw: async (name) => {
      withdraw.run(name, now())
    },
    announced: async () =>
      announced.all(now()).map(({ name, report }) => ({ name: String(name), report: String(report) })),
    counts: async () => {
      const row = count.get(now())
      return { waiting: Number(row?.waiting), running: Number(row?.running), finished: Number(row?.finished) }
    },
    close: async () => db.close(),
  }
}
