import { encodeProof, type Proof } from '@assay/circuits/proof'
import { encodeAbiParameters, encodeFunctionData, type Hash, type Hex, type TransactionReceipt } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { Payout } from './getJob.ts'
import { parseJobEvents } from './jobEvents.ts'
import { hashOrder, type JobOrder } from './order.ts'
import { JobMismatchError, type SendOptions, sendCall } from './sendCall.ts'

/** An answer's packed output words with what its assurance judges: a Groth16 proof, or other evidence such as {@link signAnswer}'s. */
export type Answer = { outputs: readonly bigint[] } & ({ proof: Proof } | { evidence: Hex })

/** An answer on chain; `payout` when the job settled with it. */
export type Submission = { jobId: Hex; hash: Hash; payout?: Payout }

/** Evidence of the assurance `proof`: the eight words of a Groth16 proof, ABI-encoded. */
export function encodeEvidence(proof: Proof): Hex {
  return encodeAbiParameters([{ type: 'uint256[8]' }], [encodeProof(proof)])
}

/** An answer as the contracts take it. */
export function encodeAnswer(answer: Answer): { outputs: bigint[]; evidence: Hex } {
  const evidence = 'proof' in answer ? encodeEvidence(answer.proof) : answer.evidence
  return { outputs: [...answer.outputs], evidence }
}

/**
 * Hands in a job's answer with its evidence; the worker that holds the claim is paid, whoever sends it.
 * @returns the transaction's hash and, when the job settled with it, who was paid what
 * @throws AccountMissingError, TransactionRevertedError, JobMismatchError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function submitResult(
  client: MarketClient,
  parameters: SendOptions & Answer & { deployment: Deployment; order: JobOrder },
): Promise<Submission> {
  const { deployment, order } = parameters
  const receipt = await sendCall(client, {
    ...parameters,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({
      abi: jobMarketAbi,
      functionName: 'submitResult',
      args: [order, encodeAnswer(parameters)],
    }),
  })
  return submissionOf(receipt, { deployment, order })
}

/**
 * The answer to an order that a mined transaction handed in.
 * @throws JobMismatchError
 */
export function submissionOf(
  receipt: TransactionReceipt,
  { deployment, order }: { deployment: Deployment; order: JobOrder },
): Submission {
  const jobId = hashOrder(order, deployment)
  const hash = receipt.transactionHash
  const events = parseJobEvents(receipt.logs, deployment.addresses.jobMarket).filter((event) => event.jobId === jobId)
  if (!events.some((event) => event.name === 'JobAnswered')) throw new JobMismatchError({ expected: jobId, hash })
  const settled = events.find((event) => event.name === 'JobSettled')
  if (settled === undefined) return { jobId, hash }
  const { worker, workerShare, royalty, fee } = settled
  return { jobId, hash, payout: { worker, workerShare, royalty, fee } }
}
