import { encodeFunctionData, type Hash } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { JobOrder } from './order.ts'
import { type SendOptions, sendCall } from './sendCall.ts'
import { type Answer, encodeAnswer } from './submitResult.ts'

/**
 * Defends a challenged answer with its proof, bound to the worker that answered. Anyone may send it; the worker is paid.
 * @returns the transaction's hash
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function defendJob(
  client: MarketClient,
  parameters: SendOptions & Answer & { deployment: Pick<Deployment, 'addresses'>; order: JobOrder },
): Promise<{ hash: Hash }> {
  const { deployment, order } = parameters
  const receipt = await sendCall(client, {
    ...parameters,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'defendJob', args: [order, encodeAnswer(parameters)] }),
  })
  return { hash: receipt.transactionHash }
}
