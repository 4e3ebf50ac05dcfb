import type { ReactNode } from 'react'
import { formatDuration } from '../formatTime'
import type { ModelFigures } from '../modelFigures'
import { Amount } from './Amount'

/** What is known before paying; amounts in wei. */
export type Expectation = {
  minPrice: bigint
  maxPrice: bigint
  royaltyBps: number
  /** undefined while it is being read */
  feeBps: number | undefined
  /** Part of `maxPrice` that the account's market balance pays. */
  fromMarket: bigint
  /** What the transaction costs beside the price; not known without an account that can pay. */
  gasCost: bigint | undefined
  /** The model's recent jobs; nothing when it was not asked recently. */
  figures: ModelFigures | undefined
}

/** Says before paying what may be paid, who would get it, and what can be expected from what the model's recent jobs did. */
export function PriceTable({ minPrice, maxPrice, royaltyBps, feeBps, fromMarket, gasCost, figures }: Expectation) {
  return (
    <div className="grid gap-3">
      <div>
        <p className="flex items-baseline justify-between gap-3">
          <span className="font-medium">At most</span>
          <Amount wei={maxPrice} className="font-semibold text-lg" />
        </p>
        <p className="mt-1 text-quiet text-sm leading-relaxed">
          The contract holds it, not a person. The price starts at <Amount wei={minPrice} /> and climbs until a worker
          takes the job; what it does not need comes back to you, and all of it if nobody answers.
        </p>
      </div>
      <dl className="grid border-line border-t text-sm">
        {figures?.clearingPrice !== undefined && (
          <Line name="Paid lately" why={`median of ${figures.answered} answers`}>
            <Amount wei={figures.clearingPrice} />
          </Line>
        )}
        <Line name="Expected time" why={timeNote(figures)}>
          {figures?.latencySeconds === undefined ? 'not known' : formatDuration(figures.latencySeconds)}
        </Line>
        {gasCost !== undefined && (
          <Line name="Gas" why="for your transaction, to the chain">
            <Amount wei={gasCost} />
          </Line>
        )}
        <Line name="Royalty" why="of the price, for the model’s owner">
          {royaltyBps / 100} %
        </Line>
        <Line name="Fee" why="of the price, only on success">
          {feeBps === undefined ? '…' : `${feeBps / 100} %`}
        </Line>
        {fromMarket > 0n && (
          <>
            <Line name="From your market balance" why="">
              <Amount wei={fromMarket} />
            </Line>
            <Line name="From your wallet" why="">
              <Amount wei={maxPrice - fromMarket} />
            </Line>
          </>
        )}
      </dl>
    </div>
  )
}

function timeNote(figures: ModelFigures | undefined): string {
  if (figures?.fillRate === undefined) return 'nobody asked it recently'
  return `${Math.round(figures.fillRate * 100)} % of recent jobs were answered`
}

function Line({ name, why, children }: { name: string; why: string; children: ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-3 border-line border-b py-2">
      <dt>
        <span className="font-medium">{name}</span> <span className="text-quiet">{why}</span>
      </dt>
      <dd className="figures shrink-0">{children}</dd>
    </div>
  )
}
