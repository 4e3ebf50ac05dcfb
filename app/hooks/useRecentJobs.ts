import { listJobs } from '@assay/sdk/listJobs'
import { useQuery } from '@tanstack/react-query'
import { getBlock } from 'viem/actions'
import { useMarket } from './useNetwork'

/** The latest jobs of everybody, newest first, each with the unix seconds of its request; refreshed every few seconds. */
export function useRecentJobs(limit: number) {
  const { network, client } = useMarket()
  return useQuery({
    queryKey: ['jobs', network.addresses.jobMarket, limit],
    refetchInterval: 4000,
    queryFn: async () => {
      const { jobs } = await listJobs(client, { deployment: network, limit })
      const blocks = [...new Set(jobs.map((job) => job.requestBlock))]
      const times = new Map(
        await Promise.all(
          blocks.map(
            async (blockNumber) => [blockNumber, Number((await getBlock(client, { blockNumber })).timestamp)] as const,
          ),
        ),
      )
      return jobs.slice(0, limit).map((job) => ({ ...job, requestedAt: times.get(job.requestBlock) }))
    },
  })
}
