import { encodeFunctionData, type Hash } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { JobOrder } from './order.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Slashes a worker that is past its due time and opens the job again, or refunds it after the final deadline. Anyone may call.
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function expireJob(
  client: MarketClient,
  { deployment, order, ...options }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; order: JobOrder },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'expireJob', args: [order] }),
  })
  return { hash: receipt.transactionHash }
}
