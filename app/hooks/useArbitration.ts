import { getArbitration } from '@assay/sdk/getArbitration'
import { useQuery } from '@tanstack/react-query'
import type { WatchedJob } from './useJob'
import { useMarket } from './useNetwork'

/** Who decides a job of the assurance `quorum` when its workers do not agree; null when nobody does. */
export function useArbitration({ jobId, order }: WatchedJob) {
  const { client } = useMarket()
  return useQuery({
    queryKey: ['disputes', 'arbitration', jobId],
    // A ruling is no event of the market, so that none of its events tells of it.
    refetchInterval: 10_000,
    queryFn: async () => (await getArbitration(client, { jobId, order })) ?? null,
  })
}
