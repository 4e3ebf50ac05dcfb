import type { JobState } from '@assay/sdk/getJob'
import { inspectJobs, type RequestedJob } from '@assay/sdk/inspectJobs'
import { getJobEvents } from '@assay/sdk/jobEvents'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { Address, Hex } from 'viem'
import { getBlockNumber } from 'viem/actions'
import { cutPage, readWindows } from '../readWindows'
import { windowCache } from '../windowCache'
import { blockTimes } from './blockTimes'
import { type Market, useMarket } from './useNetwork'

/** Which jobs a list holds; everybody's, in any state, unless told. */
export type JobFilter = {
  requester?: Address | undefined
  modelId?: Hex | undefined
  states?: readonly JobState[] | undefined
}

/** States in which somebody still has to act. */
export const liveStates: readonly JobState[] = ['Requested', 'Claimed', 'Answered', 'Challenged']

/** Most jobs whose state is asked for to fill one page of a list by state; the chain keeps no list of them. */
const inspectedJobs = 320

/**
 * Requested jobs, newest first, a page at a time, with their present state and the unix seconds of their request. Only what can still
 * change is read from the chain again at the next visit.
 * @param pageSize jobs of one page; those of one block stay together. A page of a list by state can have fewer, and still a next one
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
type PageCall = { filter: JobFilter; limit: number; toBlock: bigint | undefined }

async function readPage(market: Market, { filter, limit, toBlock }: PageCall) {
  const { network, client, scope } = market
  const head = await getBlockNumber(client, { cacheTime: 0 })
  const { states } = filter
  const requests = await readRequests(market, {
    filter,
    limit: states ? inspectedJobs : limit,
    toBlock: toBlock ?? head,
    head,
  })
  const inspected = await inspectJobs(client, { deployment: network, jobs: requests.items.map(({ job }) => job) })
  const chosen = inspected
    .filter(({ state }) => states?.includes(state) ?? true)
    .map((job) => ({ ...job, block: job.requestBlock }))
  const jobs = cutPage(chosen, limit)
  const end = jobs.at(-1)
  const nextToBlock = end && jobs.length < chosen.length ? end.block - 1n : requests.nextToBlock
  const times = await blockTimes(client, { scope, blocks: jobs.map(({ requestBlock }) => requestBlock) })
  const timed = jobs.map((job) => ({ ...job, requestedAt: times.get(job.requestBlock) }))
  return nextToBlock === undefined ? { jobs: timed } : { jobs: timed, nextToBlock }
}

function readRequests(
  { network, client, scope }: Market,
  { filter, limit, toBlock, head }: PageCall & { toBlock: bigint; head: bigint },
) {
  const { requester, modelId } = filter
  const chosen = { ...(requester && { requester }), ...(modelId && { modelId }) }
  return readWindows<Request>({
    deployment: network,
    head,
    toBlock,
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
}
