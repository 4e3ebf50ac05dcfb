import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { encodeFunctionData, isAddressEqual } from 'viem'
import { simulateContract } from 'viem/actions'
import { JobOverError, JobRefusedError, RetryableError } from './jobErrors.ts'
import { callChain, readJobState, revertOf } from './marketChain.ts'
import type { StageParts } from './stageParts.ts'
import type { StoredJob } from './store.ts'

/**
 * Takes the exclusive right to answer a job: simulates, stores the signed transaction, sends it, waits, and believes only what the
 * market then says. A claim that was signed before a restart is resolved instead of repeated.
 * @returns when the worker's time runs out, in unix seconds
 * @throws JobOverError when another worker was faster or the job ended, JobRefusedError (`claim-refused`), RetryableError
 */
export async function claim({ jobId, order }: StoredJob, parts: StageParts, signal: AbortSignal): Promise<number> {
  const { chain, operator, outbox, store } = parts
  const { client, account, network } = chain
  const market = { address: network.addresses.jobMarket, abi: jobMarketAbi } as const

  if (!outbox.hasPending({ jobId, kind: 'claim' })) {
    try {
      await callChain(() => simulateContract(client, { ...market, account, functionName: 'claimJob', args: [order] }))
    } catch (cause) {
      throw claimRefused(cause)
    }
  }
  const data = encodeFunctionData({ abi: jobMarketAbi, functionName: 'claimJob', args: [order] })
  await outbox.send({ jobId, kind: 'claim', to: market.address, data }, signal)

  const now = await readJobState(chain, jobId)
  if (now.state === 'Claimed' && isAddressEqual(now.worker, operator.address)) {
    store.patchJob(jobId, { due: now.due })
    return now.due
  }
  if (now.state === 'Requested') {
    throw new RetryableError({
      reason: 'claim-refused',
      detail: `The claim of job ${jobId} was mined and did not take hold.`,
    })
  }
  throw new JobOverError({
    reason: now.state === 'Claimed' ? 'claimed-by-other' : 'settled-by-other',
    detail: `Job ${jobId} is ${now.state} by ${now.worker}.`,
  })
}

function claimRefused(cause: unknown): unknown {
  const revert = revertOf(cause)
  if (revert === undefined) return cause
  const detail = `The market refuses the claim: ${revert || 'no reason'}.`
  // These pass: the next look at the chain says what became of the job, stake comes back, a pause ends.
  const passing = ['JobNotInState', 'StakeTooLow', 'MarketPaused']
  if (passing.includes(revert)) {
    return new RetryableError({ reason: revert === 'StakeTooLow' ? 'stake-too-low' : 'claim-refused', detail, cause })
  }
  return new JobRefusedError({
    reason: revert === 'DeadlinePassed' ? 'deadline-infeasible' : 'claim-refused',
    detail,
    cause,
  })
}
