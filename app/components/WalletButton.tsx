'use client'
import { use } from 'react'
import { useBalance } from '../hooks/useBalance'
import { useWalletState, WalletProvider } from '../hooks/useWallet'
import { Amount } from './Amount'
import { CopyHex } from './CopyHex'

/** The bar's view of the wallet: connect, or who is connected and with how much. */
export function WalletButton() {
  const { store } = use(WalletProvider)
  const wallet = useWalletState()
  const { data: balance } = useBalance(wallet.status === 'connected' ? wallet.address : undefined)

  if (wallet.status !== 'connected') {
    return (
      <button
        type="button"
        className="button-quiet whitespace-nowrap"
        onClick={wallet.askToConnect}
        disabled={wallet.status !== 'disconnected'}
      >
        Connect wallet
      </button>
    )
  }
  return (
    <div className="flex min-h-10 items-center gap-3 rounded-md border border-line pr-1 pl-3 text-sm">
      {balance !== undefined && <Amount wei={balance} className="max-sm:hidden" />}
      <CopyHex hex={wallet.address} what="your address" />
      <button
        type="button"
        className="rounded-sm px-2 py-1.5 text-quiet hover:text-ink"
        aria-label="Disconnect"
        title="Disconnect"
        onClick={() => store?.disconnect()}
      >
        <svg
          viewBox="0 0 20 20"
          className="size-5"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          aria-hidden="true"
        >
          <path d="M8 4H4v12h4m4-3 3-3-3-3m3 3H8" strokeLinecap="round" strokeLinejoin="round" />
        </svg>
      </button>
    </div>
  )
}
