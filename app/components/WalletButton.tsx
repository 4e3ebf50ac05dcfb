'use client'
import { useBalance, useConnection, useDisconnect } from 'wagmi'
import { useMarket } from '../hooks/useNetwork'
import { Amount } from './Amount'
import { CopyHex } from './CopyHex'

/** The header's view of the wallet: connect, or who is connected and with how much. */
export function WalletButton({ onConnect }: { onConnect: () => void }) {
  const { network } = useMarket()
  const { address, status } = useConnection()
  const { data: balance } = useBalance({ address, chainId: network.chainId, query: { refetchInterval: 4000 } })
  const { mutate: disconnect } = useDisconnect()

  if (!address) {
    return (
      <button
        type="button"
        className="button-quiet"
        onClick={onConnect}
        disabled={status === 'reconnecting' || status === 'connecting'}
      >
        Connect wallet
      </button>
    )
  }
  return (
    <div className="flex min-h-10 items-center gap-3 rounded-md border border-line pr-1 pl-3 text-sm max-sm:order-last max-sm:w-full max-sm:justify-between">
      {balance && <Amount wei={balance.value} />}
      <CopyHex hex={address} what="your address" />
      <button type="button" className="rounded-sm px-2 py-1.5 text-quiet hover:text-ink" onClick={() => disconnect({})}>
        Disconnect
      </button>
    </div>
  )
}
