import { encodeFunctionData, type Hash, type Hex } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { decodeOptimisticTerms } from './optimisticTerms.ts'
import type { JobOrder } from './order.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Challenges a pending answer. Without `data` the answer has to be defended with a proof, and the challenger puts up the bond of the order's
 * terms, which goes to the worker if that succeeds; {@link withdrawCredit} brings it back if not.
 * @param parameters.data what the order's assurance wants of a challenger; for `optimistic` the bytes of {@link encodeDoubleAnswer}, which
 *   need no bond
 * @param parameters.bond in wei; by the order's terms unless told
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function challengeJob(
  client: MarketClient,
  {
    deployment,
    order,
    data = '0x',
    bond,
    ...options
  }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; order: JobOrder; data?: Hex; bond?: bigint },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'challengeJob', args: [order, data] }),
    value: bond ?? bondOf(order, { deployment, data }),
  })
  return { hash: receipt.transactionHash }
}

function bondOf(
  order: JobOrder,
  { deployment, data }: { deployment: Pick<Deployment, 'addresses'>; data: Hex },
): bigint {
  const { optimisticAssurance } = deployment.addresses
  const isOptimistic = order.assurance.toLowerCase() === optimisticAssurance?.toLowerCase()
  return isOptimistic && data === '0x' ? decodeOptimisticTerms(order.assuranceData).challengeBond : 0n
}
