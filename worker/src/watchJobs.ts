import { localChainIds } from '@assay/sdk/developmentAccounts'
import type { Address } from 'viem'
import { type ChainLogs, readBlock } from './chainLogs.ts'
import { ringBlocks } from './chainStore.ts'
import { advanceCursor, type ChainView, type CursorReport } from './cursor.ts'
import { RetryableError } from './jobErrors.ts'
import type { WorkerLogger } from './log.ts'
import { agreeOn, type MarketChain } from './marketChain.ts'
import type { PlacedEvent, Store } from './store.ts'

/**
 * Reads the market's events from where the store stands to the chain's head, in ranges, and stores each range with its cursor in one
 * transaction. After a downtime it catches up the same way; when the chain was reorganised it takes back what is no longer part of
 * it, provided that another endpoint says so too.
 * @returns how far it came
 * @throws RetryableError when the chain does not answer or its answers do not fit together, DeepReorgError; what was stored until then stays
 */
export async function watchJobs(
  { chain, store, logs, operator }: { chain: MarketChain; store: Store; logs: ChainLogs; operator: Address },
  { logger, signal }: { logger: WorkerLogger; signal: AbortSignal },
): Promise<CursorReport> {
  const view: ChainView<PlacedEvent> = {
    head: async () => {
      const head = await readBlock(chain)
      if (head !== undefined) return head
      throw new RetryableError({ reason: 'chain-unavailable', detail: 'The chain has no latest block.' })
    },
    blockAt: (number) => readBlock(chain, number),
    eventsIn: logs.inRange,
    eventsAt: ({ hash }) => logs.ofBlock(hash),
    confirm: ({ number, hash }) =>
      agreeOn(chain, async (client) => (await readBlock({ ...chain, client }, number))?.hash === hash).catch((err) => {
        logger.warn({ msg: 'endpoints disagree', block: number, hash, err })
        return false
      }),
  }
  const report = await advanceCursor(
    {
      view,
      store: {
        ring: store.ring,
        advance: (step) => {
          store.advance({ ...step, operator })
          for (const { event } of step.events) logger.info({ msg: 'event', type: event.type, jobId: event.jobId })
        },
      },
      start: chain.network.deploymentBlock,
      ringBlocks,
      isUnlinked: localChainIds.includes(chain.network.chainId),
    },
    signal,
  )
  if (report.rewound > 0) logger.warn({ msg: 'chain reorganised', blocks: report.rewound, head: report.head })
  // An endpoint that lags behind another is no reorganisation.
  if (report.state === 'lagging') logger.debug({ msg: 'endpoint lags behind', head: report.head })
  return report
}
