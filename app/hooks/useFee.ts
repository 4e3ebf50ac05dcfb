import { getFee } from '@assay/sdk/getFee'
import { useQuery } from '@tanstack/react-query'
import { useMarket } from './useNetwork'

/** The platform's share of a price today, in basis points. */
export function useFee() {
  const { network, client } = useMarket()
  return useQuery({ queryKey: ['fee'], queryFn: () => getFee(client, { deployment: network }) })
}
