import { type CircuitBuilder, combine, one, wire } from '../circuitBuilder.ts'
import type { LinearCombination } from '../r1cs.ts'

/*
 * Unsigned value from bits:
 *
 *   (1) b_i · b_i = b_i           for each of n bits
 *   (2) value = Σ 2^i · b_i
 *
 * (1) leaves 0 and 1 only, so 0 ≤ value < 2^n, and for 2^n < r each value has one decomposition. (2) takes no row: the value
 * stands as a linear combination wherever it is used.
 */

/** Takes `count` boolean wires and constrains them by (1). @returns the first wire's number */
export function emitBits(builder: CircuitBuilder, count: number): number {
  const first = builder.takeWires(count)
  for (let bit = 0; bit < count; bit++) {
    const b = wire(first + bit)
    builder.constrain(b, b, b) // (1)
  }
  return first
}

/** (2) over the bits `from` (inclusive) to `to` (exclusive) of the wires at `first`, the lowest with weight one. */
export function bitsValue({ first, from, to }: { first: number; from: number; to: number }): LinearCombination {
  const count = Math.max(0, to - from)
  return {
    wires: Array.from({ length: count }, (_, index) => first + from + index),
    coefficients: Array.from({ length: count }, (_, index) => 1n << BigInt(index)),
  }
}

/** `lo` + (2): an element of a declared range of 2^bits values, as wires of its own and nothing else. */
export function emitRangedElement(
  builder: CircuitBuilder,
  { lo, bits }: { lo: number; bits: number },
): LinearCombination {
  const first = emitBits(builder, bits)
  return combine([
    [1n, bitsValue({ first, from: 0, to: bits })],
    [BigInt(lo), one],
  ])
}

/** The wires' values of `count` bits of a non-negative integer below 2^53, lowest first. */
export function bitsWitness(value: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, bit) => BigInt(Math.floor(value / 2 ** bit) % 2))
}
