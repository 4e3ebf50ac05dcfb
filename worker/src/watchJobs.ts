import { getJobEvents, type JobEvent } from '@assay/sdk/jobEvents'
import type { Address } from 'viem'
import { getBlock } from 'viem/actions'
import type { MarketEvent } from './jobEvents.ts'
import type { WorkerLogger } from './log.ts'
import { callChain, type MarketChain } from './marketChain.ts'
import type { Store } from './store.ts'

/** Blocks that are read again when the last one read is no longer part of the chain. */
const rewindBlocks = 64

/**
 * Reads the market's events from where the store stands to the chain's head, in ranges, and stores each range with its cursor in one
 * transaction. After a downtime it catches up the same way; when the chain was reorganised it reads the last 64 blocks again.
 * @returns the head that the store has now caught up with
 * @throws RetryableError when the chain does not answer; what was stored until then stays
 */
export async function watchJobs(
  { chain, store, operator, logRange }: { chain: MarketChain; store: Store; operator: Address; logRange: number },
  { logger, signal }: { logger: WorkerLogger; signal: AbortSignal },
): Promise<number> {
  const { client, network } = chain
  const headOf = async () => Number((await callChain(() => getBlock(client, { blockTag: 'latest' }))).number)
  const head = await headOf()
  const cursor = store.cursor()
  if (cursor !== undefined && head < cursor.block) {
    // An endpoint that lags behind another is no reorganisation.
    logger.debug({ msg: 'endpoint lags behind', head, cursor: cursor.block })
    return head
  }
  if (cursor !== undefined) {
    const block = await callChain(() => getBlock(client, { blockNumber: BigInt(cursor.block) }))
    if (block.hash !== cursor.hash) await rewind(cursor.block)
  }

  async function rewind(from: number): Promise<void> {
    const to = Math.max(network.deploymentBlock, from - rewindBlocks)
    const { hash } = await callChain(() => getBlock(client, { blockNumber: BigInt(to) }))
    store.rewind({ block: to, hash })
    logger.warn({ msg: 'chain reorganised', from, to })
  }

  for (;;) {
    const last = store.cursor()
    const from = last === undefined ? network.deploymentBlock : last.block + 1
    if (from > head || signal.aborted) return head
    const to = Math.min(head, from + logRange - 1)
    const [events, block] = await callChain(() =>
      Promise.all([
        getJobEvents(client, { deployment: network, fromBlock: BigInt(from), toBlock: BigInt(to) }),
        getBlock(client, { blockNumber: BigInt(to) }),
      ]),
    )
    const known = events.flatMap((event) => toMarketEvent(event) ?? [])
    store.advance({ cursor: { block: to, hash: block.hash }, events: known, operator })
    for (const event of known) logger.info({ msg: 'event', type: event.type, jobId: event.jobId })
  }
}

function toMarketEvent(event: JobEvent): MarketEvent | undefined {
  const { jobId } = event
  switch (event.name) {
    case 'JobRequested':
      return { type: 'requested', jobId, order: event.order, block: Number(event.blockNumber) }
    case 'JobClaimed':
      return { type: 'claimed', jobId, worker: event.worker, price: event.price, due: event.due }
    case 'JobExpired':
      return { type: 'expired', jobId, worker: event.worker }
    case 'JobCancelled':
      return { type: 'cancelled', jobId }
    case 'JobRefunded':
      return { type: 'refunded', jobId }
    case 'JobSettled': {
      const { worker, workerShare, royalty, fee, transactionHash } = event
      return { type: 'settled', jobId, worker, workerShare, royalty, fee, transactionHash }
    }
    case 'JobAnswered':
      return undefined
  }
}
