import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { encodeFunctionData, isAddressEqual } from 'viem'
import { readContract, simulateContract } from 'viem/actions'
import { readBlock } from './chainLogs.ts'
import { claimAllowance, submitGas } from './fees.ts'
import { JobOverError, JobRefusedError, RetryableError } from './jobErrors.ts'
import { agreeOn, callChain, readJobState, readNow, revertOf } from './marketChain.ts'
import type { StageParts } from './stageParts.ts'
import type { StoredJob } from './store.ts'

/**
 * Takes the exclusive right to answer a job: simulates, stores the signed transaction, sends it, waits, and believes only what the
 * market then says. A claim that was signed before a restart is resolved instead of repeated.
 * An order that is only signed so far is claimed with its requester's signature.
 * @returns when the worker's time runs out, in unix seconds
 * @throws JobOverError when another worker was faster or the job ended, JobRefusedError (`claim-refused`), RetryableError
 */
export async function claim(job: StoredJob, parts: StageParts, signal: AbortSignal): Promise<number> {
  const { jobId, order } = job
  const { chain, operator, outbox, store } = parts
  const { client, account, network } = chain
  const market = { address: network.addresses.jobMarket, abi: jobMarketAbi } as const

  /** A claim locks a bond, so two endpoints have to see the same chain and the same open job. */
  async function agreeOnJob(): Promise<void> {
    const seen = store.cursor()
    await agreeOn(chain, async (asked) => {
      const view = { ...chain, client: asked }
      const [job, block] = await Promise.all([readJobState(view, jobId), seen && readBlock(view, seen.block)])
      return [job, block?.hash]
    })
  }

  async function simulate(): Promise<void> {
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

  async function readPrice(): Promise<bigint> {
    const now = BigInt(await readNow(chain))
    return callChain(() => readContract(client, { ...market, functionName: 'priceAt', args: [order, now] }))
  }

  // The requester may have sent meanwhile what it signed before.
  const isRequested = job.signature === undefined || (await readJobState(chain, jobId)).state !== 'None'
  const signature = isRequested ? undefined : job.signature
  // Others want the job too: what does not wait for another answer is asked at once.
  const isSigned = outbox.hasPending({ jobId, kind: 'claim' })
  const checks = isSigned ? [] : [agreeOnJob(), simulate()]
  const [price] = await Promise.all([readPrice(), ...checks])
  const data =
    signature === undefined
      ? encodeFunctionData({ abi: jobMarketAbi, functionName: 'claimJob', args: [order] })
      : encodeFunctionData({ abi: jobMarketAbi, functionName: 'claimSigned', args: [order, signature] })
  const gasReserved = submitGas + BigInt(order.callbackGas)
  await outbox.send(
    { jobIds: [jobId], kind: 'claim', to: market.address, data, maxCost: claimAllowance(price), gasReserved },
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
