'use client'
import { useMutation } from '@tanstack/react-query'
import { useMarket } from '../hooks/useNetwork'
import { useWallet } from '../hooks/useWallet'
import { Button } from './Button'
import { Notice } from './Notice'
import { Problem } from './Problem'

/** Stands in for a button that sends while the wallet is on another chain than the market, and asks the wallet to switch. */
export function WrongNetwork() {
  const { network } = useMarket()
  const { store } = useWallet()
  const { mutate: switchNetwork, isPending, error } = useMutation({ mutationFn: store.switchNetwork })
  return (
    <>
      <Notice kind="caution">
        Your wallet is on another network. This market is on {network.name} (chain {network.chainId}).
      </Notice>
      {error && <Problem error={error} />}
      <Button
        kind="main"
        wide
        pending={isPending ? 'Confirm in your wallet…' : undefined}
        onClick={() => switchNetwork()}
      >
        {`Switch to ${network.name}`}
      </Button>
    </>
  )
}
