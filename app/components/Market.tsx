'use client'
import { useMemo } from 'react'
import { WagmiProvider } from 'wagmi'
import { useMarket } from '../hooks/useNetwork'
import { walletConfig } from '../walletConfig'
import { Workbench } from './Workbench'

/** Everything that needs an open network, with the wallets of this browser. */
export function Market() {
  const { network } = useMarket()
  const config = useMemo(() => walletConfig(network), [network])
  return (
    <WagmiProvider config={config}>
      <Workbench />
    </WagmiProvider>
  )
}
