import { useQuery } from '@tanstack/react-query'
import { use } from 'react'
import type { Address } from 'viem'
import { getBalance } from 'viem/actions'
import { MarketProvider } from './useNetwork'

/** What an account holds in the chain's own coin (wei), refreshed every few seconds. */
export function useBalance(account: Address | undefined) {
  const market = use(MarketProvider)
  return useQuery({
    queryKey: ['balance', account],
    enabled: account !== undefined && market !== undefined,
    refetchInterval: 4000,
    queryFn: () => {
      if (!account || !market) throw new Error('No account is connected.')
      return getBalance(market.client, { address: account })
    },
  })
}
