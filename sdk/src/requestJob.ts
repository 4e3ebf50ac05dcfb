import { encodeFunctionData, type Hash, type Hex, zeroAddress } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import { buildOrder, type OrderTerms } from './buildOrder.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { getBalance } from './getBalance.ts'
import { parseJobEvents } from './jobEvents.ts'
import { hashOrder, type JobOrder } from './order.ts'
import { JobMismatchError, type SendOptions, sendCall } from './sendCall.ts'
import { encodePermit, type PermitKind, signPermit } from './signPermit.ts'

/**
 * Requests a job: builds its order, escrows `maxPrice` from the account's free balance topped up by the transaction's
 * value or a transfer of the order's token, and waits until it is mined. The input must be on IPFS before (see addContent), or
 * no worker will claim.
 * @param parameters.permit how the account lets the market draw what is missing in tokens, by a signature and in the same
 *   transaction; unless told, the token has to be approved to the market before
 * @returns the job's id, its order, the transaction's hash and the block it is in
 * @throws PriceZeroError, PermitUselessError, JobMismatchError, AccountMissingError, TransactionRevertedError, viem's errors
 */
export async function requestJob(
  client: MarketClient,
  {
    deployment,
    terms,
    permit,
    ...options
  }: SendOptions & { deployment: Deployment; terms: OrderTerms; permit?: PermitKind },
): Promise<{ jobId: Hex; order: JobOrder; hash: Hash; blockNumber: bigint }> {
  const order = await buildOrder(client, { deployment, terms })
  const { token } = order
  const jobId = hashOrder(order, deployment)
  const balance = await getBalance(client, { deployment, account: order.requester, token })
  const missing = order.maxPrice > balance.free ? order.maxPrice - balance.free : 0n
  const signed = permit && (await signPermit(client, { deployment, token, amount: missing, kind: permit }))
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data:
      signed === undefined
        ? encodeFunctionData({ abi: jobMarketAbi, functionName: 'requestJob', args: [order] })
        : encodeFunctionData({
            abi: jobMarketAbi,
            functionName: 'requestWithPermit',
            args: [order, encodePermit(signed)],
          }),
    value: token === zeroAddress ? missing : 0n,
  })
  const events = parseJobEvents(receipt.logs, deployment.addresses.jobMarket)
  if (!events.some((event) => event.name === 'JobRequested' && event.jobId === jobId)) {
    throw new JobMismatchError({ expected: jobId, hash: receipt.transactionHash })
  }
  return { jobId, order, hash: receipt.transactionHash, blockNumber: receipt.blockNumber }
}
