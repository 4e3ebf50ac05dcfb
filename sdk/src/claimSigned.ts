import { encodeFunctionData } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import { type Claim, claimOf } from './claimJob.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type SendOptions, sendCall } from './sendCall.ts'
import type { SignedOrder } from './signOrder.ts'

/**
 * Takes the exclusive right to answer a job whose requester only signed its order: the market checks the signature and escrows the
 * price from the requester's free balance. The client's account is an operator or its signer.
 * Warning: read and simulate the input first. A worker that cannot answer loses its bond.
 * @throws AccountMissingError, TransactionRevertedError, JobMismatchError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function claimSigned(
  client: MarketClient,
  { deployment, order, signature, ...options }: SendOptions & SignedOrder & { deployment: Deployment },
): Promise<Claim> {
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'claimSigned', args: [order, signature] }),
  })
  return claimOf(receipt, { deployment, order })
}
