import { workerRegistryAbi } from '@assay/sdk/abi/workerRegistry'
import { useQuery } from '@tanstack/react-query'
import type { Address } from 'viem'
import { readContract } from 'viem/actions'
import { useMarket } from './useNetwork'

/** What an account has to fetch of bonds that others lost, in wei. Nothing is asked while `account` is undefined. */
export function useSlashedCredit(account: Address | undefined) {
  const { network, client } = useMarket()
  return useQuery({
    queryKey: ['worker', account, 'slashedCredit'],
    enabled: account !== undefined,
    queryFn: async () => {
      if (!account) throw new Error('No account is named.')
      return readContract(client, {
        address: network.addresses.workerRegistry,
        abi: workerRegistryAbi,
        functionName: 'slashedCreditOf',
        args: [account],
      })
    },
  })
}
