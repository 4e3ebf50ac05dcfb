import { type Address, type Hex, zeroAddress } from 'viem'
import { getBlockNumber, readContract } from 'viem/actions'
import { marketLensAbi } from './abi/marketLens.ts'
import { addressIn, type Deployment, type MarketClient } from './deployment.ts'
import { type JobState, jobStates } from './getJob.ts'
import { getJobEvents } from './jobEvents.ts'
import type { JobOrder } from './order.ts'
import { pageRanges } from './pageRanges.ts'
import { type PreflightReason, preflightReasons } from './preflightReasons.ts'

/** A job in a list; {@link getJob} tells the rest. */
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

/** Jobs that the lens is asked about in one call; nodes bound a call's gas. */
const lensJobs = 16

/**
 * Lists requested jobs, newest first, one page at a time.
 * @param parameters.toBlock newest block of the page; the head unless told
 * @param parameters.limit a page ends with the block in which it reaches this many jobs, or after a bounded number of block ranges
 * @param parameters.account who might claim the jobs, for `claimReason`; nobody unless told
 * @returns the jobs and, unless the market's deployment was reached, the `toBlock` of the next page; a page can be empty and have a next
 * @throws AddressMissingError
 */
export async function listJobs(
  client: MarketClient,
  {
    deployment,
    toBlock,
    limit = 20,
    account = zeroAddress,
    ...filter
  }: {
    deployment: Deployment
    toBlock?: bigint
    limit?: number
    account?: Address
    requester?: Address
    modelId?: Hex
  },
): Promise<{ jobs: JobSummary[]; nextToBlock?: bigint }> {
  const found: RequestedJob[] = []
  const ranges = pageRanges({ deployment, toBlock: toBlock ?? (await getBlockNumber(client, { cacheTime: 0 })) })
  let nextToBlock: bigint | undefined
  for (const { from, to, next } of ranges) {
    const range = { fromBlock: from, toBlock: to }
    const events = await getJobEvents(client, { deployment, ...range, requestsOnly: true, ...filter })
    for (const event of events.reverse()) {
      if (event.name !== 'JobRequested') continue
      found.push({ jobId: event.jobId, order: event.order, requestBlock: event.blockNumber })
    }
    nextToBlock = next
    if (found.length >= limit) break
  }
  const page = cutPage(found, limit)
  const last = page.at(-1)
  if (last !== undefined && page.length < found.length) nextToBlock = last.requestBlock - 1n
  const jobs = await inspect(client, { deployment, jobs: page, account })
  return nextToBlock === undefined ? { jobs } : { jobs, nextToBlock }
}

type RequestedJob = Pick<JobSummary, 'jobId' | 'order' | 'requestBlock'>

/** The first `limit` jobs and those that share the last one's block, so that a page never splits a block. */
function cutPage(jobs: RequestedJob[], limit: number): RequestedJob[] {
  const last = jobs[limit - 1]
  return last === undefined
    ? jobs
    : jobs.filter((job, index) => index < limit || job.requestBlock === last.requestBlock)
}

/** Adds what the market's lens says of each job. */
async function inspect(
  client: MarketClient,
  { deployment, jobs, account }: { deployment: Deployment; jobs: RequestedJob[]; account: Address },
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
