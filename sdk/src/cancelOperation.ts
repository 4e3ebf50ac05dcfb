import { type Address, encodeFunctionData, type Hash, type Hex } from 'viem'
import { accessManagerAbi } from './abi/accessManager.ts'
import { addressIn, type Deployment, type MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Takes back a scheduled call: for who scheduled it, for the guardian of the role that it needs, and for the administrator.
 * @param parameters.caller account that scheduled it
 * @param parameters.target contract that it would call
 * @param parameters.data the call's data
 * @returns the transaction's hash
 * @throws AddressMissingError, AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function cancelOperation(
  client: MarketClient,
  {
    deployment,
    caller,
    target,
    data,
    ...options
  }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; caller: Address; target: Address; data: Hex },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: addressIn(deployment, 'accessManager'),
    abi: accessManagerAbi,
    data: encodeFunctionData({ abi: accessManagerAbi, functionName: 'cancel', args: [caller, target, data] }),
  })
  return { hash: receipt.transactionHash }
}
