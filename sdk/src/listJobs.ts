import type { Address, Hex } from 'viem'
import { getBlockNumber, readContract } from 'viem/actions'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { type JobState, jobStates } from './getJob.ts'
import { getJobEvents, logRangeBlocks } from './jobEvents.ts'
import type { JobOrder } from './order.ts'

/** A job in a list; {@link getJob} tells the rest. */
export type JobSummary = { jobId: Hex; state: JobState; order: JobOrder; requestBlock: bigint }

/**
 * Lists requested jobs, newest first, one page at a time.
 * @param parameters.toBlock newest block of the page; the head unless told
 * @param parameters.limit a page ends with the block range in which it reaches this many jobs
 * @returns the jobs and, unless the market's deployment was reached, the `toBlock` of the next page
 */
export async function listJobs(
  client: MarketClient,
  {
    deployment,
    toBlock,
    limit = 20,
    ...filter
  }: { deployment: Deployment; toBlock?: bigint; limit?: number; requester?: Address; modelId?: Hex },
): Promise<{ jobs: JobSummary[]; nextToBlock?: bigint }> {
  const oldest = BigInt(deployment.deploymentBlock)
  const jobs: Omit<JobSummary, 'state'>[] = []
  let to = toBlock ?? (await getBlockNumber(client, { cacheTime: 0 }))
  while (to >= oldest && jobs.length < limit) {
    const from = to - logRangeBlocks + 1n > oldest ? to - logRangeBlocks + 1n : oldest
    const events = await getJobEvents(client, {
      deployment,
      fromBlock: from,
      toBlock: to,
      requestsOnly: true,
      ...filter,
    })
    for (const event of events.reverse()) {
      if (event.name !== 'JobRequested') continue
      jobs.push({ jobId: event.jobId, order: event.order, requestBlock: event.blockNumber })
    }
    to = from - 1n
  }
  const page = cutPage(jobs, limit)
  const states = await Promise.all(
    page.map(({ jobId }) =>
      readContract(client, {
        address: deployment.addresses.jobMarket,
        abi: jobMarketAbi,
        functionName: 'jobOf',
        args: [jobId],
      }),
    ),
  )
  const listed = page.map((job, index) => ({ ...job, state: jobStates[states[index]?.state ?? 0] ?? 'None' }))
  const next = page.length < jobs.length ? (page.at(-1)?.requestBlock ?? 0n) - 1n : to
  return next < oldest ? { jobs: listed } : { jobs: listed, nextToBlock: next }
}

/** The first `limit` jobs and those that share the last one's block, so that a page never splits a block. */
function cutPage<T extends { requestBlock: bigint }>(jobs: T[], limit: number): T[] {
  const last = jobs[limit - 1]
  return last === undefined
    ? jobs
    : jobs.filter((job, index) => index < limit || job.requestBlock === last.requestBlock)
}
