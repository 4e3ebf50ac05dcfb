'use client'
import { cancelRecovery } from '@assay/sdk/cancelRecovery'
import type { Worker } from '@assay/sdk/getWorker'
import { revokeSigner } from '@assay/sdk/revokeSigner'
import { setMetadata } from '@assay/sdk/setMetadata'
import { setSigner } from '@assay/sdk/setSigner'
import { useState } from 'react'
import { type Address, getAddress, isAddressEqual } from 'viem'
import { addressProblem } from '../addressProblem'
import { cidProblem } from '../cidProblem'
import { formatDuration } from '../formatTime'
import { useMarket } from '../hooks/useNetwork'
import { useWorkerTerms } from '../hooks/useWorkerTerms'
import { Field } from './Field'
import { TransactionButton } from './TransactionButton'

/** What an operator does with its keys and description: name another signer, and replace what it says of itself. */
export function KeyActions({ worker }: { worker: Worker }) {
  return (
    <div className="grid gap-x-8 gap-y-6 border-line border-t pt-5 sm:grid-cols-2">
      <NewSigner worker={worker} />
      <NewMetadata worker={worker} />
    </div>
  )
}

function NewSigner({ worker }: { worker: Worker }) {
  const { network } = useMarket()
  const { data: terms } = useWorkerTerms()
  const [typed, setTyped] = useState('')
  const text = typed.trim()
  const wrong = addressProblem(typed)
  const isSame = text !== '' && wrong === undefined && isAddressEqual(getAddress(text), worker.signer)
  const problem = wrong ?? (isSame ? 'That is the signer already.' : undefined)
  const grace = terms && formatDuration(terms.graceSeconds)
  return (
    <div className="grid content-start gap-3">
      <Field
        label="New signer"
        value={typed}
        placeholder="0x…"
        hint={grace && `The one before is accepted for ${grace} more, so that its jobs get done.`}
        problem={problem}
        onChange={setTyped}
      />
      <TransactionButton
        blocked={text === '' ? 'Name an account first.' : problem && 'Correct it first.'}
        send={(client, options) => setSigner(client, { ...options, deployment: network, signer: getAddress(text) })}
        onMined={() => setTyped('')}
      >
        Replace the signer
      </TransactionButton>
    </div>
  )
}

function NewMetadata({ worker }: { worker: Worker }) {
  const { network } = useMarket()
  const [typed, setTyped] = useState('')
  const metadataCid = typed.trim()
  const problem = cidProblem(typed)
  return (
    <div className="grid content-start gap-3">
      <Field
        label="New description"
        value={typed}
        placeholder="b…"
        hint="CID of a file about hardware, models and prices. Empty: none."
        problem={problem}
        onChange={setTyped}
      />
      <TransactionButton
        blocked={
          metadataCid === worker.metadataCid ? 'That is what stands there already.' : problem && 'Correct it first.'
        }
        send={(client, options) => setMetadata(client, { ...options, deployment: network, metadataCid })}
        onMined={() => setTyped('')}
      >
        Replace the description
      </TransactionButton>
    </div>
  )
}

/** Ends the grace of a signer that was replaced. */
export function RevokeSigner({ operator, signer }: { operator: Address; signer: Address }) {
  const { network } = useMarket()
  return (
    <TransactionButton
      send={(client, options) => revokeSigner(client, { ...options, deployment: network, operator, signer })}
    >
      End it now
    </TransactionButton>
  )
}

/** Stops the guardian from putting another signer in place. */
export function CancelRecovery({ operator }: { operator: Address }) {
  const { network } = useMarket()
  return (
    <TransactionButton
      send={(client, options) => cancelRecovery(client, { ...options, deployment: network, operator })}
    >
      Stop it
    </TransactionButton>
  )
}
