import { formatAmount, formatExactAmount } from '../formatAmount'

/** An amount of the chain's own coin, short, with every digit on hover. @param wei smallest unit */
export function Amount({ wei, className = '' }: { wei: bigint; className?: string }) {
  return (
    <span className={`figures whitespace-nowrap ${className}`} title={formatExactAmount(wei)} data-wei={wei.toString()}>
      {formatAmount(wei)}
    </span>
  )
}
