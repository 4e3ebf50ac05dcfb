import { workerRegistryAbi } from '@assay/sdk/abi/workerRegistry'
import { useQuery } from '@tanstack/react-query'
import { readContract } from 'viem/actions'
import { useMarket } from './useNetwork'

/** What the registry asks of every worker: least stake in wei, and how long unbonding and a replaced signer's grace take. */
export function useWorkerTerms() {
  const { network, client } = useMarket()
  return useQuery({
    queryKey: ['workerTerms'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const registry = { address: network.addresses.workerRegistry, abi: workerRegistryAbi } as const
      const [minStake, unbondingSeconds, graceSeconds] = await Promise.all([
        readContract(client, { ...registry, functionName: 'minStake' }),
        readContract(client, { ...registry, functionName: 'unbondingSeconds' }),
        readContract(client, { ...registry, functionName: 'SIGNER_GRACE_SECONDS' }),
      ])
      return { minStake, unbondingSeconds, graceSeconds: Number(graceSeconds) }
    },
  })
}
