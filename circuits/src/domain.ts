import { power, scalarOrder } from './field.ts'

/**
 * How many rows a key's domain has: a power of two, as snarkjs knows it, or the smallest of 2^k, 3·2^k and 9·2^k, which only the
 * native prover proves with; a circuit just over a power of two then proves in little more than half the time.
 */
export type DomainKind = 'power-of-two' | 'mixed'

/** Most rows that a domain has. */
export const mostRows = 2 ** 27

// Generates the units of the scalar field as far as the factors 2^28 and 9 of their number go, 5 being a generator.
const generator = 5n

/** The generator, shared by prover and setup, of the subgroup of an order that divides 2^28 · 9. */
export function rootOfUnity(order: number): bigint {
  return power(generator, (scalarOrder - 1n) / BigInt(order))
}

/**
 * Size of the smallest domain that holds `rows`: constraints, and one row for wire one and each public signal.
 * @throws RangeError there are more than 2^27
 */
export function domainSizeOf(rows: number, kind: DomainKind): number {
  if (rows > mostRows) throw new RangeError(`${rows} rows are more than 2^27; use a smaller circuit.`)
  const odds = kind === 'mixed' ? [1, 3, 9] : [1]
  return Math.min(...odds.map((odd) => odd * 2 ** Math.max(1, Math.ceil(Math.log2(rows / odd)))))
}

/** The kind of a domain of `size` rows; undefined when there is none of that size. */
export function domainKindOf(size: number): DomainKind | undefined {
  if (!Number.isInteger(size) || size < 2 || size > mostRows) return undefined
  const kinds = ['power-of-two', 'mixed'] as const
  return kinds.find((kind) => domainSizeOf(size, kind) === size)
}
