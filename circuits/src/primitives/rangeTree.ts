/** Answers what the least and the greatest entries of a table between two places are. */
export type RangeTree = (from: number, to: number) => { lo: number; hi: number }

/**
 * A segment tree over the entries: built in linear time, asked in logarithmic, so that a graph from a stranger with many look-ups
 * in a long table is bounded in good time.
 * @returns a function of the first and the last place, both included
 */
export function rangeTree(entries: Int32Array): RangeTree {
  const size = entries.length
  const [lo, hi] = [new Int32Array(2 * size), new Int32Array(2 * size)]
  lo.set(entries, size)
  hi.set(entries, size)
  for (let node = size - 1; node > 0; node--) {
    lo[node] = Math.min(lo[2 * node] ?? 0, lo[2 * node + 1] ?? 0)
    hi[node] = Math.max(hi[2 * node] ?? 0, hi[2 * node + 1] ?? 0)
  }
  return (from, to) => {
    const range = { lo: 2 ** 31, hi: -(2 ** 31) }
    const take = (node: number) => {
      range.lo = Math.min(range.lo, lo[node] ?? 0)
      range.hi = Math.max(range.hi, hi[node] ?? 0)
    }
    let [left, right] = [from + size, to + size + 1]
    while (left < right) {
      if (left % 2 === 1) take(left++)
      if (right % 2 === 1) take(--right)
      left = left >> 1
      right = right >> 1
    }
    return range
  }
}
