/** Text of a stranger, cut to a length, without control and direction characters that could disguise what follows it. */
export function shortText(text: string, limit: number): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]+/gu, ' ').trim()
  const letters = Array.from(plain)
  return letters.length > limit ? `${letters.slice(0, limit - 1).join('')}…` : plain
}

/** `0x1234…abcd` of an address, id or hash. */
export function shortHex(hex: string): string {
  return hex.length > 13 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex
}
