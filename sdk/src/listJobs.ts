import { type Address, type Hex, zeroAddress } from 'viem'
import { getBlockNumber } from 'viem/actions'
import type { Deployment, MarketClient } from './deployment.ts'
import { inspectJobs, type JobSummary, type RequestedJob } from './inspectJobs.ts'
import { getJobEvents } from './jobEvents.ts'
import { pageRanges } from './pageRanges.ts'

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
  const jobs = await inspectJobs(client, { deployment, jobs: page, account })
  return nextToBlock === undefined ? { jobs } : { jobs, nextToBlock }
}

/** The first `limit` jobs and those that share the last one's block, so that a page never splits a block. */
function cutPage(jobs: RequestedJob[], limit: number): RequestedJob[] {
  const last = jobs[limit - 1]
  return last === undefined
    ? jobs
    : jobs.filter((job, index) => index < limit || job.requestBlock === last.requestBlock)
}
