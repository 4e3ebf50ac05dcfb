import { baseOrder } from './field.ts'
import type { Fp2, G1Point, G2Point } from './points.ts'

/**
 * A Groth16 proof over BN254: affine points A, C of G1 and B of G2.
 * Warning: Groth16 is malleable. Whoever sees a proof can make others of the same statement, such as (-A, -B, C); a proof's
 * bytes identify nothing. What a proof says is bound by its public signals alone.
 */
export type Proof = { a: G1Point; b: G2Point; c: G1Point }

/** A proof as the market's eight words: A (x, y), B (x1, x0, y1, y0; imaginary part first), C (x, y). */
export type ProofWords = [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint]

/** Bytes of an encoded proof. */
export const proofBytes = 256

/** Something offered as a proof does not have a proof's form. */
export class ProofFormatError extends Error {
  override readonly name = 'ProofFormatError'
  readonly field: string
  readonly fact: string

  constructor({ field, fact }: { field: string; fact: string }) {
    super(`The proof's ${field} ${fact}. Make the proof again, or copy all of it.`)
    this.field = field
    this.fact = fact
  }
}

/** The eight words the market takes for a proof (layout in IProofVerifier). */
export function encodeProof({ a, b, c }: Proof): ProofWords {
  return [a.x, a.y, b.x.c1, b.x.c0, b.y.c1, b.y.c0, c.x, c.y]
}

/**
 * Reads a proof from the market's eight words. Says nothing of its validity: `verify` does.
 * @throws {@link ProofFormatError} other than eight words, or a word that is not in 0 … p - 1
 */
export function decodeProof(words: readonly bigint[]): Proof {
  const [ax, ay, bx1, bx0, by1, by0, cx, cy] = words
  if (
    words.length !== 8 ||
    ax === undefined ||
    ay === undefined ||
    bx1 === undefined ||
    bx0 === undefined ||
    by1 === undefined ||
    by0 === undefined ||
    cx === undefined ||
    cy === undefined
  ) {
    throw new ProofFormatError({ field: 'length', fact: `is ${words.length} words where 8 are needed` })
  }
  for (const [index, word] of words.entries()) checkCoordinate(`word ${index}`, word)
  return { a: { x: ax, y: ay }, b: { x: { c0: bx0, c1: bx1 }, y: { c0: by0, c1: by1 } }, c: { x: cx, y: cy } }
}

/** A proof as 256 bytes: the market's eight words, big-endian. */
export function encodeProofBytes(proof: Proof): Uint8Array {
  const bytes = new Uint8Array(proofBytes)
  for (const [index, word] of encodeProof(proof).entries()) {
    checkCoordinate(`word ${index}`, word)
    for (let byte = 0; byte < 32; byte++) bytes[index * 32 + byte] = Number((word >> BigInt(8 * (31 - byte))) & 255n)
  }
  return bytes
}

/**
 * Reads a proof from 256 bytes.
 * @throws {@link ProofFormatError} another length, or a coordinate not below p
 */
export function decodeProofBytes(bytes: Uint8Array): Proof {
  if (bytes.length !== proofBytes) {
    throw new ProofFormatError({ field: 'length', fact: `is ${bytes.length} bytes where ${proofBytes} are needed` })
  }
  const words = Array.from({ length: 8 }, (_, index) =>
    bytes.subarray(index * 32, index * 32 + 32).reduce((word, byte) => (word << 8n) | BigInt(byte), 0n),
  )
  return decodeProof(words)
}

/** A proof as snarkjs writes it to `proof.json`: decimal strings, projective coordinates, real part first. */
export type SnarkjsProof = {
  pi_a: [string, string, string]
  pi_b: [[string, string], [string, string], [string, string]]
  pi_c: [string, string, string]
  protocol: 'groth16'
  curve: 'bn128'
}

/** The proof in snarkjs' own JSON shape, for its `groth16 verify`. */
export function toSnarkjsProof({ a, b, c }: Proof): SnarkjsProof {
  const pair = ({ c0, c1 }: Fp2): [string, string] => [c0.toString(), c1.toString()]
  return {
    pi_a: [a.x.toString(), a.y.toString(), '1'],
    pi_b: [pair(b.x), pair(b.y), ['1', '0']],
    pi_c: [c.x.toString(), c.y.toString(), '1'],
    protocol: 'groth16',
    curve: 'bn128',
  }
}

/**
 * Reads the proof snarkjs writes (`proof.json`, parsed), strictly: exactly its five members, canonical decimal strings below p,
 * affine points. Says nothing of its validity: `verify` does.
 * @throws {@link ProofFormatError} naming the member that is wrong
 */
export function fromSnarkjsProof(json: unknown): Proof {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ProofFormatError({ field: 'JSON', fact: 'is not an object' })
  }
  const members = new Map<string, unknown>(Object.entries(json))
  const names = ['pi_a', 'pi_b', 'pi_c', 'protocol', 'curve']
  for (const name of members.keys()) {
    if (!names.includes(name))
      throw new ProofFormatError({ field: JSON.stringify(name), fact: 'is not a member of a proof' })
  }
  if (members.get('protocol') !== 'groth16') {
    throw new ProofFormatError({ field: 'protocol', fact: `is ${shown(members.get('protocol'))} instead of "groth16"` })
  }
  if (members.get('curve') !== 'bn128') {
    throw new ProofFormatError({ field: 'curve', fact: `is ${shown(members.get('curve'))} instead of "bn128"` })
  }
  return {
    a: readG1('pi_a', members.get('pi_a')),
    b: readG2('pi_b', members.get('pi_b')),
    c: readG1('pi_c', members.get('pi_c')),
  }
}

function readG1(field: string, value: unknown): G1Point {
  const [x, y, z] = readList(field, value, 3)
  if (z !== '1') throw new ProofFormatError({ field: `${field}[2]`, fact: `is ${shown(z)} instead of "1"` })
  return { x: readCoordinate(`${field}[0]`, x), y: readCoordinate(`${field}[1]`, y) }
}

function readG2(field: string, value: unknown): G2Point {
  const [x, y, z] = readList(field, value, 3)
  const [z0, z1] = readList(`${field}[2]`, z, 2)
  if (z0 !== '1' || z1 !== '0') {
    throw new ProofFormatError({ field: `${field}[2]`, fact: `is ${shown(z)} instead of ["1","0"]` })
  }
  return { x: readPair(`${field}[0]`, x), y: readPair(`${field}[1]`, y) }
}

function readPair(field: string, value: unknown): Fp2 {
  const [c0, c1] = readList(field, value, 2)
  return { c0: readCoordinate(`${field}[0]`, c0), c1: readCoordinate(`${field}[1]`, c1) }
}

function readList(field: string, value: unknown, length: number): unknown[] {
  if (!Array.isArray(value) || value.length !== length) {
    throw new ProofFormatError({ field, fact: `is ${shown(value)} instead of a list of ${length}` })
  }
  return value
}

function readCoordinate(field: string, value: unknown): bigint {
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,76})$/.test(value)) {
    throw new ProofFormatError({ field, fact: `is ${shown(value)} instead of a decimal string` })
  }
  const coordinate = BigInt(value)
  checkCoordinate(field, coordinate)
  return coordinate
}

function checkCoordinate(field: string, value: bigint): void {
  if (value < 0n || value >= baseOrder) {
    throw new ProofFormatError({ field, fact: `is ${value}, which is not below the base field's order` })
  }
}

/** A foreign value in a message, short enough for one line. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
