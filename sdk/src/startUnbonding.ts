import { encodeFunctionData, type Hash } from 'viem'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Starts to take an amount out of the free stake of the client's account, a registered operator; {@link withdrawStake} ends it
 * when the registry's unbonding time has passed ({@link getWorker} says when).
 * @param parameters.amount in the stake's smallest unit
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function startUnbonding(
  client: MarketClient,
  { deployment, amount, ...options }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; amount: bigint },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.workerRegistry,
    abi: workerRegistryAbi,
    data: encodeFunctionData({ abi: workerRegistryAbi, functionName: 'startUnbonding', args: [amount] }),
  })
  return { hash: receipt.transactionHash }
}
