import { getWorker } from '@assay/sdk/getWorker'
import { useQuery } from '@tanstack/react-query'
import type { Address } from 'viem'
import { useMarket } from './useNetwork'

/** A worker's operator and stake; null when the account is no registered operator. Nothing is asked while `operator` is undefined. */
export function useWorker(operator: Address | undefined) {
  const { network, client } = useMarket()
  return useQuery({
    queryKey: ['worker', operator],
    enabled: operator !== undefined,
    queryFn: async () => {
      if (!operator) throw new Error('No worker is named.')
      return (await getWorker(client, { deployment: network, operator })) ?? null
    },
  })
}
