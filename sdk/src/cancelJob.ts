import { encodeFunctionData, type Hash } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { JobOrder } from './order.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Withdraws a job that nobody has claimed; the requester only. Its escrow returns to the requester's free balance.
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function cancelJob(
  client: MarketClient,
  { deployment, order, ...options }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; order: JobOrder },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'cancelJob', args: [order] }),
  })
  return { hash: receipt.transactionHash }
}
