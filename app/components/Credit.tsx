'use client'
import { withdrawCredit } from '@assay/sdk/withdrawCredit'
import type { Address } from 'viem'
import { useCredit } from '../hooks/useCredit'
import { useWallet } from '../hooks/useWallet'
import { Amount } from './Amount'
import { Panel } from './Panel'
import { TransactionButton } from './TransactionButton'

/** Bonds that came back to the connected account, or that it won, and that it has not fetched; nothing when there are none. */
export function Credit({ assurance }: { assurance: Address }) {
  const { address } = useWallet()
  const { data: credit = 0n } = useCredit(assurance, address)
  if (credit === 0n) return null
  return (
    <Panel title="Yours to fetch">
      <p className="text-sm leading-relaxed">
        <span className="font-medium">
          <Amount wei={credit} /> of bonds belong to you.
        </span>{' '}
        <span className="text-quiet">They came back from challenges, or were won.</span>
      </p>
      <TransactionButton send={(client, options) => withdrawCredit(client, { ...options, assurance })}>
        Withdraw to your wallet
      </TransactionButton>
    </Panel>
  )
}
