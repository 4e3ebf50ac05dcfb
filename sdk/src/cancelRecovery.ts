import { type Address, encodeFunctionData, type Hash } from 'viem'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Stops the guardian of an operator from putting another signer in place: for the operator or its guardian.
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function cancelRecovery(
  client: MarketClient,
  { deployment, operator, ...options }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; operator: Address },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.workerRegistry,
    abi: workerRegistryAbi,
    data: encodeFunctionData({ abi: workerRegistryAbi, functionName: 'cancelRecovery', args: [operator] }),
  })
  return { hash: receipt.transactionHash }
}
