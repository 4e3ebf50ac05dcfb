import { connectNetwork, type MarketClient, type Network, parseNetwork } from '@assay/sdk/deployment'
import { useQuery } from '@tanstack/react-query'
import { createContext, use } from 'react'
import { getChainId, getCode } from 'viem/actions'
import { ChainMismatchError, MarketMissingError, NetworkFileMissingError, NodeUnreachableError } from '../networkErrors'

/** The network that the page speaks to, and a client that reads it. */
export type Market = { network: Network; client: MarketClient }

/** Loads `/network.json` and checks that its chain answers and holds the market; tried again when asked. */
export function useNetworkFile() {
  return useQuery({
    queryKey: ['network'],
    queryFn: ({ signal }) => openMarket(signal),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

async function openMarket(signal: AbortSignal): Promise<Market> {
  const response = await fetch('/network.json', { signal, cache: 'no-store' }).catch(() => undefined)
  if (!response?.ok) throw new NetworkFileMissingError({ status: response?.status })
  const network = parseNetwork(await response.json().catch(() => undefined))
  const client = connectNetwork(network)
  const chainId = await getChainId(client).catch((cause: unknown) => {
    throw new NodeUnreachableError({ rpcUrl: network.rpcUrl, cause })
  })
  if (chainId !== network.chainId)
    throw new ChainMismatchError({ rpcUrl: network.rpcUrl, expected: network.chainId, actual: chainId })
  const code = await getCode(client, { address: network.addresses.jobMarket })
  if (!code) throw new MarketMissingError({ address: network.addresses.jobMarket })
  return { network, client }
}

const MarketContext = createContext<Market | undefined>(undefined)

/** Hands the opened market to the components below. */
export const MarketProvider = MarketContext

/** The opened market; only below a {@link MarketProvider}. */
export function useMarket(): Market {
  const market = use(MarketContext)
  if (!market) throw new Error('useMarket was called outside MarketProvider; put the component below NetworkGate.')
  return market
}
