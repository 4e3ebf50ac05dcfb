import type { DatabaseSync } from 'node:sqlite'
import type { JobOrder } from '@assay/sdk/order'
import type { Hex } from 'viem'
import type { ReasonCode } from './jobErrors.ts'
import type { JobFacts } from './jobEvents.ts'

/** Stages of a job in the order data moves; `watch` before the first. */
export type Stage = 'watch' | 'admit' | 'fetchInput' | 'claim' | 'runInference' | 'prove' | 'submit' | 'settle'

/** An answer's packed words and its proof's eight, once the proof was verified here. */
export type ProvedAnswer = { outputs: bigint[]; proof: bigint[] }

/** A job as the worker remembers it; all but `stage` and what it computed can be read from the chain again. */
export type StoredJob = JobFacts & {
  jobId: Hex
  order: JobOrder
  /** The requester's, of an order that was handed in signed: while the job is in no state yet, a claim takes it along. */
  signature?: Hex | undefined
  /** Block of the request; of an order that was only signed, the one that the chain was read up to when it came. */
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
export type JobPatch = Partial<Omit<StoredJob, 'jobId' | 'order' | 'signature' | 'requestBlock' | 'updatedAt'>>

/** The table of jobs. `concludedAt` is the block that the chain was read up to when the worker itself gave the job its status, 0 where events did. */
export const jobSchema = `
  CREATE TABLE IF NOT EXISTS jobs (
    jobId TEXT PRIMARY KEY, requestBlock INTEGER NOT NULL, jobOrder TEXT NOT NULL, status TEXT NOT NULL, stage TEXT NOT NULL,
    reason TEXT, detail TEXT, price TEXT, due INTEGER, input BLOB, answer TEXT, settlement TEXT, settledIn TEXT,
    durations TEXT NOT NULL, concludedAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL,
    signature TEXT) STRICT;
  CREATE INDEX IF NOT EXISTS jobsByStatus ON jobs (status, requestBlock);
  CREATE INDEX IF NOT EXISTS jobsByConclusion ON jobs (concludedAt);
`

/** Reading and writing of single jobs, inside whoever's transaction it is. */
export type JobRows = ReturnType<typeof openJobRows>

/** Opens the table of jobs. */
export function openJobRows(db: DatabaseSync) {
  const select = db.prepare('SELECT * FROM jobs WHERE jobId = ?')
  const insert = db.prepare(
    `INSERT INTO jobs (jobId, requestBlock, jobOrder, status, stage, reason, detail, price, due, input, answer, settlement, settledIn,
       durations, concludedAt, updatedAt, signature)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, coalesce(?15, 0), ?16, ?17)
     ON CONFLICT (jobId) DO UPDATE SET requestBlock = excluded.requestBlock, status = excluded.status, stage = excluded.stage,
       reason = excluded.reason, detail = excluded.detail, price = excluded.price, due = excluded.due, input = excluded.input,
       answer = excluded.answer, settlement = excluded.settlement, settledIn = excluded.settledIn, durations = excluded.durations,
       concludedAt = coalesce(?15, concludedAt), updatedAt = excluded.updatedAt, signature = excluded.signature`,
  )
  return {
    get: (jobId: Hex): StoredJob | undefined => {
      const row = select.get(jobId)
      return row && jobOf(row)
    },
    /** @param concludedAt block on which the job's status stands when the worker gave it; without it the column stays */
    put: (next: StoredJob, concludedAt?: number): void => {
      insert.run(
        next.jobId,
        next.requestBlock,
        toJson(next.order),
        next.status,
        next.stage,
        next.reason ?? null,
        next.detail ?? null,
        next.price?.toString() ?? null,
        next.due ?? null,
        next.status === 'open' ? (next.input ?? null) : null,
        next.answer ? toJson(next.answer) : null,
        next.settlement ? toJson(next.settlement) : null,
        next.settledIn ?? null,
        toJson(next.durations),
        concludedAt ?? null,
        Date.now(),
        next.signature ?? null,
      )
    },
  }
}

type Row = Record<string, unknown>

/** A row of the table of jobs. */
export function jobOf(row: Row): StoredJob {
  const answer = row.answer === null ? undefined : JSON.parse(String(row.answer))
  const settlement = row.settlement === null ? undefined : JSON.parse(String(row.settlement))
  return {
    jobId: hexOf(row.jobId),
    order: orderOf(JSON.parse(String(row.jobOrder))),
    signature: row.signature === null ? undefined : hexOf(row.signature),
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

/** A column that was written from a Hex value. */
export function hexOf(value: unknown): Hex {
  // Such columns are written from nothing else.
  return String(value) as Hex
}
