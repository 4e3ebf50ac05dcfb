import { encodeFunctionData, type Hash, type Hex } from 'viem'
import { modelRegistryAbi } from './abi/modelRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Takes over a model that was offered to the client's account: jobs that settle from now on pay their royalty to it.
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function acceptModel(
  client: MarketClient,
  { deployment, modelId, ...options }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; modelId: Hex },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.modelRegistry,
    abi: modelRegistryAbi,
    data: encodeFunctionData({ abi: modelRegistryAbi, functionName: 'acceptModel', args: [modelId] }),
  })
  return { hash: receipt.transactionHash }
}
