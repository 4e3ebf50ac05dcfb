import { optimisticAssuranceAbi } from '@assay/sdk/abi/optimisticAssurance'
import { useQuery } from '@tanstack/react-query'
import type { Address } from 'viem'
import { readContract } from 'viem/actions'
import { useMarket } from './useNetwork'

/** What an assurance owes an account (wei): bonds that came back or were won. Nothing is asked while one of the two is undefined. */
export function useCredit(assurance: Address | undefined, account: Address | undefined) {
  const { client } = useMarket()
  return useQuery({
    queryKey: ['disputes', 'credit', assurance, account],
    enabled: assurance !== undefined && account !== undefined,
    queryFn: async () => {
      if (!assurance || !account) throw new Error('No account is connected.')
      return readContract(client, {
        address: assurance,
        abi: optimisticAssuranceAbi,
        functionName: 'creditOf',
        args: [account],
      })
    },
  })
}
