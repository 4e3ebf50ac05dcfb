import type { ProverKind } from './chooseProver.ts'
import type { ProverSize } from './proverMemory.ts'
import { proverTime } from './proverTime.ts'

/** What a proof's time depends on besides the machine. */
export type ProofSize = Pick<ProverSize, 'wireCount' | 'domainSize'>

/** A prover on a machine: `factor` is how many times longer proofs take there than where the estimates were measured. */
export type ProofSpeed = { kind: ProverKind; threads: number; factor: number }

/** Milliseconds on the clock: of a proof with the key in memory, and of one whose prover has to be started first. */
export type ProofEstimate = { warmMs: number; coldMs: number }

/** Least-squares fit to the processor times of one thread in docs/prover.md; within a quarter of each. */
const native = { proof: 14, perRow: 1 / 258, perWire: 1 / 195 }
/** Start of a native prover with its table, from the same table; and of snarkjs, which reads the key and starts its threads. */
const start = { native: { ms: 60, perRow: 0.09 }, snarkjs: { ms: 800, perRow: 0.01 } }
/** Two threads were 1.57 times as fast as one. */
const threadsExponent = 0.65

/** The size of a circuit of which only the number of constraints is known. */
export function proofSizeOf(constraints: number): ProofSize {
  return { wireCount: constraints, domainSize: 2 ** Math.ceil(Math.log2(constraints + 1)) }
}

/** What a proof of this size takes, before one was measured. */
export function estimateProof(
  { wireCount, domainSize }: ProofSize,
  { kind, threads, factor }: ProofSpeed,
): ProofEstimate {
  const single =
    kind === 'native'
      ? native.proof + domainSize * native.perRow + wireCount * native.perWire
      : proverTime({ wireCount, domainSize })
  const scale = factor / threads ** threadsExponent
  const warmMs = single * scale
  const { ms, perRow } = start[kind]
  return { warmMs: Math.round(warmMs), coldMs: Math.round(warmMs + ms * factor + domainSize * perRow * scale) }
}
