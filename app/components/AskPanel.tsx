'use client'
import type { Hex } from 'viem'
import { askingPrice } from '../askingPrice'
import type { DigitModel } from '../digitModels'
import { formatAmount } from '../formatAmount'
import { type AskPhase, useAsk } from '../hooks/useAsk'
import { useBalance } from '../hooks/useBalance'
import type { ModelInput } from '../hooks/useEncodedInput'
import { useFee } from '../hooks/useFee'
import { useMarketBalance } from '../hooks/useMarketBalance'
import { useWallet } from '../hooks/useWallet'
import { Amount } from './Amount'
import { Button } from './Button'
import { CopyHex } from './CopyHex'
import { Notice } from './Notice'
import { PriceTable } from './PriceTable'
import { Problem } from './Problem'
import { WrongNetwork } from './WrongNetwork'

const phaseTexts: Record<AskPhase, string> = {
  storing: 'Storing your drawing…',
  confirming: 'Confirm in your wallet…',
  mining: 'Waiting for the chain…',
}

type AskPanelProps = {
  chosen: DigitModel
  input: ModelInput | undefined
  onAsked: (jobId: Hex) => void
}

/** The price before it is paid, what is still missing to ask, and the button that pays. */
export function AskPanel({ chosen, input, onAsked }: AskPanelProps) {
  const { address, wrongNetwork, askToConnect } = useWallet()
  const { data: balance } = useBalance(address)
  const { data: market } = useMarketBalance(address)
  const { data: feeBps } = useFee()
  const { ask, phase, error } = useAsk()

  const price = askingPrice(chosen.model.floorPrice)
  const free = market?.free ?? 0n
  const fromMarket = free < price.maxPrice ? free : price.maxPrice
  const missing = price.maxPrice - fromMarket
  const poor = balance !== undefined && balance < missing

  const action = () => {
    if (!address)
      return (
        <Button kind="main" wide onClick={askToConnect}>
          Connect a wallet to pay
        </Button>
      )
    if (wrongNetwork) return <WrongNetwork />
    if (poor) return <Insufficient address={address} has={balance} needs={missing} />
    if (!input)
      return (
        <Button kind="main" wide disabled>
          Draw a digit to ask
        </Button>
      )
    return (
      <Button
        kind="main"
        wide
        disabled={phase !== undefined}
        onClick={() => ask({ modelId: chosen.modelId, input: input.encoded, price }, { onSuccess: onAsked })}
      >
        {phase ? phaseTexts[phase] : `Ask and pay ${formatAmount(price.maxPrice)}`}
      </Button>
    )
  }

  return (
    <div className="flex flex-1 flex-col gap-4">
      <PriceTable {...price} royaltyBps={chosen.model.royaltyBps} feeBps={feeBps} fromMarket={fromMarket} />
      {chosen.model.setup.kind === 'insecure-dev' && (
        <Notice kind="caution">
          <strong>Development keys.</strong> The secret behind this model’s proving keys is public, so anyone could
          forge its proofs. Use it to try the market out, not to rely on an answer.
        </Notice>
      )}
      <div className="mt-auto grid gap-3">
        {error && <Problem error={error} />}
        {action()}
        <p className="sr-only" role="status">
          {phase && phaseTexts[phase]}
        </p>
      </div>
    </div>
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
