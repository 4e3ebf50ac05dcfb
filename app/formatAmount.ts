/**
 * Amount of the chain's own coin for people: at most six digits after the point, no trailing zeros, `<0.000001` rather than a false zero.
 * @param wei smallest unit, 18 decimals
 */
export function formatAmount(wei: bigint, symbol = 'ETH'): string {
  if (wei < 0n) return `−${formatAmount(-wei, symbol)}`
  const millionths = wei / 10n ** 12n
  if (millionths === 0n && wei > 0n) return `<0.000001 ${symbol}`
  const fraction = (millionths % 1_000_000n).toString().padStart(6, '0').replace(/0+$/, '')
  const whole = (millionths / 1_000_000n).toString().replace(/\B(?=(\d{3})+$)/g, '\u2009')
  return `${whole}${fraction ? `.${fraction}` : ''} ${symbol}`
}

/** The same amount with every digit, for a tooltip. */
export function formatExactAmount(wei: bigint, symbol = 'ETH'): string {
  const fraction = (wei % 10n ** 18n).toString().padStart(18, '0').replace(/0+$/, '')
  return `${wei / 10n ** 18n}${fraction ? `.${fraction}` : ''} ${symbol}`
}
