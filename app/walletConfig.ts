import { chainOf, type Network } from '@assay/sdk/deployment'
import { type Config, createConfig, http } from 'wagmi'
import { developmentChainId } from './developmentChain'
import { developmentWallet } from './developmentWallet'
import { walletConnect } from './walletConnect'

/**
 * wagmi's configuration for one network: wallets announce themselves (EIP-6963), a local chain adds the development wallet, and a network
 * file that names a relay adds wallets on other devices.
 */
export function walletConfig(network: Network): Config {
  const chain = chainOf(network)
  return createConfig({
    chains: [chain],
    connectors: [
      ...(network.chainId === developmentChainId ? [developmentWallet()] : []),
      ...(network.walletConnect ? [walletConnect(network.walletConnect)] : []),
    ],
    transports: { [chain.id]: http(network.rpcUrl) },
    pollingInterval: 1000,
  })
}
