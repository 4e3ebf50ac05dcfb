import { optimisticAssuranceAbi } from '@assay/sdk/abi/optimisticAssurance'
import { useQuery } from '@tanstack/react-query'
import { readContract } from 'viem/actions'
import type { AssuranceName } from '../assurances'
import { assuranceTerms } from '../assuranceTerms'
import { useMarket } from './useNetwork'

/** An order's terms under an assurance; nothing while the least bond of its challengers is being read. */
export function useAssuranceTerms(assurance: AssuranceName) {
  const { network, client } = useMarket()
  const { optimisticAssurance } = network.addresses
  return useQuery({
    queryKey: ['assuranceTerms', assurance],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const challengeBond =
        assurance === 'proof' || !optimisticAssurance
          ? 0n
          : await readContract(client, {
              address: optimisticAssurance,
              abi: optimisticAssuranceAbi,
              functionName: 'minChallengeBond',
            })
      return assuranceTerms(network, { assurance, challengeBond })
    },
  })
}
