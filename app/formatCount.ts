/**
 * A whole number with a comma after each three digits.
 * By hand, because `toLocaleString` and `Intl` load the browser's tables of languages at their first call, which holds a phone up for longer than
 * all else that a page does at once.
 */
export function formatCount(count: number | bigint): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
