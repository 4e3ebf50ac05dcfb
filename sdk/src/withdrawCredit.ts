import { type Address, encodeFunctionData, type Hash } from 'viem'
import { optimisticAssuranceAbi } from './abi/optimisticAssurance.ts'
import type { MarketClient } from './deployment.ts'
import { accountOf, type SendOptions, sendCall } from './sendCall.ts'

/**
 * Sends out what an assurance owes the client's account: a challenger's bond that came back, or one that was won. To the account itself
 * unless told.
 * @param parameters.assurance the assurance that the order names
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function withdrawCredit(
  client: MarketClient,
  { assurance, to = accountOf(client).address, ...options }: SendOptions & { assurance: Address; to?: Address },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: assurance,
    abi: optimisticAssuranceAbi,
    data: encodeFunctionData({ abi: optimisticAssuranceAbi, functionName: 'withdrawCredit', args: [to] }),
  })
  return { hash: receipt.transactionHash }
}
