import { elementBytes } from './binFile.ts'
import { domainSizeOf } from './domain.ts'
import { nativeProverMemory, proverMemory } from './proverMemory.ts'
import { nativeProverTime, proverTime } from './proverTime.ts'
import { countSignals } from './qap.ts'
import type { R1cs } from './r1cs.ts'
import { coefficientBytes, g1Bytes, g2Bytes, zkeyHeaderBytes } from './zkey.ts'

/** What a circuit costs to set up, to hold and to prove. */
export type CircuitCost = {
  constraints: number
  wires: number
  /** public signals */
  signals: number
  /** size of the evaluation domain: the power of two that holds the constraints and the public signals */
  domain: number
  /** constraints that would still fit the domain */
  headroom: number
  /** of the proving key, without its contributions */
  zkeyBytes: number
  /** as the market stores it */
  verificationKeyBytes: number
  /** processor time of one proof by snarkjs with the key in memory, as {@link proverTime} estimates it */
  provingMs: number
  /** MiB at most beyond a bare process, as {@link proverMemory} bounds it */
  provingMb: number
  /** the same by the native prover, as {@link nativeProverTime} estimates and {@link nativeProverMemory} bounds it */
  nativeProvingMs: number
  nativeProvingMb: number
  threads: number
}

/** Bytes of a zkey around its sections: magic, version, count, and type and length of each of ten. */
const frameBytes = 12 + 10 * 12
/** Points of a verification key beside its IC, each twice the size of one of G1 where it is of G2. */
const fixedPoints = 7

/**
 * The sizes of a circuit's keys, exactly, and what a proof takes, as measured.
 * @param threads that the prover uses
 */
export function circuitCost(r1cs: R1cs, { threads = 4 }: { threads?: number } = {}): CircuitCost {
  const constraints = r1cs.constraints.length
  const [signals, wires] = [countSignals(r1cs), r1cs.wireCount]
  const rows = constraints + signals + 1
  const domain = domainSizeOf(rows, 'power-of-two')
  const terms = r1cs.constraints.reduce((sum, { a, b }) => sum + a.wires.length + b.wires.length, 0)
  const coefficientCount = terms + signals + 1
  const size = { wireCount: wires, domainSize: domain, coefficientCount, threads }
  const points = g1Bytes * (signals + 1 + 2 * wires + (wires - signals - 1) + domain) + g2Bytes * wires
  return {
    ...{ constraints, wires, signals, domain, headroom: domain - rows },
    zkeyBytes: frameBytes + 4 + zkeyHeaderBytes + points + 4 + coefficientCount * coefficientBytes,
    verificationKeyBytes: 2 * elementBytes * (fixedPoints + signals + 1),
    ...{ provingMs: proverTime(size), provingMb: proverMemory(size), threads },
    ...{ nativeProvingMs: nativeProverTime(size), nativeProvingMb: nativeProverMemory(size) },
  }
}
