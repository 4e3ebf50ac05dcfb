import { type Address, encodeFunctionData, type Hash, type Hex, type TransactionReceipt } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { parseJobEvents } from './jobEvents.ts'
import { hashOrder, type JobOrder } from './order.ts'
import { JobMismatchError, type SendOptions, sendCall } from './sendCall.ts'

/** A claim on chain: the operator that holds it, the price in the order's token, and when its time runs out in unix seconds. */
export type Claim = { jobId: Hex; hash: Hash; worker: Address; price: bigint; due: number }

/**
 * Takes the exclusive right to answer a job; the client's account is an operator or its signer.
 * Warning: read and simulate the input first. A worker that cannot answer loses its bond.
 * @throws AccountMissingError, TransactionRevertedError, JobMismatchError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function claimJob(
  client: MarketClient,
  { deployment, order, ...options }: SendOptions & { deployment: Deployment; order: JobOrder },
): Promise<Claim> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'claimJob', args: [order] }),
  })
  return claimOf(receipt, { deployment, order })
}

/**
 * The claim of an order that a mined transaction made.
 * @throws JobMismatchError
 */
export function claimOf(
  receipt: TransactionReceipt,
  { deployment, order }: { deployment: Deployment; order: JobOrder },
): Claim {
  const jobId = hashOrder(order, deployment)
  const claim = parseJobEvents(receipt.logs, deployment.addresses.jobMarket).find(
    (event) => event.name === 'JobClaimed' && event.jobId === jobId,
  )
  if (claim?.name !== 'JobClaimed') throw new JobMismatchError({ expected: jobId, hash: receipt.transactionHash })
  return { jobId, hash: receipt.transactionHash, worker: claim.worker, price: claim.price, due: claim.due }
}
