import type { WeightedWindow } from './primitives/window.ts'

/** What stands for an element's value: the integer itself, the register in which a program has it, or nothing in rows. */
export type Value = number

/** Consecutive wires from `first`, and what they hold. */
export type TakenWires = { first: number; values: readonly Value[] }

/**
 * Where a circuit takes its wires, and what it computes their values with: a tape of rows only numbers them, one of integers
 * computes them (witness.ts), and one of a program writes down how (witnessProgram.ts). The same calls reach all three, so that
 * there is one set of rules. All integers stay below 2^53.
 */
export type Tape = {
  /** an integer that is the same for every input */
  constant(value: number): Value
  /** Σ factor · value + offset */
  sum(terms: readonly (readonly [factor: number, of: { readonly value: Value }])[], offset: number): Value
  /** left · right */
  product(left: Value, right: Value): Value
  /** ⌊value / 2^from⌋ mod 2^count, of a value that is not negative */
  digits(value: Value, place: { from: number; count: number }): Value
  /** entries[at] */
  entry(entries: readonly number[], at: Value): Value
  /** sums over a window with constant weights, one for each element */
  weightedSums(
    operand: readonly { readonly value: Value }[],
    sums: WeightedWindow & { count: number },
  ): (element: number) => Value
  /** takes a wire for a value. @returns its number */
  take(value: Value): number
  /** takes `count` wires for a value's lowest bits, lowest first. @returns the first one's number */
  takeBits(value: Value, count: number): number
  /** takes two wires: the value's inverse in the field, or 0, and whether the value is 0, which alone is given back */
  takeIsZero(value: Value): TakenWires
  /** takes `count` wires of which the one at `position` is 1, all others 0 */
  takeOneHot(position: Value, count: number): TakenWires
  /** takes `count` wires of which the first `ones` are 1, all others 0 */
  takeDescending(ones: Value, count: number): TakenWires
}

/** The tape of a circuit that makes rows: it takes wires and knows no values. */
export function rowTape(takeWires: (count: number) => number): Tape {
  const group = (count: number) => ({ first: takeWires(count), values: new Array<Value>(count).fill(0) })
  const none = () => 0
  return {
    ...{ constant: none, sum: none, product: none, digits: none, entry: none },
    weightedSums: () => none,
    take: () => takeWires(1),
    takeBits: (_, count) => takeWires(count),
    takeIsZero: () => ({ first: takeWires(2), values: [0] }),
    takeOneHot: (_, count) => group(count),
    takeDescending: (_, count) => group(count),
  }
}
