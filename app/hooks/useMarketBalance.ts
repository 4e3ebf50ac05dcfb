import { getBalance } from '@assay/sdk/getBalance'
import { useQuery } from '@tanstack/react-query'
import type { Address } from 'viem'
import { useMarket } from './useNetwork'

/** What an account has in the market: `free` can pay for jobs or be withdrawn, `locked` is escrow of its live jobs. */
export function useMarketBalance(account: Address | undefined) {
  const { network, client } = useMarket()
  return useQuery({
    queryKey: ['marketBalance', account],
    enabled: account !== undefined,
    refetchInterval: 4000,
    queryFn: () => {
      if (!account) throw new Error('No account is connected.')
      return getBalance(client, { deployment: network, account })
    },
  })
}
