import type { Address } from 'viem'
import type { Token } from '../formatAmount'
import { Address as AddressLink } from './Address'
import { Amount } from './Amount'

/**
 * Where the escrow of a settled job went; smallest unit of its token. `surplus` is the part above the price. Where several workers share
 * the worker's part, `payees` are they.
 */
export type Payout = {
  escrow: bigint
  proved: boolean
  payees: readonly { address: Address; amount: bigint }[]
  worker: { address: Address; amount: bigint }
  royalty: { address: Address; amount: bigint }
  fee: bigint
  surplus: { address: Address; amount: bigint }
}

/** Shows how the escrow was split: one bar, then one line for each who was paid. */
export function Payouts({ payout, token }: { payout: Payout; token: Token }) {
  const shared = payout.payees.length > 1
  const rows = [
    {
      name: shared ? 'Workers' : 'Worker',
      why: payout.proved ? 'ran the model and made the proof' : shared ? 'agreed on the answer' : 'ran the model',
      amount: payout.worker.amount,
      address: shared ? undefined : payout.worker.address,
      look: 'bg-brass-fill',
    },
    {
      name: 'Royalty',
      why: 'to the model’s owner',
      amount: payout.royalty.amount,
      address: payout.royalty.address,
      look: 'bg-ink',
    },
    { name: 'Fee', why: 'to the platform', amount: payout.fee, address: undefined, look: 'bg-edge' },
    {
      name: 'Surplus',
      why: 'returned to the requester',
      amount: payout.surplus.amount,
      address: payout.surplus.address,
      look: 'bg-line',
    },
  ]
  return (
    <section aria-labelledby="payouts-title">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h3 id="payouts-title" className="font-semibold">
          Who was paid what
        </h3>
        <p className="text-quiet text-sm" data-escrow>
          <Amount wei={payout.escrow} token={token} /> left escrow
        </p>
      </div>
      <Split rows={rows} total={payout.escrow} />
      <dl className="mt-3 grid">
        {rows.map(({ name, why, amount, address, look }) => (
          <div
            key={name}
            data-payout={name}
            className="grid grid-cols-[auto_1fr_auto] items-baseline gap-x-3 border-line border-b py-2.5 last:border-b-0"
          >
            <span className={`size-2.5 rounded-full ${look}`} aria-hidden="true" />
            <dt className="min-w-0 text-sm">
              <span className="font-medium">{name}</span> <span className="text-quiet">{why}</span>{' '}
              {address && amount > 0n && (
                <AddressLink hex={address} what={`address of the ${name.toLowerCase()}’s receiver`} />
              )}
            </dt>
            <dd className="text-sm">
              <Amount wei={amount} token={token} />
            </dd>
          </div>
        ))}
      </dl>
      {shared && (
        <ul aria-label="Workers that were paid" className="grid gap-1 pl-5 text-sm">
          {payout.payees.map(({ address, amount }) => (
            <li key={address} className="flex items-baseline justify-between gap-3">
              <AddressLink hex={address} what="a worker’s address" />
              <Amount wei={amount} token={token} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Split({ rows, total }: { rows: readonly { name: string; amount: bigint; look: string }[]; total: bigint }) {
  const share = (amount: bigint) => (total === 0n ? 0 : Number((amount * 10_000n) / total) / 100)
  return (
    <div
      className="mt-3 flex h-3 animate-fill gap-0.5 overflow-hidden rounded-full"
      aria-hidden="true"
      style={{ transformOrigin: 'left' }}
    >
      {rows
        .filter(({ amount }) => amount > 0n)
        .map(({ name, amount, look }) => (
          <span key={name} className={`block min-w-1 ${look}`} style={{ flexGrow: share(amount), flexBasis: 0 }} />
        ))}
    </div>
  )
}
