import { encodeFunctionData, type Hash, type Hex } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { Payout } from './getJob.ts'
import { parseJobEvents, type SkipReason, skipReasons } from './jobEvents.ts'
import type { JobOrder } from './order.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/** A pending answer whose time is up: the order, and the outputs that were answered ({@link getJob}'s `answer`). */
export type PendingAnswer = { order: JobOrder; outputs: readonly bigint[] }

/**
 * Ends pending answers by their assurances' verdicts: pays them, or slashes their worker and opens the job again. Anyone may call.
 * One answer that cannot be finalized reverts with the reason; among several it is skipped, and does not stop the others.
 * @returns the transaction's hash, the jobs that were paid, and those that were skipped
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function finalizeJobs(
  client: MarketClient,
  { deployment, answers, ...options }: SendOptions & { deployment: Deployment; answers: readonly PendingAnswer[] },
): Promise<{
  hash: Hash
  settled: ({ jobId: Hex } & Payout)[]
  skipped: { jobId: Hex; reason: SkipReason }[]
}> {
  const [first] = answers
  const market = deployment.addresses.jobMarket
  const receipt = await sendCall(client, {
    ...options,
    to: market,
    abi: jobMarketAbi,
    data:
      first !== undefined && answers.length === 1
        ? encodeFunctionData({ abi: jobMarketAbi, functionName: 'finalizeJob', args: [first.order, first.outputs] })
        : encodeFunctionData({
            abi: jobMarketAbi,
            functionName: 'finalizeJobs',
            args: [answers.map(({ order, outputs }) => ({ order, result: { outputs, evidence: '0x' as const } }))],
          }),
  })
  const events = parseJobEvents(receipt.logs, market)
  return {
    hash: receipt.transactionHash,
    settled: events.flatMap((event) => {
      if (event.name !== 'JobSettled') return []
      const { jobId, worker, workerShare, royalty, fee } = event
      return [{ jobId, worker, workerShare, royalty, fee }]
    }),
    skipped: events.flatMap((event) =>
      event.name === 'EntrySkipped' ? [{ jobId: event.jobId, reason: skipReasons[event.reason] ?? 'None' }] : [],
    ),
  }
}
