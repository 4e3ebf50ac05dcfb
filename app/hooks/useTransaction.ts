import type { MarketClient } from '@assay/sdk/deployment'
import type { SendOptions } from '@assay/sdk/sendCall'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { BaseError, type Hash, UserRejectedRequestError } from 'viem'
import { getCode } from 'viem/actions'
import { useMarket } from './useNetwork'
import { useWallet } from './useWallet'

/**
 * Where a transaction is: `asking` the wallet, `sent` to the chain (`replaced` when the wallet put another in its place), `mined`,
 * `rejected` by the person, or `failed` with its error. `contractWallet`: others may have to sign before it is sent.
 */
export type TransactionState =
  | { phase: 'idle' }
  | { phase: 'asking'; contractWallet: boolean }
  | { phase: 'sent'; hash: Hash; replaced?: 'repriced' | 'replaced' | 'cancelled' }
  | { phase: 'mined'; hash: Hash | undefined }
  | { phase: 'rejected' | 'failed'; error: Error }

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
      const code = address && (await getCode(client, { address }).catch(() => undefined))
      // An account that delegates its code (EIP-7702) signs for itself.
      if (code && !code.startsWith('0xef0100')) setState({ phase: 'asking', contractWallet: true })
      let sent: Hash | undefined
      const result = await send(await store.sender(), {
        onSent: (hash) => {
          sent = hash
          setState({ phase: 'sent', hash })
        },
        onReplaced: ({ hash, reason }) => {
          sent = hash
          setState({ phase: 'sent', hash, replaced: reason })
        },
      })
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

function isRejection(error: Error): boolean {
  return error instanceof BaseError && error.walk((cause) => cause instanceof UserRejectedRequestError) !== null
}
