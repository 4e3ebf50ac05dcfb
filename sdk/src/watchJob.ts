import type { Hex } from 'viem'
import { getBlockNumber } from 'viem/actions'
import type { Deployment, MarketClient } from './deployment.ts'
import { getJobEvents, type JobEvent, type JobEventName } from './jobEvents.ts'

const endings: readonly JobEventName[] = ['JobSettled', 'JobCancelled', 'JobRefunded']
/** Blocks read again on every poll, so that an event moved by a short reorganisation is not missed. */
const overlapBlocks = 12n

/**
 * Yields every event of one job from its request on, and ends after the event that ends the job.
 * Polls; a failed poll is reported to `onPollError` and tried again, so a chain that is away for a while is no end.
 * @param parameters.fromBlock first block to search; the market's deployment unless told
 * @throws the signal's reason when it aborts
 */
export async function* watchJob(
  client: MarketClient,
  {
    deployment,
    jobId,
    fromBlock,
    pollMs = 500,
    onPollError,
  }: {
    deployment: Deployment
    jobId: Hex
    fromBlock?: bigint
    pollMs?: number
    onPollError?: (error: unknown) => void
  },
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void, undefined> {
  const first = fromBlock ?? BigInt(deployment.deploymentBlock)
  const seen = new Set<string>()
  let next = first
  for (;;) {
    signal?.throwIfAborted()
    let events: JobEvent[] = []
    try {
      const head = await getBlockNumber(client, { cacheTime: 0 })
      events = await getJobEvents(client, { deployment, jobId, fromBlock: next, toBlock: head })
      const again = head - overlapBlocks
      next = again > first ? again : first
    } catch (error) {
      onPollError?.(error)
    }
    for (const event of events) {
      const key = `${event.blockHash}:${event.logIndex}`
      if (seen.has(key)) continue
      seen.add(key)
      yield event
      if (endings.includes(event.name)) return
    }
    await wait(pollMs, signal)
  }
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
