import { inspectJobs, type RequestedJob } from '@assay/sdk/inspectJobs'
import { getJobEvents } from '@assay/sdk/jobEvents'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { Address, Hex } from 'viem'
import { getBlockNumber } from 'viem/actions'
import { readWindows } from '../readWindows'
import { windowCache } from '../windowCache'
import { blockTimes } from './blockTimes'
import { type Market, useMarket } from './useNetwork'

/** Which jobs a list holds; everybody's unless told. */
export type JobFilter = { requester?: Address | undefined; modelId?: Hex | undefined }

/**
 * Requested jobs, newest first, a page at a time, with their present state and the unix seconds of their request. Only what can still
 * change is read from the chain again at the next visit.
 * @param pageSize jobs of one page; those of one block stay together
 */
export function useJobs(filter: JobFilter = {}, pageSize = 20) {
  const market = useMarket()
  return useInfiniteQuery({
    queryKey: ['jobs', filter, pageSize],
    initialPageParam: undefined as bigint | undefined,
    queryFn: ({ pageParam }) => readPage(market, { filter, limit: pageSize, toBlock: pageParam }),
    getNextPageParam: ({ nextToBlock }) => nextToBlock,
  })
}

type Request = { block: bigint; job: RequestedJob }

async function readPage(
  { network, client, scope }: Market,
  { filter, limit, toBlock }: { filter: JobFilter; limit: number; toBlock: bigint | undefined },
) {
  const { requester, modelId } = filter
  const chosen = { ...(requester && { requester }), ...(modelId && { modelId }) }
  const head = await getBlockNumber(client, { cacheTime: 0 })
  const { items, nextToBlock } = await readWindows<Request>({
    deployment: network,
    head,
    toBlock: toBlock ?? head,
    limit,
    cache: windowCache<Request>(`jobs:${scope}:${requester ?? ''}:${modelId ?? ''}`),
    read: async (fromBlock, to) => {
      const events = await getJobEvents(client, {
        deployment: network,
        fromBlock,
        toBlock: to,
        requestsOnly: true,
        ...chosen,
      })
      return events.flatMap((event) =>
        event.name === 'JobRequested'
          ? [
              {
                block: event.blockNumber,
                job: { jobId: event.jobId, order: event.order, requestBlock: event.blockNumber },
              },
            ]
          : [],
      )
    },
  })
  const jobs = await inspectJobs(client, { deployment: network, jobs: items.map(({ job }) => job) })
  const times = await blockTimes(client, { scope, blocks: jobs.map(({ requestBlock }) => requestBlock) })
  const timed = jobs.map((job) => ({ ...job, requestedAt: times.get(job.requestBlock) }))
  return nextToBlock === undefined ? { jobs: timed } : { jobs: timed, nextToBlock }
}
