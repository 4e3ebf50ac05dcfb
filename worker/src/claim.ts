import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { encodeFunctionData, isAddressEqual } from 'viem'
import { simulateContract } from 'viem/actions'
import { readBlock } from './chainLogs.ts'
import { claimAllowance, submitGas } from './fees.ts'
import { JobOverError, JobRefusedError, RetryableError } from './jobErrors.ts'
import { agreeOn, callChain, readJobState, revertOf } from './marketChain.ts'
import type { StageParts } from './stageParts.ts'
import type { StoredJob } from './store.ts'

/** The checks of a claim that is not signed yet, which another answer may be waited for beside, and when they began. */
export type ClaimChecks = { done: Promise<void>; beganAt: number }

/** Checks are made again when something has held up the claim for longer. */
const freshMs = 2000

/**
 * Asks the chain whether a job can be claimed: two endpoints have to see the same chain and the same open job, as a claim locks a bond,
 * and the claim has to go through when it is simulated. `done` rejects with JobRefusedError (`claim-refused`) or RetryableError.
 */
export function checkClaim(job: StoredJob, { chain, store }: StageParts): ClaimChecks {
  const { jobId, order } = job

  async function agreeOnJob(): Promise<void> {
    const seen = store.cursor()
    await agreeOn(chain, async (asked) => {
      const view = { ...chain, client: asked }
      const [job, block] = await Promise.all([readJobState(view, jobId), seen && readBlock(view, seen.block)])
      return [job, block?.hash]
    })
  }

  async function simulate(): Promise<void> {
    const { client, account, network } = chain
    const market = { address: network.addresses.jobMarket, abi: jobMarketAbi } as const
    const signature = await signatureToSend(job, chain)
    try {
      await callChain(async () => {
        if (signature === undefined) {
          await simulateContract(client, { ...market, account, functionName: 'claimJob', args: [order] })
        } else {
          await simulateContract(client, { ...market, account, functionName: 'claimSigned', args: [order, signature] })
        }
      })
    } catch (cause) {
      throw claimRefused(cause)
    }
  }

  const done = Promise.all([agreeOnJob(), simulate()]).then(() => undefined)
  // Whoever claims hears of it.
  done.catch(() => undefined)
  return { done, beganAt: performance.now() }
}

/**
 * Takes the exclusive right to answer a job: simulates, stores the signed transaction, sends it, waits, and believes only what the
 * market then says. A claim that was signed before a restart is resolved instead of repeated.
 * An order that is only signed so far is claimed with its requester's signature.
 * @param asked.price what the job pays at least, in wei
 * @param asked.checks those that were begun before, if any
 * @returns when the worker's time runs out, in unix seconds
 * @throws JobOverError when another worker was faster or the job ended, JobRefusedError (`claim-refused`), RetryableError
 */
export async function claim(
  { job, price, checks }: { job: StoredJob; price: bigint; checks?: ClaimChecks | undefined },
  parts: StageParts,
  signal: AbortSignal,
): Promise<number> {
  const { jobId, order } = job
  const { chain, operator, outbox, store } = parts

  if (!outbox.hasPending({ jobId, kind: 'claim' })) {
    const isFresh = checks !== undefined && performance.now() - checks.beganAt < freshMs
    await (isFresh ? checks : checkClaim(job, parts)).done
  }
  const signature = await signatureToSend(job, chain)
  const data =
    signature === undefined
      ? encodeFunctionData({ abi: jobMarketAbi, functionName: 'claimJob', args: [order] })
      : encodeFunctionData({ abi: jobMarketAbi, functionName: 'claimSigned', args: [order, signature] })
  const gasReserved = submitGas + BigInt(order.callbackGas)
  await outbox.send(
    {
      jobIds: [jobId],
      kind: 'claim',
      to: chain.network.addresses.jobMarket,
      data,
      maxCost: claimAllowance(price),
      gasReserved,
    },
    signal,
  )

  const now = await readJobState(chain, jobId)
  if (now.state === 'Claimed' && isAddressEqual(now.worker, operator.address)) {
    store.patchJob(jobId, { due: now.due })
    return now.due
  }
  if (now.state === 'Requested' || now.state === 'None') {
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

/** The requester's signature of an order that is only signed so far; undefined when it has a request on chain. */
async function signatureToSend(
  { jobId, signature }: StoredJob,
  chain: StageParts['chain'],
): Promise<StoredJob['signature']> {
  if (signature === undefined) return undefined
  // The requester may have sent meanwhile what it signed before.
  return (await readJobState(chain, jobId)).state === 'None' ? signature : undefined
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
