import { type Address, encodeFunctionData, type Hash, type Hex } from 'viem'
import { accessManagerAbi } from './abi/accessManager.ts'
import { addressIn, type Deployment, type MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Makes a call that the client's account scheduled and whose delay has passed, or one that its role may make without a delay.
 * @param parameters.target contract that is called
 * @param parameters.data the call's data
 * @returns the transaction's hash
 * @throws AddressMissingError, AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function executeOperation(
  client: MarketClient,
  {
    deployment,
    target,
    data,
    ...options
  }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; target: Address; data: Hex },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: addressIn(deployment, 'accessManager'),
    abi: accessManagerAbi,
    data: encodeFunctionData({ abi: accessManagerAbi, functionName: 'execute', args: [target, data] }),
  })
  return { hash: receipt.transactionHash }
}
