import { type Address, encodeFunctionData, type Hash, zeroAddress } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { accountOf, type SendOptions, sendCall } from './sendCall.ts'

/**
 * Sends part of the account's free balance in the market to an address; to the account itself unless told.
 * @param parameters.amount in the token's smallest unit
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function withdraw(
  client: MarketClient,
  {
    deployment,
    amount,
    token = zeroAddress,
    to = accountOf(client).address,
    ...options
  }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; amount: bigint; token?: Address; to?: Address },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'withdraw', args: [token, amount, to] }),
  })
  return { hash: receipt.transactionHash }
}
