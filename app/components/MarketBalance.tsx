'use client'
import { withdraw } from '@assay/sdk/withdraw'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useMarketBalance } from '../hooks/useMarketBalance'
import { useMarket } from '../hooks/useNetwork'
import { useWallet } from '../hooks/useWallet'
import { Amount } from './Amount'
import { Problem } from './Problem'

/** Money that came back to the requester and waits in the market: the next job uses it first, or it can be withdrawn. */
export function MarketBalance() {
  const { network } = useMarket()
  const { address, wrongNetwork, store } = useWallet()
  const { data: balance } = useMarketBalance(address)
  const queries = useQueryClient()
  const { mutate, isPending, error } = useMutation({
    mutationFn: async (amount: bigint) => withdraw(await store.sender(), { deployment: network, amount }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['marketBalance'] }),
  })

  if (!balance || balance.free === 0n) return null
  return (
    <section aria-label="Your market balance" className="sheet mt-4 grid gap-3 p-4 sm:px-6">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-sm leading-relaxed">
          <span className="font-medium">
            You have <Amount wei={balance.free} /> in the market.
          </span>{' '}
          <span className="text-quiet">It came back from your jobs. The next one uses it first.</span>
        </p>
        <button
          type="button"
          className="button-quiet"
          disabled={isPending || wrongNetwork}
          onClick={() => mutate(balance.free)}
        >
          {isPending ? 'Confirm in your wallet…' : 'Withdraw to your wallet'}
        </button>
      </div>
      {error && <Problem error={error} />}
    </section>
  )
}
