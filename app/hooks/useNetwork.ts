import { chainOf, type MarketClient, type Network, parseNetwork } from '@assay/sdk/deployment'
import { useQuery } from '@tanstack/react-query'
import { createContext, use } from 'react'
import { createClient, http } from 'viem'
import { getBlock, getChainId, getCode } from 'viem/actions'
import { ChainMismatchError, MarketMissingError, NetworkFileMissingError, NodeUnreachableError } from '../networkErrors'
import { hrefOf, routeOf } from '../routes'
import { readSettings, withSettings } from '../settings'

/** The network that the page speaks to, and a client that reads it. `scope` names this chain and market among all that this browser saw. */
export type Market = { network: Network; client: MarketClient; scope: string }

/** Loads `network.json` and checks that its chain answers and holds the market; tried again when asked. */
export function useNetworkFile() {
  return useQuery({
    queryKey: ['network'],
    queryFn: ({ signal }) => openMarket(signal),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

async function openMarket(signal: AbortSignal): Promise<Market> {
  const network = withSettings(await readNetworkFile(signal), readSettings())
  const client = connectPage(network)
  const chainId = await getChainId(client).catch((cause: unknown) => {
    throw new NodeUnreachableError({ rpcUrl: network.rpcUrl, cause })
  })
  if (chainId !== network.chainId)
    throw new ChainMismatchError({ rpcUrl: network.rpcUrl, expected: network.chainId, actual: chainId })
  const code = await getCode(client, { address: network.addresses.jobMarket })
  if (!code) throw new MarketMissingError({ address: network.addresses.jobMarket })
  // A local chain that was started again has the same id and addresses, and other blocks.
  const { hash } = await getBlock(client, { blockNumber: BigInt(network.deploymentBlock) })
  return { network, client, scope: `${chainId}:${network.addresses.jobMarket}:${hash}` }
}

/** A client that reads for a page: calls that begin together are one request to the node, which needs no contract for that. */
function connectPage(network: Network): MarketClient {
  return createClient({
    chain: chainOf(network),
    transport: http(network.rpcUrl),
    pollingInterval: 500,
    batch: { multicall: { deployless: true } },
  })
}

/**
 * Reads the file beside the start page that names chain, services and contracts.
 * @throws NetworkFileMissingError, NetworkInvalidError
 */
export async function readNetworkFile(signal?: AbortSignal): Promise<Network> {
  const url = new URL(`${hrefOf(routeOf(window.location.pathname), { to: '/' })}network.json`, window.location.href)
  const response = await fetch(url, { cache: 'no-store', ...(signal && { signal }) }).catch(() => undefined)
  if (!response?.ok) throw new NetworkFileMissingError({ status: response?.status })
  return parseNetwork(await response.json().catch(() => undefined))
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
