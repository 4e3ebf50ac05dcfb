import { type Address, encodeFunctionData, type Hash } from 'viem'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { accountOf, type SendOptions, sendCall } from './sendCall.ts'

/**
 * Sends the stake that has done unbonding out; to the client's account, a registered operator, unless told.
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function withdrawStake(
  client: MarketClient,
  {
    deployment,
    to = accountOf(client).address,
    ...options
  }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; to?: Address },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.workerRegistry,
    abi: workerRegistryAbi,
    data: encodeFunctionData({ abi: workerRegistryAbi, functionName: 'withdrawStake', args: [to] }),
  })
  return { hash: receipt.transactionHash }
}
