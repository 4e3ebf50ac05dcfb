import { encodeFunctionData, type Hash } from 'viem'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Replaces what the client's account, a registered operator, says of its worker.
 * @param parameters.metadataCid CID of a file about its hardware, models and prices; empty for nothing
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function setMetadata(
  client: MarketClient,
  {
    deployment,
    metadataCid,
    ...options
  }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; metadataCid: string },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.workerRegistry,
    abi: workerRegistryAbi,
    data: encodeFunctionData({ abi: workerRegistryAbi, functionName: 'setMetadata', args: [metadataCid] }),
  })
  return { hash: receipt.transactionHash }
}
