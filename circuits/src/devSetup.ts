import { createHash } from 'node:crypto'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { type BinFileSection, elementBytes, encodeBinFile, putElement, viewOf } from './binFile.ts'
import type { DomainKind } from './domain.ts'
import { baseOrder, inverse, mod, scalarOrder } from './field.ts'
import { multiplyGenerators } from './multiplyGenerators.ts'
import { countSignals, evaluateQap } from './qap.ts'
import { coefficientAt, encodeR1cs, type R1cs } from './r1cs.ts'
import { type VerificationKey, verificationKeyFromZkey } from './verificationKey.ts'
import { g1Bytes, g2Bytes, zkeyHeaderBytes, zkeySections } from './zkey.ts'

/** Words that every key of {@link devSetup} carries: first bytes of its zkey's contribution section. */
export const devSetupLabel = 'assay insecure-dev setup'

/** What {@link devSetup} may be told. */
export type DevSetupOptions = {
  /** The setup's secret, in clear; default: `insecure-dev`. The same secret and circuit give the same key. */
  secret?: string
  /** Whether the domain is a power of two, as snarkjs needs it (default), or the smallest that the native prover knows. */
  domain?: DomainKind
  /** Worker threads; default: all processors, at most four. */
  threads?: number
  /** Called with the done share, 0 … 1. */
  onProgress?: (share: number) => void
  /** What multiplies the points; default: the native program where it was built, which gives the same bytes. */
  program?: 'native' | 'threads'
}

/** A development key and the hash that stands for its setup in a manifest. */
export type DevSetup = { zkey: Uint8Array; verificationKey: VerificationKey; transcriptHash: `0x${string}` }

/**
 * Makes a complete Groth16 proving key (snarkjs `.zkey` over BN254) in seconds, from a KNOWN secret (node only).
 * Warning: whoever knows the secret forges proofs of anything. The key is `insecure-dev`: for local chains and tests only.
 * As in snarkjs' own keys gamma is one; delta is not.
 * @returns the zkey's bytes, the verification key in it, and keccak256(label ‖ keccak256(secret) ‖ sha256(.r1cs))
 * @throws RangeError a constraint names a wire the circuit does not have, or there are more than 2^27 rows
 * @throws ProcessFailedError, LimitExceededError the native program failed
 */
export async function devSetup(r1cs: R1cs, options: DevSetupOptions = {}): Promise<DevSetup> {
  const secretHash = keccak_256(utf8ToBytes(options.secret ?? 'insecure-dev'))
  const r1csHash = createHash('sha256').update(encodeR1cs(r1cs)).digest()
  const transcript = keccak_256(concatBytes(utf8ToBytes(devSetupLabel), secretHash, r1csHash))
  const tau = derive(secretHash, 'tau')
  const alpha = derive(secretHash, 'alpha')
  const beta = derive(secretHash, 'beta')
  const delta = derive(secretHash, 'delta')

  const signalCount = countSignals(r1cs)
  const qap = evaluateQap(r1cs, { tau, domain: options.domain ?? 'power-of-two' })
  const overDelta = inverse(delta)
  const combined = qap.a.map((a, wire) => mod(beta * a + alpha * (qap.b[wire] ?? 0n) + (qap.c[wire] ?? 0n)))
  const g1Lists = {
    header: [alpha, beta, delta],
    ic: combined.slice(0, signalCount + 1),
    a: qap.a,
    b1: qap.b,
    c: combined.slice(signalCount + 1).map((value) => mod(value * overDelta)),
    h: qap.h.map((value) => mod(value * overDelta)),
  }
  const g1Scalars = Object.values(g1Lists).flat()
  const g2Scalars = [beta, 1n, delta, ...qap.b]
  const points = await multiplyGenerators({ g1: g1Scalars, g2: g2Scalars }, options)

  let taken = 0
  const takeG1 = ({ length }: readonly bigint[]) => {
    taken += length
    return points.g1.subarray((taken - length) * g1Bytes, taken * g1Bytes)
  }
  // Taken in the order in which the lists were joined.
  const headerPoints = takeG1(g1Lists.header)
  const sections: BinFileSection[] = [
    { id: zkeySections.protocol, bytes: Uint8Array.of(1, 0, 0, 0) },
    { id: zkeySections.header, bytes: encodeHeader(r1cs, qap.domainSize, headerPoints, points.g2) },
    { id: zkeySections.ic, bytes: takeG1(g1Lists.ic) },
    { id: zkeySections.coefficients, bytes: encodeCoefficients(r1cs) },
    { id: zkeySections.a, bytes: takeG1(g1Lists.a) },
    { id: zkeySections.b1, bytes: takeG1(g1Lists.b1) },
    { id: zkeySections.b2, bytes: points.g2.subarray(3 * g2Bytes) },
    { id: zkeySections.c, bytes: takeG1(g1Lists.c) },
    { id: zkeySections.h, bytes: takeG1(g1Lists.h) },
    { id: zkeySections.contributions, bytes: encodeContributions(transcript) },
  ]
  const zkey = encodeBinFile('zkey', 1, sections)
  return { zkey, verificationKey: verificationKeyFromZkey(zkey), transcriptHash: `0x${bytesToHex(transcript)}` }
}

/** A scalar from the secret: 512 bits of keccak reduced mod r, so its bias is below 2^-256. */
function derive(secretHash: Uint8Array, name: string): bigint {
  const half = (part: number) =>
    keccak_256(concatBytes(utf8ToBytes(`${devSetupLabel} ${name}`), secretHash, Uint8Array.of(part)))
  return BigInt(`0x${bytesToHex(concatBytes(half(0), half(1)))}`) % scalarOrder
}

function encodeHeader(r1cs: R1cs, domainSize: number, g1: Uint8Array, g2: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(zkeyHeaderBytes)
  const view = viewOf(bytes)
  view.setUint32(0, elementBytes, true)
  putElement(view, 4, baseOrder)
  view.setUint32(36, elementBytes, true)
  putElement(view, 40, scalarOrder)
  view.setUint32(72, r1cs.wireCount, true)
  view.setUint32(76, countSignals(r1cs), true)
  view.setUint32(80, domainSize, true)
  bytes.set(g1.subarray(0, 2 * g1Bytes), 84) // alpha, beta
  bytes.set(g2.subarray(0, 2 * g2Bytes), 212) // beta, gamma
  bytes.set(g1.subarray(2 * g1Bytes), 468) // delta
  bytes.set(g2.subarray(2 * g2Bytes, 3 * g2Bytes), 532) // delta
  return bytes
}

/**
 * Section 4: every term of A and B as u32 matrix, u32 row, u32 wire and the coefficient times 2^512 mod r (one Montgomery
 * multiplication with a plain witness value then gives the product in Montgomery form), with the rows that bind public signals.
 */
function encodeCoefficients(r1cs: R1cs): Uint8Array {
  const signalCount = countSignals(r1cs)
  const termCount = r1cs.constraints.reduce((sum, { a, b }) => sum + a.wires.length + b.wires.length, signalCount + 1)
  const bytes = new Uint8Array(4 + termCount * (12 + elementBytes))
  const view = viewOf(bytes)
  view.setUint32(0, termCount, true)
  let offset = 4
  const put = (matrix: number, row: number, wire: number, coefficient: bigint) => {
    view.setUint32(offset, matrix, true)
    view.setUint32(offset + 4, row, true)
    view.setUint32(offset + 8, wire, true)
    putElement(view, offset + 12, (coefficient << 512n) % scalarOrder)
    offset += 12 + elementBytes
  }
  for (const [row, { a, b }] of r1cs.constraints.entries()) {
    for (const [matrix, combination] of [a, b].entries()) {
      for (const [term, wire] of combination.wires.entries()) put(matrix, row, wire, coefficientAt(combination, term))
    }
  }
  for (let wire = 0; wire <= signalCount; wire++) put(0, r1cs.constraints.length + wire, wire, 1n)
  return bytes
}

/** Section 10: 64 bytes that stand for the circuit (here the label, then the transcript's hash) and no contributions. */
function encodeContributions(transcript: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(64 + 4)
  bytes.set(utf8ToBytes(devSetupLabel), 0)
  bytes.set(transcript, 32)
  return bytes
}
