/** What an amount is counted in. */
export type Token = { symbol: string; decimals: number }

/** The chain's own coin. */
export const coin: Token = { symbol: 'ETH', decimals: 18 }

/**
 * Amount for people: at most six digits after the point, no trailing zeros, `<0.000001` rather than a false zero.
 * @param units smallest unit of the token
 */
export function formatAmount(units: bigint, { symbol, decimals }: Token = coin): string {
  if (units < 0n) return `−${formatAmount(-units, { symbol, decimals })}`
  const shown = Math.min(6, decimals)
  const rounded = units / 10n ** BigInt(decimals - shown)
  if (rounded === 0n && units > 0n) return `<${(10 ** -shown).toFixed(shown)} ${symbol}`
  const fraction = digitsOf(rounded, shown)
  const whole = (rounded / 10n ** BigInt(shown)).toString().replace(/\B(?=(\d{3})+$)/g, '\u2009')
  return `${whole}${fraction && `.${fraction}`} ${symbol}`
}

/** The same amount with every digit, for a tooltip. */
export function formatExactAmount(units: bigint, { symbol, decimals }: Token = coin): string {
  const fraction = digitsOf(units, decimals)
  return `${units / 10n ** BigInt(decimals)}${fraction && `.${fraction}`} ${symbol}`
}

/** The digits after the point, without trailing zeros. */
function digitsOf(units: bigint, decimals: number): string {
  if (decimals === 0) return ''
  return (units % 10n ** BigInt(decimals)).toString().padStart(decimals, '0').replace(/0+$/, '')
}
