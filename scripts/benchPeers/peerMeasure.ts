import type { ProcessMeasure } from './measureProcess.ts'
import type { VerifyGas } from './verifyGas.ts'

/** What one prover took for one model. Steps are whole processes; sizes are bytes. */
export type PeerMeasure = {
  /** everything that is done once for a model, one process after the other */
  setup: ProcessMeasure
  /** the prover alone: key and witness from files, proof to a file */
  prove: ProcessMeasure
  /** one more proof of a prover that keeps the key in memory; without such a prover, as `prove`. Memory is that of all its processes. */
  again: ProcessMeasure
  /** from the input to the proof, with the witness */
  answer: ProcessMeasure
  verify: ProcessMeasure
  provingKeyBytes: number
  verificationKeyBytes: number
  proofBytes: number
  onChain: VerifyGas
  /** size of the circuit in the prover's own measure */
  size: string
}

/** One after the other: times add up, memory is the largest. */
export function inSequence(measures: ProcessMeasure[]): ProcessMeasure {
  return {
    seconds: sum(measures.map(({ seconds }) => seconds)),
    cpuSeconds: unlessMissing(
      measures.map(({ cpuSeconds }) => cpuSeconds),
      sum,
    ),
    peakBytes: unlessMissing(
      measures.map(({ peakBytes }) => peakBytes),
      (peaks) => Math.max(...peaks),
    ),
  }
}

/** Of repeated runs: the median times, and the largest memory. */
export function typical(measures: ProcessMeasure[]): ProcessMeasure {
  return {
    ...inSequence(measures),
    seconds: median(measures.map(({ seconds }) => seconds)),
    cpuSeconds: unlessMissing(
      measures.map(({ cpuSeconds }) => cpuSeconds),
      median,
    ),
  }
}

function unlessMissing(values: (number | undefined)[], combine: (values: number[]) => number): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length < values.length ? undefined : combine(known)
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
