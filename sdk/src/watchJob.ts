import type { Hex } from 'viem'
import { getBlock, getBlockNumber, readContract } from 'viem/actions'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { getJob } from './getJob.ts'
import { getJobEvents, type JobEvent } from './jobEvents.ts'
import { decodeCursor, type EventPlace, encodeCursor, type WatchState } from './watchCursor.ts'

/**
 * One turn of a job: an event that is on chain, or one that a reorganisation took back (`removed`), of which only its place and name
 * count. `cursor` is where {@link watchJob} goes on after it.
 */
export type WatchedEvent =
  | (JobEvent & { removed: false; cursor: string })
  | (EventPlace & { removed: true; cursor: string })

/** Blocks read again on every poll: an event that a reorganisation no deeper than this moves or removes is told anew. */
const overlapBlocks = 64n

const endings: readonly string[] = ['JobSettled', 'JobCancelled', 'JobRefunded']

/**
 * Yields every event of one job from its request on, and ends after the block of the event that ends the job. An event that a
 * reorganisation took back is yielded again with `removed`, newest first, before what came in its place. Polls; a failed poll is
 * reported to `onPollError` and tried again, so a chain that is away for a while is no end.
 * @param parameters.cursor of the last event that was dealt with, to go on after it; JSON-safe text
 * @param parameters.fromBlock without a cursor: first block to search; that of the request unless told
 * @param parameters.confirmations blocks that have to stand on the job's end before the watch ends
 * @throws CursorInvalidError, the signal's reason when it aborts
 */
export async function* watchJob(
  client: MarketClient,
  {
    deployment,
    jobId,
    cursor,
    fromBlock,
    confirmations = 0,
    pollMs = 500,
    onPollError,
  }: {
    deployment: Deployment
    jobId: Hex
    cursor?: string
    fromBlock?: bigint
    confirmations?: number
    pollMs?: number
    onPollError?: (error: unknown) => void
  },
  signal?: AbortSignal,
): AsyncGenerator<WatchedEvent, void, undefined> {
  const told: Partial<WatchState> = cursor === undefined ? {} : decodeCursor(cursor, jobId)
  // Before `next` every event was told for good; of those told since, `seen` holds the places.
  let next = told.fromBlock ?? fromBlock
  let seen = told.seen ?? []
  const cursorNow = (first: bigint) => encodeCursor({ jobId, fromBlock: first, seen })
  for (;;) {
    signal?.throwIfAborted()
    const turn = await readTurn(client, { deployment, jobId, next, seen }).catch((error: unknown): undefined => {
      onPollError?.(error)
    })
    if (turn === undefined) {
      await wait(pollMs, signal)
      continue
    }
    const { head, first } = turn
    for (const event of turn.removed.toReversed()) {
      seen = seen.filter((each) => each !== event)
      yield { ...event, removed: true, cursor: cursorNow(first) }
    }
    for (const event of turn.added) {
      seen = [...seen, placeOf(event)]
      yield { ...event, removed: false, cursor: cursorNow(first) }
    }
    const end = seen.find(({ name }) => endings.includes(name))
    if (end !== undefined && head - end.blockNumber >= BigInt(confirmations)) return
    const settled = head - overlapBlocks > first ? head - overlapBlocks : first
    seen = seen.filter((event) => event.blockNumber >= settled || event === end)
    next = settled
    await wait(pollMs, signal)
  }
}

/** What one poll finds, from the block `first` on: events that are gone, and new ones, both oldest first. */
async function readTurn(
  client: MarketClient,
  {
    deployment,
    jobId,
    next,
    seen,
  }: { deployment: Deployment; jobId: Hex; next: bigint | undefined; seen: readonly EventPlace[] },
): Promise<{ head: bigint; first: bigint; removed: EventPlace[]; added: JobEvent[] }> {
  const head = await getBlockNumber(client, { cacheTime: 0 })
  const first = next ?? (await findStart(client, { deployment, jobId, head }))
  const fromBlock = seen.reduce((least, { blockNumber }) => (blockNumber < least ? blockNumber : least), first)
  const events = await getJobEvents(client, { deployment, jobId, fromBlock, toBlock: head })
  const removed = await findRemoved(client, { seen, events, head })
  return { head, first, removed, added: events.filter((event) => !seen.some((each) => isSame(each, event))) }
}

/** The block of a job's request; for one that is not on chain yet, the oldest block that a reorganisation may still change. */
async function findStart(
  client: MarketClient,
  { deployment, jobId, head }: { deployment: Deployment; jobId: Hex; head: bigint },
): Promise<bigint> {
  const oldest = BigInt(deployment.deploymentBlock)
  const recent = head - overlapBlocks > oldest ? head - overlapBlocks : oldest
  const { state } = await readContract(client, {
    address: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    functionName: 'jobOf',
    args: [jobId],
  })
  return state === 0 ? recent : (await getJob(client, { deployment, jobId })).requestBlock
}

/**
 * Events that were seen and are gone. That a node does not list an event proves nothing, as it may lag behind another that answered
 * before: its block has to be another one too.
 */
async function findRemoved(
  client: MarketClient,
  { seen, events, head }: { seen: readonly EventPlace[]; events: readonly JobEvent[]; head: bigint },
): Promise<EventPlace[]> {
  const missing = seen.filter((each) => each.blockNumber <= head && !events.some((event) => isSame(each, event)))
  const numbers = [...new Set(missing.map(({ blockNumber }) => blockNumber))]
  const blocks = await Promise.all(numbers.map((blockNumber) => getBlock(client, { blockNumber })))
  const hashes = new Map(blocks.map(({ number, hash }) => [number, hash]))
  return missing.filter(({ blockNumber, blockHash }) => hashes.get(blockNumber) !== blockHash)
}

function isSame(one: EventPlace, other: EventPlace): boolean {
  return one.blockHash === other.blockHash && one.logIndex === other.logIndex
}

function placeOf({ jobId, name, blockNumber, blockHash, transactionHash, logIndex }: JobEvent): EventPlace {
  return { jobId, name, blockNumber, blockHash, transactionHash, logIndex }
}

function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', abort, { once: true })
  })
}
