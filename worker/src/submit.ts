import { decodeProof } from '@assay/circuits/proof'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { encodeEvidence } from '@assay/sdk/submitResult'
import { isAddressEqual } from 'viem'
import { simulateContract } from 'viem/actions'
import { revertMeaning } from './chainReverts.ts'
import { JobOverError, JobRefusedError, RetryableError } from './jobErrors.ts'
import { callChain, readBlockTime, readJobState, revertOf } from './marketChain.ts'
import type { StageParts } from './stageParts.ts'
import type { StoredJob } from './store.ts'

/**
 * Hands in a verified answer: simulates, stores the signed transaction, sends it and waits until it is confirmed. An answer that
 * is on chain already, sent before a restart or relayed by anyone, is as good as sent now.
 * @throws JobOverError when the job is no longer this worker's, JobRefusedError (`submit-refused`), RetryableError
 */
export async function submit(
  { jobId, order, price, due }: StoredJob,
  { answer, parts }: { answer: { outputs: bigint[]; proof: bigint[] }; parts: StageParts },
): Promise<void> {
  const { chain, outbox, submitBatch } = parts
  const { client, account, network } = chain
  if (await isSettled(jobId, parts)) return

  const result = { outputs: answer.outputs, evidence: encodeEvidence(decodeProof(answer.proof)) }
  const market = { address: network.addresses.jobMarket, abi: jobMarketAbi } as const
  if (!outbox.hasPending({ jobId, kind: 'submit' })) {
    try {
      await callChain(() =>
        simulateContract(client, { ...market, account, functionName: 'submitResult', args: [order, result] }),
      )
    } catch (cause) {
      const revert = revertOf(cause)
      if (revert === undefined) throw cause
      // The state changed since it was read; reading it again says how, and ends the job if it is over.
      if (revertMeaning(revert) === 'over' && (await isSettled(jobId, parts))) return
      throw new JobRefusedError({
        reason: 'submit-refused',
        detail: `The market refuses the answer: ${revert || 'no reason'}.`,
        cause,
      })
    }
  }
  await submitBatch.send({ jobId, order, result, price: price ?? order.minPrice, due: due ?? 0 })
  if (await isSettled(jobId, parts)) return
  throw new RetryableError({
    reason: 'submit-refused',
    detail: `The answer to job ${jobId} was mined and did not settle it.`,
  })
}

/** Whether this worker's answer stands; throws JobOverError when it can stand no more. */
async function isSettled(jobId: StoredJob['jobId'], { chain, operator }: StageParts): Promise<boolean> {
  const now = await readJobState(chain, jobId)
  const mine = isAddressEqual(now.worker, operator.address)
  if (now.state === 'Settled' && mine) return true
  if (now.state === 'Requested' || now.state === 'None') {
    // The claim was reorganised away; the outbox sends it again, and the job goes on from there.
    throw new RetryableError({ reason: 'transaction-lost', detail: `The claim of job ${jobId} is no longer on chain.` })
  }
  if (now.state !== 'Claimed' || !mine) {
    throw new JobOverError({ reason: 'settled-by-other', detail: `Job ${jobId} is ${now.state} by ${now.worker}.` })
  }
  // This machine's clock may be wrong, and a bond is at stake.
  const time = await readBlockTime(chain)
  if (time > now.due) {
    throw new JobOverError({ reason: 'due-passed', detail: `Job ${jobId} was due at ${now.due}; it is ${time}.` })
  }
  return false
}
