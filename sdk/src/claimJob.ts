import { type Address, encodeFunctionData, type Hash, type Hex } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { parseJobEvents } from './jobEvents.ts'
import { hashOrder, type JobOrder } from './order.ts'
import { JobMismatchError } from './requestJob.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Takes the exclusive right to answer a job; the client's account is an operator or its signer.
 * Warning: read and simulate the input first. A worker that cannot answer loses its bond.
 * @returns the operator that holds the claim, the price in the order's token, and when its time runs out
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function claimJob(
  client: MarketClient,
  { deployment, order, ...options }: SendOptions & { deployment: Deployment; order: JobOrder },
): Promise<{ jobId: Hex; hash: Hash; worker: Address; price: bigint; due: number }> {
  const jobId = hashOrder(order, deployment)
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'claimJob', args: [order] }),
  })
  const claim = parseJobEvents(receipt.logs, deployment.addresses.jobMarket).find(
    (event) => event.name === 'JobClaimed' && event.jobId === jobId,
  )
  if (claim?.name !== 'JobClaimed') throw new JobMismatchError({ expected: jobId, hash: receipt.transactionHash })
  return { jobId, hash: receipt.transactionHash, worker: claim.worker, price: claim.price, due: claim.due }
}
