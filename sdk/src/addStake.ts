import { encodeFunctionData, type Hash } from 'viem'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Adds to the free stake of the client's account, a registered operator.
 * @param parameters.amount in wei
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function addStake(
  client: MarketClient,
  { deployment, amount, ...options }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; amount: bigint },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.workerRegistry,
    abi: workerRegistryAbi,
    data: encodeFunctionData({ abi: workerRegistryAbi, functionName: 'addStake', args: [] }),
    value: amount,
  })
  return { hash: receipt.transactionHash }
}
