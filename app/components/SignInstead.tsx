'use client'
import { buildOrder } from '@assay/sdk/buildOrder'
import { addContent } from '@assay/sdk/content'
import { deposit } from '@assay/sdk/deposit'
import type { EncodedInput } from '@assay/sdk/encodeInput'
import { postOrder } from '@assay/sdk/postOrder'
import { signOrder } from '@assay/sdk/signOrder'
import { useMutation } from '@tanstack/react-query'
import { formatAmount } from '../formatAmount'
import { useMarket } from '../hooks/useNetwork'
import type { Offer } from '../hooks/useQuote'
import { useWallet } from '../hooks/useWallet'
import { Amount } from './Amount'
import { Button } from './Button'
import { Problem } from './Problem'
import { TransactionButton } from './TransactionButton'
import { WrongNetwork } from './WrongNetwork'

/** Asks without a transaction: money that is in the market already, and an order that is signed and stored where its worker can read it. */
export function SignInstead({
  offer,
  free,
  input,
  missingInput,
  blocked,
  onSigned,
}: {
  offer: Offer
  /** The account's free balance in the market, in wei. */
  free: bigint
  input: EncodedInput | undefined
  missingInput: string
  blocked: string | undefined
  onSigned: (cid: string) => void
}) {
  const { network } = useMarket()
  const { address, wrongNetwork, askToConnect, store } = useWallet()
  const { mutate, isPending, error } = useMutation({
    mutationFn: async (asked: EncodedInput) => {
      const client = await store.sender()
      const { contentApiUrl } = network
      await addContent({ apiUrl: contentApiUrl, bytes: asked.bytes })
      const order = await buildOrder(client, { deployment: network, terms: { ...offer.terms, input: asked } })
      const signed = await signOrder(client, { deployment: network, order })
      return postOrder(client, { deployment: network, contentApiUrl, ...signed })
    },
    onSuccess: ({ cid }) => onSigned(cid),
  })

  if (!address) {
    return (
      <Button kind="main" wide onClick={askToConnect}>
        Connect a wallet to sign
      </Button>
    )
  }
  if (wrongNetwork) return <WrongNetwork />
  const missing = offer.terms.maxPrice - free
  if (missing > 0n) {
    return (
      <>
        <p className="text-quiet text-sm leading-relaxed">
          A signed order is paid from your balance in the market, which is <Amount wei={free} />. Put the rest in once;
          you can withdraw it at any time.
        </p>
        <TransactionButton
          kind="main"
          wide
          blocked={blocked}
          send={(client, options) => deposit(client, { ...options, deployment: network, amount: missing })}
        >
          {`Put ${formatAmount(missing)} into the market`}
        </TransactionButton>
      </>
    )
  }
  return (
    <>
      {error && <Problem error={error} />}
      <Button
        kind="main"
        wide
        disabled={input === undefined || blocked !== undefined}
        pending={isPending ? 'Sign in your wallet…' : undefined}
        onClick={() => input && mutate(input)}
      >
        {input ? `Sign for at most ${formatAmount(offer.terms.maxPrice)}` : missingInput}
      </Button>
    </>
  )
}
