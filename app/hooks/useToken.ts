import { useQuery } from '@tanstack/react-query'
import { type Address, erc20Abi, isAddressEqual, zeroAddress } from 'viem'
import { readContract } from 'viem/actions'
import { coin, type Token } from '../formatAmount'
import { shortText } from '../shortText'
import { useMarket } from './useNetwork'

/** What an order is paid in; undefined while a token's contract is asked. Its symbol is a stranger's text. */
export function useToken(token: Address | undefined): Token | undefined {
  const { client } = useMarket()
  const own = token !== undefined && isAddressEqual(token, zeroAddress)
  const { data } = useQuery({
    queryKey: ['token', token],
    enabled: token !== undefined && !own,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async (): Promise<Token> => {
      if (!token) throw new Error('No token is named.')
      const [symbol, decimals] = await Promise.all([
        readContract(client, { address: token, abi: erc20Abi, functionName: 'symbol' }),
        readContract(client, { address: token, abi: erc20Abi, functionName: 'decimals' }),
      ])
      return { symbol: shortText(symbol, 11), decimals }
    },
  })
  return own ? coin : data
}
