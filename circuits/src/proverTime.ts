import type { ProverSize } from './proverMemory.ts'

/** Least-squares fit to the table of {@link proverTime}. */
const milliseconds = { proof: 130, perRow: 1 / 20, perWire: 1 / 50 }

/**
 * Processor time of one proof by snarkjs with the key in memory, in milliseconds, within a quarter of what was measured. Threads divide it:
 * it is what a proof takes on the clock with one thread and a free core. Reading the key and verifying the proof come on top.
 * Measured by `scripts/measureProver.ts` with snarkjs 0.7.6 on Node 24, one thread of an AMD EPYC, least of five:
 *
 * | wires | domain | ms | estimate |
 * |---|---|---|---|
 * | 723 | 2^10 | 190 | 196 |
 * | 3,925 | 2^12 | 430 | 413 |
 * | 4,922 | 2^13 | 710 | 638 |
 * | 8,694 | 2^14 | 1,240 | 1,123 |
 * | 18,446 | 2^15 | 2,110 | 2,137 |
 * | 84,678 | 2^17 | 7,400 | 8,377 |
 */
export function proverTime({ wireCount, domainSize }: Pick<ProverSize, 'wireCount' | 'domainSize'>): number {
  return Math.round(milliseconds.proof + domainSize * milliseconds.perRow + wireCount * milliseconds.perWire)
}

/** Least-squares fit to the table of {@link nativeProverTime}. */
const nativeMilliseconds = { proof: 16, perRow: 1 / 300, perWire: 1 / 160 }

/**
 * Processor time of one proof by the native prover with the key in memory, in milliseconds, within a tenth of what was measured.
 * Measured by `npm run bench:prover` (docs/prover.md), one thread of an AMD EPYC beside other work:
 *
 * | wires | domain | ms | estimate |
 * |---|---|---|---|
 * | 723 | 2^10 | 24 | 24 |
 * | 4,922 | 2^13 | 79 | 74 |
 * | 18,446 | 2^15 | 240 | 241 |
 * | 84,678 | 2^17 | 981 | 982 |
 */
export function nativeProverTime({ wireCount, domainSize }: Pick<ProverSize, 'wireCount' | 'domainSize'>): number {
  const { proof, perRow, perWire } = nativeMilliseconds
  return Math.round(proof + domainSize * perRow + wireCount * perWire)
}
