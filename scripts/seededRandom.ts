/** Gives the next number of a sequence, uniform in [0, 1). */
export type Random = () => number

/**
 * A small generator whose whole sequence follows from a 32-bit seed, the same on every machine. Not for secrets.
 * Source: mulberry32 by Tommy Ettinger (public domain).
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Shuffles in place with Fisher and Yates' method and returns the same array. */
export function shuffle<T>(items: T[], random: Random): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    // both indices are in range, so neither value is missing
    const [a, b] = [items[last] as T, items[other] as T]
    items[last] = b
    items[other] = a
  }
  return items
}

/** A sample of the normal distribution with mean 0 and deviation 1 (Box and Muller's method). */
export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
