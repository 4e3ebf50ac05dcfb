import { chainOf, type MarketClient, type Network } from '@assay/sdk/deployment'
import type { Address } from 'viem'
import type { Config, Connector } from 'wagmi'

/** The wallet as pages see it. `unknown` until a network is open; `reconnecting` while a wallet of an earlier visit is asked. */
export type WalletState =
  | { status: 'unknown' | 'disconnected' | 'reconnecting' }
  | { status: 'connected'; address: Address; chainId: number; name: string }

/** The wallet of one network, without React. Its code, about 45 kB, is loaded when a wallet is first needed. */
export type WalletStore = {
  state: () => WalletState
  subscribe: (listener: () => void) => () => void
  /** Wallets that announced themselves (EIP-6963) and, on a local chain, the development wallet. */
  wallets: () => Promise<readonly Connector[]>
  /** Asks the wallet for its accounts. @throws viem's UserRejectedRequestError */
  connect: (connector: Connector) => Promise<void>
  disconnect: () => Promise<void>
  /** Asks the wallet to go to the market's chain, and to add it when it does not know it. @throws viem's errors */
  switchNetwork: () => Promise<void>
  /** A client that sends from the wallet, and notices a mined transaction within a second. @throws wagmi's errors when it is not connected */
  sender: () => Promise<MarketClient>
}

// Says whether a wallet is to be asked at the next visit, so that its code is not loaded for those who never connected one.
const rememberedKey = 'assay.wallet'

/** Opens the wallet of a network; a wallet that was connected at an earlier visit comes back by itself. */
export function createWalletStore(network: Network): WalletStore {
  const listeners = new Set<() => void>()
  let state: WalletState = { status: remembered() ? 'reconnecting' : 'disconnected' }
  const set = (next: WalletState) => {
    state = next
    for (const listener of listeners) listener()
  }
  let opening: ReturnType<typeof open> | undefined
  const open = async () => {
    const [{ walletConfig }, actions, { createClient, custom }, contracts] = await Promise.all([
      import('./walletConfig'),
      import('wagmi/actions'),
      import('viem'),
      import('./contractAccount'),
    ])
    const config = walletConfig(network)
    actions.watchConnection(config, { onChange: () => set(stateOf(actions.getConnection(config))) })
    if (remembered()) {
      await actions.reconnect(config)
      set(stateOf(actions.getConnection(config)))
    }
    return { config, actions, createClient, custom, contracts }
  }
  const opened = () => {
    opening ??= open()
    // A part of the page that could not be loaded is tried again at the next press.
    opening.catch(() => {
      opening = undefined
      set({ status: 'disconnected' })
    })
    return opening
  }
  if (remembered()) void opened().catch(() => undefined)

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    wallets: async () => (await opened()).config.connectors,
    connect: async (connector) => {
      const { config, actions } = await opened()
      await actions.connect(config, { connector })
      remember(true)
    },
    disconnect: async () => {
      const { config, actions } = await opened()
      remember(false)
      await actions.disconnect(config)
    },
    switchNetwork: async () => {
      const { config, actions } = await opened()
      await actions.switchChain(config, { chainId: network.chainId })
    },
    sender: async () => {
      const { config, actions, createClient, custom, contracts } = await opened()
      const { account, request } = await actions.getConnectorClient(config, { chainId: network.chainId })
      const clientOf = (provider: typeof request) =>
        createClient({
          account,
          chain: chainOf(network),
          transport: custom({ request: provider }, { retryCount: 0 }),
          pollingInterval: 1000,
        })
      const wallet = clientOf(request)
      const isContract = await contracts.isContractAccount(wallet, account.address)
      return isContract ? clientOf(contracts.requestByCalls(wallet)) : wallet
    },
  }
}

function stateOf({
  address,
  chainId,
  connector,
  isConnected,
  isReconnecting,
}: ReturnType<typeof import('wagmi/actions').getConnection<Config>>): WalletState {
  if (isConnected && address && connector && chainId !== undefined)
    return { status: 'connected', address, chainId, name: connector.name }
  return { status: isReconnecting ? 'reconnecting' : 'disconnected' }
}

function remembered(): boolean {
  try {
    return localStorage.getItem(rememberedKey) !== null
  } catch {
    return false
  }
}

function remember(connected: boolean): void {
  try {
    if (connected) localStorage.setItem(rememberedKey, 'connected')
    else localStorage.removeItem(rememberedKey)
  } catch {
    // A browser that forbids storage asks for the wallet again at the next visit; nothing else is lost.
  }
}
