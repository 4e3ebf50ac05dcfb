/** A share in basis points as people write it: `2.5 %`. */
export function formatBps(bps: number): string {
  return `${bps / 100} %`
}

/** Basis points of a percentage that somebody typed, with at most two digits after the point; undefined for anything else. */
export function parsePercent(text: string): number | undefined {
  const [, whole, fraction = ''] = /^(\d{1,3})(?:[.,](\d{0,2}))?$/.exec(text.trim()) ?? []
  return whole === undefined ? undefined : Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
}
