import { type Address, encodeFunctionData, type Hash, type Hex } from 'viem'
import { modelRegistryAbi } from './abi/modelRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Offers a model to another account, which becomes its owner by `acceptModel`. The owner only.
 * @param parameters.to who may accept; the zero address takes an offer back
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function offerModel(
  client: MarketClient,
  {
    deployment,
    modelId,
    to,
    ...options
  }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; modelId: Hex; to: Address },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.modelRegistry,
    abi: modelRegistryAbi,
    data: encodeFunctionData({ abi: modelRegistryAbi, functionName: 'offerModel', args: [modelId, to] }),
  })
  return { hash: receipt.transactionHash }
}
