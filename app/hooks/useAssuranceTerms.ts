import { optimisticAssuranceAbi } from '@assay/sdk/abi/optimisticAssurance'
import { useQuery } from '@tanstack/react-query'
import { readContract } from 'viem/actions'
import type { AssuranceName } from '../assurances'
import type { AssuranceLimits } from '../assuranceTerms'
import { type Market, useMarket } from './useNetwork'

/** An order's terms under an assurance, by its highest price; nothing while what the contracts ask of them is being read. */
export function useAssuranceTerms(assurance: AssuranceName, maxPrice: bigint) {
  const market = useMarket()
  return useQuery({
    queryKey: ['assuranceTerms', assurance, maxPrice.toString()],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      if (assurance === 'proof') return {}
      const [{ assuranceTerms }, limits] = await Promise.all([
        import('../assuranceTerms'),
        readLimits(market, assurance),
      ])
      return assuranceTerms(market.network, { assurance, limits, maxPrice })
    },
  })
}

async function readLimits({ client, network }: Market, assurance: AssuranceName): Promise<AssuranceLimits> {
  const { optimisticAssurance, auditAssurance } = network.addresses
  if (assurance === 'optimistic' && optimisticAssurance) {
    const call = {
      address: optimisticAssurance,
      abi: optimisticAssuranceAbi,
      functionName: 'minChallengeBond',
    } as const
    return { challengeBond: await readContract(client, call), minDrawSeconds: 0 }
  }
  if (assurance === 'audit' && auditAssurance) {
    const { getMinDrawSeconds } = await import('@assay/sdk/auditTerms')
    return { challengeBond: 0n, minDrawSeconds: await getMinDrawSeconds(client, auditAssurance) }
  }
  return { challengeBond: 0n, minDrawSeconds: 0 }
}
