import { type Address, encodeFunctionData, type Hash } from 'viem'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Replaces the key that claims and answers for the client's account, a registered operator. The registry goes on accepting the one before
 * for its grace, so that what is under way gets done.
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function setSigner(
  client: MarketClient,
  { deployment, signer, ...options }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; signer: Address },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.workerRegistry,
    abi: workerRegistryAbi,
    data: encodeFunctionData({ abi: workerRegistryAbi, functionName: 'setSigner', args: [signer] }),
  })
  return { hash: receipt.transactionHash }
}
