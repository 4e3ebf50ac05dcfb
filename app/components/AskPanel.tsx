'use client'
import { addContent } from '@assay/sdk/content'
import type { EncodedInput } from '@assay/sdk/encodeInput'
import type { Model } from '@assay/sdk/getModel'
import { requestJob } from '@assay/sdk/requestJob'
import { lazy, Suspense, useState } from 'react'
import type { Hex } from 'viem'
import { askingPrice } from '../askingPrice'
import { type AssuranceName, assuranceTexts, fewWorkersText, offeredAssurances } from '../assurances'
import { formatAmount } from '../formatAmount'
import { useAssuranceTerms } from '../hooks/useAssuranceTerms'
import { useBalance } from '../hooks/useBalance'
import { useFee } from '../hooks/useFee'
import { useMarketBalance } from '../hooks/useMarketBalance'
import { useModelFigures } from '../hooks/useModelFigures'
import { useMarket } from '../hooks/useNetwork'
import { type Offer, useQuote } from '../hooks/useQuote'
import { useWallet } from '../hooks/useWallet'
import { parseAmount } from '../parseAmount'
import { Amount } from './Amount'
import { Button } from './Button'
import { Choice } from './Choice'
import { CopyHex } from './CopyHex'
import { Field } from './Field'
import { Loading } from './Loading'
import { Notice } from './Notice'
import { PriceTable } from './PriceTable'
import { Problem } from './Problem'
import { TransactionButton } from './TransactionButton'
import { WrongNetwork } from './WrongNetwork'

const SignInstead = lazy(async () => ({ default: (await import('./SignInstead')).SignInstead }))

type AskPanelProps = {
  model: Model
  input: EncodedInput | undefined
  /** What has to be done before anything can be asked, as a disabled button says it. */
  missingInput: string
  onAsked: (jobId: Hex) => void
  /** Told the CID of an order that was signed and stored. */
  onSigned: (cid: string) => void
}

type Payment = 'transaction' | 'signature'

/** What an offer is made of as it stands in the form. */
function useOffer(model: Model, assurance: AssuranceName, typed: string | undefined) {
  const { address } = useWallet()
  const { data: market } = useMarketBalance(address)
  const asked = askingPrice(model.floorPrice)
  const maxPrice = typed === undefined ? asked.maxPrice : parseAmount(typed)
  const known = maxPrice ?? asked.maxPrice
  const { data: assured, error } = useAssuranceTerms(assurance, known)
  const minPrice = asked.minPrice < known ? asked.minPrice : known
  const free = market?.free ?? 0n
  const fromMarket = free < known ? free : known
  const offer: Offer = {
    terms: { modelId: model.modelId, minPrice, maxPrice: known, ...assured },
    missing: known - fromMarket,
  }
  const problem =
    maxPrice === undefined
      ? 'This is no amount.'
      : maxPrice < model.floorPrice || maxPrice === 0n
        ? `The model’s owner asks for at least ${formatAmount(model.floorPrice > 0n ? model.floorPrice : 1n)}.`
        : undefined
  return { offer, minPrice, maxPrice: known, free, fromMarket, ready: assured !== undefined, problem, error }
}

/** The price before it is paid, the choices that an order leaves, what is still missing to ask, and the button that pays. */
export function AskPanel({ model, input, missingInput, onAsked, onSigned }: AskPanelProps) {
  const { network } = useMarket()
  const { address } = useWallet()
  const { data: feeBps } = useFee()
  const [assurance, setAssurance] = useState<AssuranceName>('proof')
  const [payment, setPayment] = useState<Payment>('transaction')
  const [typed, setTyped] = useState<string>()
  const { offer, ready, problem, error, ...money } = useOffer(model, assurance, typed)
  const { data: quote } = useQuote({ offer, account: address, enabled: ready && !problem })
  const { data: figures } = useModelFigures([model.modelId])
  const assurances = offeredAssurances(network)
  const refused = quote?.preflight?.ok === false ? quote.preflight.sentence : undefined

  return (
    <div className="flex flex-1 flex-col gap-5">
      <PriceTable
        minPrice={money.minPrice}
        maxPrice={money.maxPrice}
        fromMarket={money.fromMarket}
        royaltyBps={model.royaltyBps}
        feeBps={feeBps}
        gasCost={payment === 'transaction' ? quote?.gasCost : undefined}
        figures={figures?.get(model.modelId)}
      />
      {assurances.length > 1 && (
        <Choice
          label="Assurance"
          options={assurances.map((value) => ({ value, ...assuranceTexts[value] }))}
          chosen={assurance}
          onChoose={setAssurance}
        />
      )}
      {(assurance === 'audit' || assurance === 'quorum') && <Notice kind="plain">{fewWorkersText}</Notice>}
      <Choice label="How to pay" options={paymentOptions} chosen={payment} onChoose={setPayment} />
      <details>
        <summary className="w-fit text-quiet text-sm underline underline-offset-4 hover:text-ink">
          Change the most you pay
        </summary>
        <div className="mt-3">
          <Field
            label="At most"
            value={typed ?? formatAmount(money.maxPrice).replace(/ ETH$/, '')}
            onChange={setTyped}
            inputMode="decimal"
            unit="ETH"
            problem={problem}
            hint="A higher limit finds a worker sooner when few are free; you pay what the price has climbed to."
          />
        </div>
      </details>
      {model.setup.kind === 'insecure-dev' && (
        <Notice kind="caution">
          <strong>Development keys.</strong> The secret behind this model’s proving keys is public, so anyone could
          forge its proofs. Use it to try the market out, not to rely on an answer.
        </Notice>
      )}
      <div className="mt-auto grid gap-3">
        {error && <Problem error={error} />}
        {refused ? (
          <NotTaken sentence={refused} />
        ) : payment === 'signature' ? (
          <Suspense fallback={<Loading what="Loading what signs" rows={1} />}>
            <SignInstead
              offer={offer}
              free={money.free}
              input={input}
              missingInput={missingInput}
              blocked={problem}
              onSigned={onSigned}
            />
          </Suspense>
        ) : (
          <PayNow offer={offer} input={input} missingInput={missingInput} blocked={problem} onAsked={onAsked} />
        )}
      </div>
    </div>
  )
}

const paymentOptions = [
  {
    value: 'transaction',
    name: 'By transaction',
    text: 'The money goes into escrow with one transaction, and every worker sees the job at once.',
  },
  {
    value: 'signature',
    name: 'By signature only',
    text: 'You sign the order and pay no gas. Whoever takes it to the chain is paid from your market balance; until then you can withdraw it.',
  },
] as const

function NotTaken({ sentence }: { sentence: string }) {
  return (
    <>
      <Notice kind="failed">It cannot be asked now. {sentence}</Notice>
      <Button kind="main" wide disabled>
        Not available
      </Button>
    </>
  )
}

function PayNow({
  offer,
  input,
  missingInput,
  blocked,
  onAsked,
}: Pick<AskPanelProps, 'input' | 'missingInput' | 'onAsked'> & { offer: Offer; blocked: string | undefined }) {
  const { network } = useMarket()
  const { address, wrongNetwork, askToConnect } = useWallet()
  const { data: balance } = useBalance(address)
  if (!address) {
    return (
      <Button kind="main" wide onClick={askToConnect}>
        Connect a wallet to pay
      </Button>
    )
  }
  if (wrongNetwork) return <WrongNetwork />
  if (balance !== undefined && balance < offer.missing) {
    return <Insufficient address={address} has={balance} needs={offer.missing} />
  }
  if (!input) {
    return (
      <Button kind="main" wide disabled>
        {missingInput}
      </Button>
    )
  }
  return (
    <TransactionButton
      kind="main"
      wide
      blocked={blocked}
      send={async (client, options) => {
        await addContent({ apiUrl: network.contentApiUrl, bytes: input.bytes })
        return requestJob(client, { ...options, deployment: network, terms: { ...offer.terms, input } })
      }}
      onMined={({ jobId }) => onAsked(jobId)}
    >
      {`Ask and pay ${formatAmount(offer.terms.maxPrice)}`}
    </TransactionButton>
  )
}

function Insufficient({ address, has, needs }: { address: string; has: bigint; needs: bigint }) {
  return (
    <>
      <Notice kind="failed">
        This account holds <Amount wei={has} />, and asking needs <Amount wei={needs} /> and a little for the
        transaction. Send some to <CopyHex hex={address} what="your address" />, or connect another account.
      </Notice>
      <Button kind="main" wide disabled>
        Not enough funds
      </Button>
    </>
  )
}
