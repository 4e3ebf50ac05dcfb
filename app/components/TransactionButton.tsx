'use client'
import { type Send, type TransactionState, useTransaction } from '../hooks/useTransaction'
import { useWallet } from '../hooks/useWallet'
import { Address } from './Address'
import { Button } from './Button'
import { Notice } from './Notice'
import { Problem } from './Problem'
import { WrongNetwork } from './WrongNetwork'

type TransactionButtonProps<Result> = {
  /** What the press does, as the button says it. */
  children: string
  send: Send<Result>
  onMined?: (result: Result) => void
  kind?: 'main' | 'quiet'
  wide?: boolean
  /** Why it cannot be pressed now, in a sentence. */
  blocked?: string | undefined
}

/**
 * A button that sends one transaction, with all that can stand before it (no wallet, wrong network) and come of it: asked, rejected,
 * sent, replaced, mined, failed with the reason.
 */
export function TransactionButton<Result>({
  children,
  send,
  onMined,
  kind = 'quiet',
  wide = false,
  blocked,
}: TransactionButtonProps<Result>) {
  const { address, wrongNetwork, askToConnect } = useWallet()
  const { state, start } = useTransaction({ send, onMined })
  if (!address) {
    return (
      <Button kind={kind} wide={wide} onClick={askToConnect}>
        Connect a wallet to do it
      </Button>
    )
  }
  if (wrongNetwork) return <WrongNetwork />
  return (
    <div className="grid gap-3" data-transaction={state.phase}>
      <Button kind={kind} wide={wide} disabled={blocked !== undefined} pending={pendingText(state)} onClick={start}>
        {children}
      </Button>
      {blocked && <p className="text-quiet text-sm">{blocked}</p>}
      <div role="status" className="empty:hidden">
        <Outcome state={state} />
      </div>
    </div>
  )
}

function pendingText(state: TransactionState): string | undefined {
  if (state.phase === 'asking') return 'Confirm in your wallet…'
  if (state.phase === 'sent') return 'Waiting for the chain…'
  return undefined
}

const replacedTexts = {
  repriced: 'Your wallet sent it again with another fee.',
  replaced: 'Your wallet sent another transaction in its place.',
  cancelled: 'Your wallet cancelled it.',
} as const

function Outcome({ state }: { state: TransactionState }) {
  if (state.phase === 'rejected' || state.phase === 'failed') return <Problem error={state.error} />
  if (state.phase === 'asking' && state.contractWallet) {
    return (
      <Notice kind="plain">
        Your account is a contract: the transaction is sent once its owners have signed, which may take more than you.
      </Notice>
    )
  }
  if (state.phase !== 'sent' && state.phase !== 'mined') return null
  return (
    <p className="text-quiet text-sm">
      {state.phase === 'sent' && state.replaced && `${replacedTexts[state.replaced]} `}
      {state.phase === 'mined' ? 'Done. ' : 'Sent. '}
      {state.hash && (
        <>
          Transaction <Address hex={state.hash} kind="tx" what="transaction hash" />
        </>
      )}
    </p>
  )
}
