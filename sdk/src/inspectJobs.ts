import { type Address, type Hex, zeroAddress } from 'viem'
import { readContract } from 'viem/actions'
import { marketLensAbi } from './abi/marketLens.ts'
import { addressIn, type Deployment, type MarketClient } from './deployment.ts'
import { type JobState, jobStates } from './getJob.ts'
import type { JobOrder } from './order.ts'
import { type PreflightReason, preflightReasons } from './preflightReasons.ts'

/** A job in a list; `getJob` tells the rest. */
export type JobSummary = {
  jobId: Hex
  state: JobState
  order: JobOrder
  requestBlock: bigint
  /** What a claim now would cost; for a job that is claimed or over, the price of its claim. */
  price: bigint
  /** What stands against a claim by the account that was asked for. */
  claimReason: PreflightReason
}

/** What a job's request tells of it, which never changes. */
export type RequestedJob = Pick<JobSummary, 'jobId' | 'order' | 'requestBlock'>

/** Jobs that the lens is asked about in one call; nodes bound a call's gas. */
const lensJobs = 16

/**
 * Reads the present state and price of requested jobs, in bounded calls.
 * @param parameters.account who might claim the jobs, for `claimReason`; nobody unless told
 * @returns the jobs in the order given
 * @throws AddressMissingError
 */
export async function inspectJobs(
  client: MarketClient,
  {
    deployment,
    jobs,
    account = zeroAddress,
  }: { deployment: Pick<Deployment, 'addresses'>; jobs: readonly RequestedJob[]; account?: Address },
): Promise<JobSummary[]> {
  const starts = Array.from({ length: Math.ceil(jobs.length / lensJobs) }, (_, index) => index * lensJobs)
  const views = await Promise.all(
    starts.map((start) =>
      readContract(client, {
        address: addressIn(deployment, 'marketLens'),
        abi: marketLensAbi,
        functionName: 'inspectJobs',
        args: [jobs.slice(start, start + lensJobs).map(({ order }) => order), account],
      }),
    ),
  )
  return views.flat().flatMap(({ state, price, reason }, index) => {
    const job = jobs[index]
    if (job === undefined) return []
    const claimReason = preflightReasons[reason] ?? 'EvidenceUnjudged'
    return [{ ...job, state: jobStates[state] ?? 'None', price, claimReason }]
  })
}
