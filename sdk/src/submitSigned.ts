import { type Address, encodeFunctionData, type Hex } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { JobOrder } from './order.ts'
import { type SendOptions, sendCall } from './sendCall.ts'
import { type Answer, encodeAnswer, type Submission, submissionOf } from './submitResult.ts'

/**
 * Answers a job that nobody claimed, in an open race that the first proof wins: it settles at once, whoever sends it.
 * @param parameters.signature the requester's, of an order that was only signed; left out for a job that was requested
 * @param parameters.worker account that is paid, and to which the proof is bound; it needs no stake
 * @throws AccountMissingError, TransactionRevertedError, JobMismatchError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function submitSigned(
  client: MarketClient,
  parameters: SendOptions & Answer & { deployment: Deployment; order: JobOrder; signature?: Hex; worker: Address },
): Promise<Submission> {
  const { deployment, order, signature = '0x', worker } = parameters
  const receipt = await sendCall(client, {
    ...parameters,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({
      abi: jobMarketAbi,
      functionName: 'submitSigned',
      args: [order, signature, worker, encodeAnswer(parameters)],
    }),
  })
  return submissionOf(receipt, { deployment, order })
}
