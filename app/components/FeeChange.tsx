'use client'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { useState } from 'react'
import { encodeFunctionData } from 'viem'
import { formatBps, parsePercent } from '../feePercent'
import { formatDuration } from '../formatTime'
import type { MarketTerms, RoleHolder } from '../hooks/useGovernance'
import { useMarket } from '../hooks/useNetwork'
import { Field } from './Field'
import { OwnerCall } from './OwnerCall'
import { RoleCallButton } from './RoleCallButton'

/** The form of a new fee, and its way: by the connected account, or by the signers of the owner account (`signers`). */
export function FeeChange({ terms, holder, signers }: { terms: MarketTerms; holder: RoleHolder; signers: boolean }) {
  const { network } = useMarket()
  const [typed, setTyped] = useState('')
  const bps = parsePercent(typed)
  const problem = problemOf(typed, terms)
  const isWrong = bps === undefined || problem !== undefined
  const call = {
    target: network.addresses.jobMarket,
    data: encodeFunctionData({ abi: jobMarketAbi, functionName: 'setFeeBps', args: [isWrong ? 0 : bps] }),
  }
  const { delaySeconds } = holder
  return (
    <div className="grid max-w-xl gap-4">
      <p className="text-quiet text-sm leading-relaxed">
        {delaySeconds === 0
          ? 'The role has no delay here: the new fee counts for orders from the next block on.'
          : `Everybody sees the change for ${formatDuration(delaySeconds)} before it can be carried out; then it has to be within ${formatDuration(terms.expirySeconds)}.`}{' '}
        A job keeps the fee it was requested under.
      </p>
      <Field
        label="New fee"
        value={typed}
        unit="%"
        inputMode="decimal"
        placeholder={String(terms.feeBps / 100)}
        hint={`Of the price, at most ${formatBps(terms.capBps)}.`}
        problem={problem}
        onChange={setTyped}
      />
      {signers ? (
        <OwnerCall call={isWrong ? undefined : call} delaySeconds={delaySeconds} />
      ) : (
        <RoleCallButton
          delaySeconds={delaySeconds}
          call={call}
          names={{ atOnce: 'Change the fee', later: 'Schedule the change' }}
          blocked={isWrong ? 'Name another fee first.' : undefined}
          onMined={() => setTyped('')}
        />
      )}
    </div>
  )
}

function problemOf(typed: string, { feeBps, capBps }: MarketTerms): string | undefined {
  if (typed.trim() === '') return undefined
  const bps = parsePercent(typed)
  if (bps === undefined) return 'This is no percentage; it has at most two digits after the point, as in 2.25.'
  if (bps > capBps) return `The contract’s cap is ${formatBps(capBps)}.`
  return bps === feeBps ? 'That is the fee already.' : undefined
}
