'use client'
import { withdrawSlashed } from '@assay/sdk/withdrawSlashed'
import type { Address } from 'viem'
import { useMarket } from '../hooks/useNetwork'
import { useSlashedCredit } from '../hooks/useSlashedCredit'
import { Amount } from './Amount'
import { Panel } from './Panel'
import { TransactionButton } from './TransactionButton'

/** The connected account's shares of bonds that other workers lost, with the way to have them sent; nothing when there are none. */
export function SlashedCredit({ account }: { account: Address }) {
  const { network } = useMarket()
  const { data: credit = 0n } = useSlashedCredit(account)
  if (credit === 0n) return null
  return (
    <Panel title="Yours to fetch">
      <p className="text-sm leading-relaxed">
        <span className="font-medium">
          <Amount wei={credit} /> of bonds belong to you.
        </span>{' '}
        <span className="text-quiet">Other workers lost them.</span>
      </p>
      <TransactionButton
        send={(client, options) => withdrawSlashed(client, { ...options, deployment: network, to: account })}
      >
        Withdraw to your wallet
      </TransactionButton>
    </Panel>
  )
}
