import { type Address, encodeFunctionData, type Hash } from 'viem'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Ends the grace of a signer that was replaced at once: for the operator or its guardian.
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function revokeSigner(
  client: MarketClient,
  {
    deployment,
    operator,
    signer,
    ...options
  }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; operator: Address; signer: Address },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.workerRegistry,
    abi: workerRegistryAbi,
    data: encodeFunctionData({ abi: workerRegistryAbi, functionName: 'revokeSigner', args: [operator, signer] }),
  })
  return { hash: receipt.transactionHash }
}
