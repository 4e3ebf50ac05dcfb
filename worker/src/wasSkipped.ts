import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { type Hex, parseEventLogs, type TransactionReceipt } from 'viem'

/** Whether the market left a job as it was when it went through the batch of answers that was mined here. */
export function wasSkipped({ logs }: Pick<TransactionReceipt, 'logs'>, jobId: Hex): boolean {
  return parseEventLogs({ abi: jobMarketAbi, eventName: 'EntrySkipped', logs }).some(({ args }) => args.jobId === jobId)
}
