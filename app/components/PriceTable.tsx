import { Amount } from './Amount'

/** Says before paying what may be paid, and who would get it. Amounts in the smallest unit. */
export function PriceTable({
  minPrice,
  maxPrice,
  royaltyBps,
  feeBps,
  fromMarket,
}: {
  minPrice: bigint
  maxPrice: bigint
  royaltyBps: number
  /** undefined while it is being read */
  feeBps: number | undefined
  fromMarket: bigint
}) {
  return (
    <div className="grid gap-3">
      <div>
        <p className="flex items-baseline justify-between gap-3">
          <span className="font-medium">Into escrow now</span>
          <Amount wei={maxPrice} className="font-semibold text-lg" />
        </p>
        <p className="mt-1 text-quiet text-sm leading-relaxed">
          The contract holds it, not a person. The price starts at <Amount wei={minPrice} /> and climbs until a worker
          takes the job; what it does not need comes back to you, and all of it if nobody answers.
        </p>
      </div>
      <dl className="grid border-line border-t text-sm">
        <Line name="Worker" why="for running the model and making the proof">
          the rest
        </Line>
        <Line name="Royalty" why="for the model’s owner">
          {royaltyBps / 100} %
        </Line>
        <Line name="Fee" why="for the platform, only on success">
          {feeBps === undefined ? '…' : `${feeBps / 100} %`}
        </Line>
        {fromMarket > 0n && (
          <>
            <Line name="From your market balance" why="back from earlier jobs">
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

function Line({ name, why, children }: { name: string; why: string; children: React.ReactNode }) {
  return (
    <div className="flex items-baseline justify-between gap-3 border-line border-b py-2">
      <dt>
        <span className="font-medium">{name}</span> <span className="text-quiet">{why}</span>
      </dt>
      <dd className="figures shrink-0">{children}</dd>
    </div>
  )
}
