import { type Address, encodeFunctionData, type Hash } from 'viem'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { accountOf, type SendOptions, sendCall } from './sendCall.ts'

/**
 * Sends out the client account's shares of bonds that others lost; to the account itself unless told.
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function withdrawSlashed(
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
    data: encodeFunctionData({ abi: workerRegistryAbi, functionName: 'withdrawSlashed', args: [to] }),
  })
  return { hash: receipt.transactionHash }
}
