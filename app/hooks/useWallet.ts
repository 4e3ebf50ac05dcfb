import { createContext, use, useSyncExternalStore } from 'react'
import type { Address } from 'viem'
import type { WalletState, WalletStore } from '../wallet'
import { useMarket } from './useNetwork'

/** The wallet below {@link WalletProvider}: what it is, and how to ask for one. */
export type WalletContext = { store: WalletStore | undefined; askToConnect: () => void }

/** Hands the wallet to the components below. */
export const WalletProvider = createContext<WalletContext>({ store: undefined, askToConnect: () => undefined })

const unknown: WalletState = { status: 'unknown' }
const never = () => () => undefined

/** What the wallet is now, without needing an open network. */
export function useWalletState(): WalletState & { askToConnect: () => void } {
  const { store, askToConnect } = use(WalletProvider)
  const state = useSyncExternalStore(
    store?.subscribe ?? never,
    () => store?.state() ?? unknown,
    () => unknown,
  )
  return { ...state, askToConnect }
}

/** The wallet as those need it who send from it; below a network that is open. */
export function useWallet(): {
  address: Address | undefined
  /** The wallet is connected, and on another chain than the market. */
  wrongNetwork: boolean
  /** An earlier visit's wallet is being asked; whether there is one will be known soon. */
  reconnecting: boolean
  askToConnect: () => void
  store: WalletStore
} {
  const { network } = useMarket()
  const { store } = use(WalletProvider)
  const state = useWalletState()
  if (!store) throw new Error('useWallet was called without an open network; put the component below NetworkGate.')
  const connected = state.status === 'connected' ? state : undefined
  return {
    address: connected?.address,
    wrongNetwork: connected !== undefined && connected.chainId !== network.chainId,
    reconnecting: state.status === 'reconnecting',
    askToConnect: state.askToConnect,
    store,
  }
}
