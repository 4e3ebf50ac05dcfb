'use client'
import { registerWorker } from '@assay/sdk/registerWorker'
import { useState } from 'react'
import { getAddress } from 'viem'
import { addressProblem } from '../addressProblem'
import { cidProblem } from '../cidProblem'
import { formatAmount } from '../formatAmount'
import { useMarket } from '../hooks/useNetwork'
import { useWorkerTerms } from '../hooks/useWorkerTerms'
import { parseAmount } from '../parseAmount'
import { Field } from './Field'
import { Panel } from './Panel'
import { TransactionButton } from './TransactionButton'

/** The form that makes the connected account a worker's operator. */
export function RegisterWorker() {
  const { network } = useMarket()
  const { data: terms } = useWorkerTerms()
  const [stake, setStake] = useState('')
  const [signer, setSigner] = useState('')
  const [cid, setCid] = useState('')
  const amount = parseAmount(stake)
  const least = terms?.minStake ?? 0n
  const stakeProblem =
    stake.trim() === ''
      ? undefined
      : amount === undefined
        ? 'This is no amount.'
        : amount < least
          ? `The least stake is ${formatAmount(least)}.`
          : undefined
  const signerProblem = addressProblem(signer)
  const metadataProblem = cidProblem(cid)
  const problem = stakeProblem ?? signerProblem ?? metadataProblem
  return (
    <Panel title="Become a worker">
      <p className="max-w-[62ch] text-quiet text-sm leading-relaxed">
        A worker claims jobs, answers them, and is paid for each answer that holds. Its stake backs what it claims: a
        claim that is not answered in time costs a part of it. You can take it out again.
      </p>
      <div className="grid max-w-xl gap-4">
        <Field
          label="Stake"
          value={stake}
          unit="ETH"
          inputMode="decimal"
          hint={terms && `At least ${formatAmount(terms.minStake)}.`}
          problem={stakeProblem}
          onChange={setStake}
        />
        <Field
          label="Signer"
          value={signer}
          placeholder="0x…"
          hint="The key of the machine that claims and answers. Empty: your own account."
          problem={signerProblem}
          onChange={setSigner}
        />
        <Field
          label="Description"
          value={cid}
          placeholder="b…"
          hint="CID of a file about its hardware, models and prices. May be empty."
          problem={metadataProblem}
          onChange={setCid}
        />
        <TransactionButton
          kind="main"
          blocked={amount === undefined ? 'Name the stake first.' : problem && 'Correct what is marked first.'}
          send={(client, options) =>
            registerWorker(client, {
              ...options,
              deployment: network,
              stake: amount ?? 0n,
              metadataCid: cid.trim(),
              ...(signer.trim() !== '' && { signer: getAddress(signer.trim()) }),
            })
          }
        >
          Register as a worker
        </TransactionButton>
      </div>
    </Panel>
  )
}
