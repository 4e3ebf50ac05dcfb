import { inverse } from './field.ts'
import { weightedSum } from './primitives/window.ts'
import type { Tape } from './tape.ts'

/** Where a witness' values go, one wire after the other: integers, of which field elements are made. */
export type WireValues = { push: (value: number | bigint) => number }

/** The tape that computes the wires' values for one input. @param wires whose first are already taken; `push` gives how many there are */
export function integerTape(wires: WireValues): Tape {
  /** Pushes 1 for each wire that is one. */
  const takeFlags = (count: number, isOne: (index: number) => boolean) => {
    const values: number[] = []
    let end = 0
    for (let index = 0; index < count; index++) {
      const value = isOne(index) ? 1 : 0
      values.push(value)
      end = wires.push(value)
    }
    return { first: end - count, values }
  }
  return {
    constant: (value) => value,
    sum(terms, offset) {
      let value = offset
      for (const [factor, of] of terms) value += factor * of.value
      return value
    },
    product: (left, right) => left * right,
    digits: (value, { from, count }) => Math.floor(value / 2 ** from) % 2 ** count,
    entry: (entries, at) => entries[at] ?? 0,
    weightedSums(operand, sums) {
      const values = Int32Array.from(operand, ({ value }) => value)
      return (element) => weightedSum(values, { ...sums, element })
    },
    take: (value) => wires.push(value) - 1,
    takeBits(value, count) {
      let end = 0
      for (let bit = 0; bit < count; bit++) end = wires.push(Math.floor(value / 2 ** bit) % 2)
      return end - count
    },
    takeIsZero(value) {
      const isZero = value === 0 ? 1 : 0
      const first = wires.push(isZero === 1 ? 0 : inverse(BigInt(value))) - 1
      wires.push(isZero)
      return { first, values: [isZero] }
    },
    takeOneHot: (position, count) => takeFlags(count, (index) => index === position),
    takeDescending: (ones, count) => takeFlags(count, (index) => index < ones),
  }
}
