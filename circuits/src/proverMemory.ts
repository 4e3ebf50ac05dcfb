/** What the memory of a prover depends on: the key's counts, and the threads snarkjs may start. */
export type ProverSize = { wireCount: number; domainSize: number; coefficientCount: number; threads: number }

/**
 * A bound on the memory a proof takes, in MiB beyond what bare Node processes of as many threads reserve: the resident key, the
 * copies snarkjs makes of it for its threads, and what the garbage collector has not yet taken back.
 * Measured with snarkjs 0.7.6 on Node 24 (RLIMIT_DATA, the largest of several proofs in one process, against this bound):
 *
 * | wires | domain | 1 thread | bound | 4 threads | bound |
 * |---|---|---|---|---|---|
 * | 1,103 | 2^10 | 122 | 182 | 78 | 330 |
 * | 8,103 | 2^13 | 129 | 219 | 224 | 393 |
 * | 15,103 | 2^14 | 138 | 257 | 264 | 458 |
 * | 30,103 | 2^15 | 218 | 338 | 378 | 594 |
 * | 60,003 | 2^14 | 277 | 411 | 523 | 742 |
 * | 60,103 | 2^16 | 307 | 499 | 538 | 867 |
 */
export function proverMemory({ wireCount, domainSize, coefficientCount, threads }: ProverSize): number {
  const perWireKb = 2.5 + threads
  const perRowKb = 1 + threads / 4
  const perCoefficientKb = 1 / 8
  const sizedKb = wireCount * perWireKb + domainSize * perRowKb + coefficientCount * perCoefficientKb
  return Math.ceil(128 + 48 * threads + sizedKb / 1024)
}

/**
 * A bound on the memory a proof by the native prover takes, in MiB, without the table it may keep; the key itself is a file that
 * the system maps, and counts for nothing. Measured by `npm run bench:prover`.
 * @param size `programBytes` of a witness program, if it is given one
 */
export function nativeProverMemory(size: ProverSize & { programBytes?: number }): number {
  const { wireCount, domainSize, coefficientCount, threads, programBytes = 0 } = size
  const perWire = 256
  const perRow = 1024
  const perCoefficient = 24
  const perProgramByte = 16
  const program = programBytes * perProgramByte
  const sized = wireCount * perWire + domainSize * perRow + coefficientCount * perCoefficient + program
  return Math.ceil(16 + 4 * threads + sized / 2 ** 20)
}
