'use client'
import { addStake } from '@assay/sdk/addStake'
import type { Worker } from '@assay/sdk/getWorker'
import { startUnbonding } from '@assay/sdk/startUnbonding'
import { withdrawStake } from '@assay/sdk/withdrawStake'
import { isAddressEqual, zeroAddress } from 'viem'
import { formatAmount } from '../formatAmount'
import { formatDuration } from '../formatTime'
import { useMarket } from '../hooks/useNetwork'
import { useWorkerTerms } from '../hooks/useWorkerTerms'
import { Address } from './Address'
import { AmountForm } from './AmountForm'
import { Notice } from './Notice'
import { TransactionButton } from './TransactionButton'

/** What an operator does with its stake: add to it, start to take it out, and have what is due sent. @param now unix seconds */
export function StakeActions({ worker, now }: { worker: Worker; now: number }) {
  const { network } = useMarket()
  const { data: terms } = useWorkerTerms()
  const { guardian, free, bonded, unbonding, unbondableAt } = worker
  const guarded = !isAddressEqual(guardian, zeroAddress)
  const isDue = unbonding > 0n && unbondableAt <= now
  const isLow = terms !== undefined && free + bonded < terms.minStake
  return (
    <div className="grid gap-5 border-line border-t pt-5">
      {isDue && (
        <div className="grid gap-3">
          <p className="text-sm">
            Unbonding is over: {formatAmount(unbonding)} can leave.
            {guarded && (
              <>
                {' '}
                They go to your guardian <Address hex={guardian} what="the guardian’s address" />.
              </>
            )}
          </p>
          <TransactionButton
            kind="main"
            send={(client, options) =>
              withdrawStake(client, { ...options, deployment: network, ...(guarded && { to: guardian }) })
            }
          >
            {`Withdraw ${formatAmount(unbonding)}`}
          </TransactionButton>
        </div>
      )}
      <div className="grid gap-x-8 gap-y-6 sm:grid-cols-2">
        <AmountForm
          label="Add stake"
          hint="Can be bonded at once."
          action="Add it"
          send={(amount) => (client, options) => addStake(client, { ...options, deployment: network, amount })}
        />
        <AmountForm
          label="Take stake out"
          hint={`At most ${formatAmount(free)}, the free part.`}
          action="Start unbonding"
          refuse={(amount) => (amount > free ? `Only ${formatAmount(free)} are free.` : undefined)}
          send={(amount) => (client, options) => startUnbonding(client, { ...options, deployment: network, amount })}
        />
      </div>
      {terms && (
        <p className="text-quiet text-sm leading-relaxed">
          Unbonding takes {formatDuration(terms.unbondingSeconds)} and starts again for all of it with each new amount.
        </p>
      )}
      {isLow && (
        <Notice kind="caution">
          Your stake is below the least of {formatAmount(terms.minStake)}: the worker can claim no job. Add to it.
        </Notice>
      )}
    </div>
  )
}
