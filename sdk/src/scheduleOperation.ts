import { type Address, encodeFunctionData, type Hash, type Hex } from 'viem'
import { accessManagerAbi } from './abi/accessManager.ts'
import { addressIn, type Deployment, type MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Schedules a call that a role of the client's account may make after a delay; everybody sees it from now on, and {@link executeOperation}
 * makes it when the delay has passed.
 * @param parameters.target contract that is called
 * @param parameters.data the call's data
 * @returns the transaction's hash
 * @throws AddressMissingError, AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function scheduleOperation(
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
    // At the earliest moment that the delay allows.
    data: encodeFunctionData({ abi: accessManagerAbi, functionName: 'schedule', args: [target, data, 0] }),
  })
  return { hash: receipt.transactionHash }
}
