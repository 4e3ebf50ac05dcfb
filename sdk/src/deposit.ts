import { type Address, encodeFunctionData, type Hash, zeroAddress } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'
import { encodePermit, type PermitKind, signPermit } from './signPermit.ts'

/**
 * Adds to the account's free balance in the market; an ERC-20 token has to be approved to the market before, unless a permit is named.
 * @param parameters.amount in the token's smallest unit
 * @param parameters.permit signature by which the market draws the tokens in the same transaction
 * @returns the transaction's hash
 * @throws PermitUselessError, AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function deposit(
  client: MarketClient,
  {
    deployment,
    amount,
    token = zeroAddress,
    permit,
    ...options
  }: SendOptions & {
    deployment: Pick<Deployment, 'chainId' | 'addresses'>
    amount: bigint
    token?: Address
    permit?: PermitKind
  },
): Promise<{ hash: Hash }> {
  const signed = permit && (await signPermit(client, { deployment, token, amount, kind: permit }))
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data:
      signed === undefined
        ? encodeFunctionData({ abi: jobMarketAbi, functionName: 'deposit', args: [token, amount] })
        : encodeFunctionData({
            abi: jobMarketAbi,
            functionName: 'depositWithPermit',
            args: [token, amount, encodePermit(signed)],
          }),
    value: token === zeroAddress ? amount : 0n,
  })
  return { hash: receipt.transactionHash }
}
