import type { MarketClient } from '@assay/sdk/deployment'
import { useCallback } from 'react'
import { createClient, custom } from 'viem'
import { useConfig } from 'wagmi'
import { getConnectorClient } from 'wagmi/actions'
import { useMarket } from './useNetwork'

/** Makes a client that sends from the connected wallet and notices a mined transaction within a second. */
export function useSender(): () => Promise<MarketClient> {
  const config = useConfig()
  const { network } = useMarket()
  return useCallback(async () => {
    const { account, chain, request } = await getConnectorClient(config, { chainId: network.chainId })
    return createClient({ account, chain, transport: custom({ request }, { retryCount: 0 }), pollingInterval: 1000 })
  }, [config, network.chainId])
}
