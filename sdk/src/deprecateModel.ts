import { encodeFunctionData, type Hash, type Hex } from 'viem'
import { modelRegistryAbi } from './abi/modelRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Retires a model for good: it takes no new orders, and jobs in flight go on. Its owner only.
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function deprecateModel(
  client: MarketClient,
  { deployment, modelId, ...options }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; modelId: Hex },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.modelRegistry,
    abi: modelRegistryAbi,
    data: encodeFunctionData({ abi: modelRegistryAbi, functionName: 'deprecateModel', args: [modelId] }),
  })
  return { hash: receipt.transactionHash }
}
