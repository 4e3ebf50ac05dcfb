import { encodeFunctionData, type Hash } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { JobOrder } from './order.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Gives a claimed job back before its due time, for a part of the bond that grows with the time held. The client's account is the
 * worker's operator or its signer.
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function releaseJob(
  client: MarketClient,
  { deployment, order, ...options }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; order: JobOrder },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'releaseJob', args: [order] }),
  })
  return { hash: receipt.transactionHash }
}
