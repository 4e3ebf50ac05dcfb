import { encodeProof, type Proof } from '@assay/circuits/proof'
import { encodeAbiParameters, encodeFunctionData, type Hash, type Hex } from 'viem'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { Payout } from './getJob.ts'
import { parseJobEvents } from './jobEvents.ts'
import { hashOrder, type JobOrder } from './order.ts'
import { JobMismatchError } from './requestJob.ts'
import { type SendOptions, sendCall } from './sendCall.ts'

/** Evidence of the assurance `proof`: the eight words of a Groth16 proof, ABI-encoded. */
export function encodeEvidence(proof: Proof): Hex {
  return encodeAbiParameters([{ type: 'uint256[8]' }], [encodeProof(proof)])
}

/**
 * Hands in a job's answer with its proof; the worker that holds the claim is paid, whoever sends it.
 * @param parameters.outputs packed output words
 * @returns the transaction's hash and, when the job settled with it, who was paid what
 * @throws AccountMissingError, TransactionRevertedError, viem's ContractFunctionExecutionError with the decoded custom error
 */
export async function submitResult(
  client: MarketClient,
  {
    deployment,
    order,
    outputs,
    proof,
    ...options
  }: SendOptions & { deployment: Deployment; order: JobOrder; outputs: readonly bigint[]; proof: Proof },
): Promise<{ jobId: Hex; hash: Hash; payout?: Payout }> {
  const jobId = hashOrder(order, deployment)
  const result = { outputs: [...outputs], evidence: encodeEvidence(proof) }
  const receipt = await sendCall(client, {
    ...options,
    to: deployment.addresses.jobMarket,
    abi: jobMarketAbi,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'submitResult', args: [order, result] }),
  })
  const hash = receipt.transactionHash
  const events = parseJobEvents(receipt.logs, deployment.addresses.jobMarket).filter((event) => event.jobId === jobId)
  if (!events.some((event) => event.name === 'JobAnswered')) throw new JobMismatchError({ expected: jobId, hash })
  const settled = events.find((event) => event.name === 'JobSettled')
  if (settled === undefined) return { jobId, hash }
  const { worker, workerShare, royalty, fee } = settled
  return { jobId, hash, payout: { worker, workerShare, royalty, fee } }
}
