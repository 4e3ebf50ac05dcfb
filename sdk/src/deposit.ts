import { type Address, encodeFunctionData, type Hash, zeroAddress } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/**
 * Adds to the account's free balance in the market; an ERC-20 token has to be approved to the market before.
 * @param parameters.amount in the token's smallest unit
 * @returns the transaction's hash
 */
export async function deposit(
  client: MarketClient,
  {
    deployment,
    amount,
    token = zeroAddress,
    ...options
  }: SendOptions & { deployment: Pick<Deployment, 'addresses'>; amount: bigint; token?: Address },
): Promise<{ hash: Hash }> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'deposit', args: [token, amount] }),
    value: token === zeroAddress ? amount : 0n,
  })
  return { hash: receipt.transactionHash }
}
