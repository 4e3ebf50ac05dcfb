import { type Address, encodeFunctionData, type Hash } from 'viem'
import { workerRegistryAbi } from './abi/workerRegistry.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { accountOf, type SendOptions, sendCall } from './sendCall.ts'

/**
 * Registers the client's account as a worker's operator with a first stake.
 * @param parameters.stake in wei
 * @param parameters.signer account that claims and submits for it; the operator itself unless told
 * @param parameters.metadataCid CID of what the worker says of itself; empty for nothing
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function registerWorker(
  client: MarketClient,
  {
    deployment,
    stake,
    signer = accountOf(client).address,
    metadataCid = '',
    ...options
  }: SendOptions & {
    deployment: Pick<Deployment, 'addresses'>
    stake: bigint
    signer?: Address
    metadataCid?: string
  },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.workerRegistry,
    abi: workerRegistryAbi,
    data: encodeFunctionData({
      abi: workerRegistryAbi,
      functionName: 'registerWorker',
      args: [signer, metadataCid],
    }),
    value: stake,
  })
  return { hash: receipt.transactionHash }
}
