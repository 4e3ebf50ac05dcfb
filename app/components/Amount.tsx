import { coin, formatAmount, formatExactAmount, type Token } from '../formatAmount'

/** An amount, short, with every digit on hover. @param wei smallest unit of the token, which is the chain's own coin unless told */
export function Amount({ wei, token = coin, className = '' }: { wei: bigint; token?: Token; className?: string }) {
  return (
    <span
      className={`figures whitespace-nowrap ${className}`}
      title={formatExactAmount(wei, token)}
      data-wei={wei.toString()}
    >
      {formatAmount(wei, token)}
    </span>
  )
}
