import type { DatabaseSync } from 'node:sqlite'
import type { Hex } from 'viem'
import { hexOf } from './jobRows.ts'

/** What settled jobs have brought, in wei of the worker's share. */
export type Earnings = { jobs: number; wei: bigint }

/** How long proofs of a model took here; `proofs` were counted, of the latest ones. */
export type ProvingTimes = { modelId: Hex; proofs: number; p50Ms: number; p95Ms: number }

/** Jobs whose proving times count. */
const latestJobs = 1000

/** Sums over the table of jobs, for metrics and for the operator. */
export function openJobReports(db: DatabaseSync) {
  const statements = {
    byStatus: db.prepare('SELECT status AS name, count(*) AS jobs FROM jobs GROUP BY status'),
    byReason: db.prepare('SELECT reason AS name, count(*) AS jobs FROM jobs WHERE reason IS NOT NULL GROUP BY reason'),
    declined: db.prepare(
      "SELECT coalesce(reason, 'internal') AS name, count(*) AS jobs FROM jobs WHERE status = 'declined' GROUP BY 1",
    ),
    // Summed here and not by SQLite, whose integers end at 9 ETH.
    earned: db.prepare(
      `SELECT json_extract(settlement, '$.workerShare') AS share FROM jobs
       WHERE status = 'settled' AND settlement IS NOT NULL AND updatedAt >= ?`,
    ),
    proved: db.prepare(
      `SELECT json_extract(jobOrder, '$.modelId') AS modelId, json_extract(durations, '$.prove') AS ms FROM jobs
       WHERE json_extract(durations, '$.prove') IS NOT NULL ORDER BY requestBlock DESC LIMIT ${latestJobs}`,
    ),
  }
  const counted = (rows: Record<string, unknown>[]): Record<string, number> =>
    Object.fromEntries(rows.map(({ name, jobs }) => [String(name), Number(jobs)]))

  return {
    /** Number of jobs by status. */
    counts: (): Record<string, number> => counted(statements.byStatus.all()),

    /** Number of jobs that are not, or no longer, worked on, by reason code. */
    reasonCounts: (): Record<string, number> => counted(statements.byReason.all()),

    /** Number of declined jobs by reason code. */
    declinedCounts: (): Record<string, number> => counted(statements.declined.all()),

    /**
     * What jobs brought that were recorded as settled since a time in milliseconds. Warning: a store that is rebuilt from the chain
     * records all of them anew.
     */
    earnings: (since = 0): Earnings => {
      const rows = statements.earned.all(since)
      return { jobs: rows.length, wei: rows.reduce((sum, { share }) => sum + BigInt(String(share)), 0n) }
    },

    /** Proving times of each model over its share of the latest jobs. */
    provingTimes: (): ProvingTimes[] => {
      const byModel = Map.groupBy(statements.proved.all(), ({ modelId }) => hexOf(modelId))
      return [...byModel].map(([modelId, proofs]) => {
        const sorted = proofs.map(({ ms }) => Number(ms)).sort((a, b) => a - b)
        return { modelId, proofs: sorted.length, p50Ms: quantile(sorted, 0.5), p95Ms: quantile(sorted, 0.95) }
      })
    },
  }
}

/** Nearest rank: the least value that so large a part of all does not exceed. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0
}
