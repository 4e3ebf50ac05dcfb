'use client'
import { lazy, Suspense } from 'react'
import { useMarketBalance } from '../hooks/useMarketBalance'
import { useWallet } from '../hooks/useWallet'
import { Amount } from './Amount'

const WithdrawButton = lazy(async () => ({ default: (await import('./WithdrawButton')).WithdrawButton }))

/** The account's money in the market, with the way to have it sent. `from` says in a sentence where it came from. */
export function MarketBalance({
  from = 'It came back from your jobs. The next one uses it first.',
}: {
  from?: string
}) {
  const { address, wrongNetwork } = useWallet()
  const { data: balance } = useMarketBalance(address)

  if (!balance || balance.free === 0n) return null
  const { free } = balance
  return (
    <section
      aria-label="Your market balance"
      className="sheet flex flex-wrap items-center justify-between gap-3 p-4 sm:px-6"
    >
      <p className="text-sm leading-relaxed">
        <span className="font-medium">
          You have <Amount wei={free} /> in the market.
        </span>{' '}
        <span className="text-quiet">{from}</span>
      </p>
      {/* What the page is for says it when the wallet is on another network. */}
      {!wrongNetwork && (
        <Suspense>
          <WithdrawButton amount={free} />
        </Suspense>
      )}
    </section>
  )
}
