'use client'
import { withdraw } from '@assay/sdk/withdraw'
import { useMarket } from '../hooks/useNetwork'
import { TransactionButton } from './TransactionButton'

/** Sends so much of the account's money in the market, in wei, to its wallet. */
export function WithdrawButton({ amount }: { amount: bigint }) {
  const { network } = useMarket()
  return (
    <TransactionButton send={(client, options) => withdraw(client, { ...options, deployment: network, amount })}>
      Withdraw to your wallet
    </TransactionButton>
  )
}
