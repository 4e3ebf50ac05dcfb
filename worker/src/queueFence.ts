import type { DatabaseSync } from 'node:sqlite'

/** Decides which of several results for a job counts, on the machine that signs. */
export type ResultFence = {
  /** Offers a result; only the first for a job is accepted, whatever happens to processes or queues. */
  offer: (offered: { id: string; result: string }) => 'accepted' | 'same' | 'refused'
  /** The accepted result. */
  result: (id: string) => string | undefined
  /** Forgets jobs that are over. */
  forget: (id: string) => void
}

/** Opens the fence in the database of the machine that signs; the answer is durable when the call returns. */
export function openResultFence(db: DatabaseSync): ResultFence {
  db.exec('CREATE TABLE IF NOT EXISTS results (id TEXT PRIMARY KEY, result TEXT NOT NULL) STRICT')
  const insert = db.prepare('INSERT INTO results (id, result) VALUES (?, ?) ON CONFLICT (id) DO NOTHING')
  const select = db.prepare('SELECT result FROM results WHERE id = ?')
  const remove = db.prepare('DELETE FROM results WHERE id = ?')

  function result(id: string): string | undefined {
    const row = select.get(id)
    return row === undefined ? undefined : String(row.result)
  }

  return {
    offer: ({ id, result: offered }) => {
      if (insert.run(id, offered).changes === 1) return 'accepted'
      return result(id) === offered ? 'same' : 'refused'
    },
    result,
    forget: (id) => {
      remove.run(id)
    },
  }
}
