'use client'
import { type ReactNode, useState } from 'react'
import type { Send } from '../hooks/useTransaction'
import { parseAmount } from '../parseAmount'
import { Field } from './Field'
import { TransactionButton } from './TransactionButton'

/** An amount of the chain's own coin and the button that does something with it. `refuse` says in a sentence why an amount cannot be used. */
export function AmountForm({
  label,
  hint,
  action,
  refuse,
  send,
}: {
  label: string
  hint?: ReactNode
  action: string
  refuse?: (amount: bigint) => string | undefined
  send: (amount: bigint) => Send<unknown>
}) {
  const [typed, setTyped] = useState('')
  const amount = parseAmount(typed)
  const problem =
    typed.trim() === ''
      ? undefined
      : amount === undefined
        ? 'This is no amount.'
        : (refuse?.(amount) ?? zeroText(amount))
  const isWrong = amount === undefined || problem !== undefined
  return (
    <div className="grid content-start gap-3">
      <Field
        label={label}
        value={typed}
        unit="ETH"
        inputMode="decimal"
        hint={hint}
        problem={problem}
        onChange={setTyped}
      />
      <TransactionButton
        blocked={isWrong ? 'Name an amount first.' : undefined}
        send={send(amount ?? 0n)}
        onMined={() => setTyped('')}
      >
        {action}
      </TransactionButton>
    </div>
  )
}

const zeroText = (amount: bigint) => (amount === 0n ? 'Name more than nothing.' : undefined)
