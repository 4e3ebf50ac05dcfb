import type { Hex } from 'viem'
import * as z from 'zod/v4/mini'
import type { EventPosition, JobEventName } from './jobEvents.ts'

/** Where an event of a job stands on chain, and its name. */
export type EventPlace = EventPosition & { jobId: Hex; name: JobEventName }

/** How far a watch of one job has come: every event before `fromBlock` was told, and since then those that were seen. */
export type WatchState = { jobId: Hex; fromBlock: bigint; seen: readonly EventPlace[] }

/** The text is no cursor of this job. */
export class CursorInvalidError extends Error {
  override readonly name = 'CursorInvalidError'
  readonly jobId: Hex

  constructor({ jobId, cause }: { jobId: Hex; cause?: unknown }) {
    super(`The text is no cursor of a watch of job ${jobId}; leave it out to begin at the request.`, { cause })
    this.jobId = jobId
  }
}

const hash = z.pipe(
  z.string().check(z.regex(/^0x[0-9a-f]{64}$/)),
  // The pattern above is narrower than viem's Hex.
  z.transform((text: string) => text as Hex),
)
const block = z.pipe(
  z.string().check(z.regex(/^\d{1,20}$/)),
  z.transform((text: string) => BigInt(text)),
)
const cursorSchema = z.strictObject({
  jobId: hash,
  fromBlock: block,
  seen: z.array(
    z.strictObject({
      name: z.pipe(
        z.string().check(z.maxLength(64)),
        // A name that this version does not know comes from a newer one; it is only compared and shown.
        z.transform((text: string) => text as JobEventName),
      ),
      blockNumber: block,
      blockHash: hash,
      transactionHash: hash,
      logIndex: z.int().check(z.gte(0)),
    }),
  ),
})

/** A watch's state as text, to be kept and given to {@link watchJob} later. */
export function encodeCursor({ jobId, fromBlock, seen }: WatchState): string {
  return JSON.stringify({
    jobId,
    fromBlock: String(fromBlock),
    seen: seen.map(({ name, blockNumber, blockHash, transactionHash, logIndex }) => ({
      name,
      blockNumber: String(blockNumber),
      blockHash,
      transactionHash,
      logIndex,
    })),
  })
}

/**
 * Reads a cursor.
 * @throws CursorInvalidError also for a cursor of another job
 */
export function decodeCursor(text: string, jobId: Hex): WatchState {
  let state: z.output<typeof cursorSchema>
  try {
    state = cursorSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new CursorInvalidError({ jobId, cause })
  }
  if (state.jobId !== jobId) throw new CursorInvalidError({ jobId })
  return { jobId, fromBlock: state.fromBlock, seen: state.seen.map((place) => ({ jobId, ...place })) }
}
