import type { MarketClient } from '@assay/sdk/deployment'
import type { SendOptions } from '@assay/sdk/sendCall'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { BaseError, type Hash, UserRejectedRequestError } from 'viem'
import { useMarket } from './useNetwork'
import { useWallet } from './useWallet'

/**
 * Where a transaction is: `asking` the wallet, `sent` to the chain (`replaced` when the wallet put another in its place), `mined`,
 * `rejected` by the person, or `failed` with its error. `contractWallet`: others may have to sign before it is sent.
 */
export type TransactionState =
  | { phase: 'idle' }
  | { phase: 'asking'; contractWallet: boolean }
  | { phase: 'sent'; hash: Hash; replaced?: Replacement }
  | { phase: 'mined'; hash: Hash | undefined }
  | { phase: 'rejected' | 'failed'; error: Error }

type Replacement = 'repriced' | 'replaced' | 'cancelled'

/** The wallet put another transaction in the place of the one that it was asked for, so that this never happened. */
export class TransactionReplacedError extends Error {
  override readonly name = 'TransactionReplacedError'
  readonly hash: Hash
  readonly reason: Exclude<Replacement, 'repriced'>

  constructor({ hash, reason }: { hash: Hash; reason: Exclude<Replacement, 'repriced'> }) {
    super(
      reason === 'cancelled'
        ? `You cancelled the transaction in your wallet, with ${hash}; only gas was paid, and you can try again.`
        : `Your wallet sent another transaction, ${hash}, in its place; look into it there, and try again.`,
    )
    this.hash = hash
    this.reason = reason
  }
}

/** Does one thing on chain: any action of the sdk, given the client and the options it was called with. */
export type Send<Result> = (client: MarketClient, options: SendOptions) => Promise<Result>

/** Sends from the connected wallet, tells each turn of the transaction, and refreshes all that the page read when it is mined. */
export function useTransaction<Result>({
  send,
  onMined,
}: {
  send: Send<Result>
  onMined?: ((result: Result) => void) | undefined
}) {
  const { client } = useMarket()
  const { store, address } = useWallet()
  const queries = useQueryClient()
  const [state, setState] = useState<TransactionState>({ phase: 'idle' })

  const { mutate, reset } = useMutation({
    mutationFn: async () => {
      setState({ phase: 'asking', contractWallet: false })
      const { isContractAccount } = await import('../contractAccount')
      if (address && (await isContractAccount(client, address))) setState({ phase: 'asking', contractWallet: true })
      let sent: Hash | undefined
      let replaced: Replacement | undefined
      const options: SendOptions = {
        onSent: (hash) => {
          sent = hash
          setState({ phase: 'sent', hash })
        },
        onReplaced: ({ hash, reason }) => {
          sent = hash
          replaced = reason
          setState({ phase: 'sent', hash, replaced: reason })
        },
      }
      const result = await send(await store.sender(), options).catch((error: unknown) => {
        // What an action missed in the other transaction says less than that it is another one.
        throw replacedError(replaced, sent) ?? error
      })
      const other = replacedError(replaced, sent)
      if (other) throw other
      return { result, hash: sent }
    },
    onSuccess: ({ result, hash }) => {
      setState({ phase: 'mined', hash })
      onMined?.(result)
    },
    onError: (error) => setState({ phase: isRejection(error) ? 'rejected' : 'failed', error }),
    // All but the network itself: opening it again would replace the wallet, and close what the reader is in the middle of.
    onSettled: () => queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'network' }),
  })

  return {
    state,
    start: () => mutate(),
    reset: () => {
      reset()
      setState({ phase: 'idle' })
    },
  }
}

/** The same transaction with another fee is no replacement. */
function replacedError(reason: Replacement | undefined, hash: Hash | undefined): TransactionReplacedError | undefined {
  return reason === undefined || reason === 'repriced' || hash === undefined
    ? undefined
    : new TransactionReplacedError({ hash, reason })
}

function isRejection(error: Error): boolean {
  return error instanceof BaseError && error.walk((cause) => cause instanceof UserRejectedRequestError) !== null
}
