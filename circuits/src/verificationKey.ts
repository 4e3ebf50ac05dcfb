import { type Fp2, type G1Point, type G2Point, g2Generator, isG1Point, isG2Point, sameG2Point } from './points.ts'
import { readZkeyHeader } from './zkey.ts'

/** A Groth16 verification key over BN254; `ic` has one point more than there are public signals. */
export type VerificationKey = { alpha1: G1Point; beta2: G2Point; gamma2: G2Point; delta2: G2Point; ic: G1Point[] }

// The market holds a key as contract code: 24,575 bytes at most (EIP-170, and a zero byte before it).
const mostIcPoints = 376

/** The key's bytes are not 14 words and two or more IC points, or are more than the market can store. */
export class VerificationKeyLengthError extends Error {
  override readonly name = 'VerificationKeyLengthError'
  readonly bytes: number

  constructor(bytes: number) {
    super(
      `The verification key has ${bytes} bytes; it must have 448 and 64 for each IC point, of which there are 2 to ${mostIcPoints}.`,
    )
    this.bytes = bytes
  }
}

/** A point of the key is zero, off its curve or outside its subgroup. Index: 0 alpha, 1 beta, 2 gamma, 3 delta, 4… IC. */
export class VerificationKeyPointError extends Error {
  override readonly name = 'VerificationKeyPointError'
  readonly index: number

  constructor(index: number) {
    const point = ['alpha', 'beta', 'gamma', 'delta'][index] ?? `IC ${index - 4}`
    super(`Point ${point} of the verification key is zero, off its curve or outside its subgroup; use another key.`)
    this.index = index
  }
}

/** Delta equals gamma or the generator: nobody contributed to the setup, so anyone can forge proofs. */
export class VerificationKeySetupError extends Error {
  override readonly name = 'VerificationKeySetupError'
  readonly delta2: G2Point

  constructor(delta2: G2Point) {
    super(
      'The verification key has a delta nobody contributed to, so anyone can forge proofs; contribute to its setup first.',
    )
    this.delta2 = delta2
  }
}

const wordBytes = 32

/** The bytes the market stores: 32-byte big-endian words, G2 imaginary part first (layout in IProofVerifier). */
export function encodeVerificationKey({ alpha1, beta2, gamma2, delta2, ic }: VerificationKey): Uint8Array {
  const g1 = ({ x, y }: G1Point) => [x, y]
  const g2 = ({ x, y }: G2Point) => [x.c1, x.c0, y.c1, y.c0]
  const words = [...g1(alpha1), ...g2(beta2), ...g2(gamma2), ...g2(delta2), ...ic.flatMap(g1)]
  const bytes = new Uint8Array(words.length * wordBytes)
  const view = new DataView(bytes.buffer)
  for (const [index, word] of words.entries()) {
    for (let part = 0; part < 4; part++) {
      view.setBigUint64(index * wordBytes + part * 8, BigInt.asUintN(64, word >> BigInt(192 - 64 * part)))
    }
  }
  return bytes
}

/**
 * Reads the market's bytes of a verification key; {@link checkVerificationKey} says whether its points may be trusted.
 * @throws {@link VerificationKeyLengthError}
 */
export function decodeVerificationKey(bytes: Uint8Array): VerificationKey {
  const icCount = bytes.length / (2 * wordBytes) - 7
  if (!Number.isInteger(icCount) || icCount < 2 || icCount > mostIcPoints) {
    throw new VerificationKeyLengthError(bytes.length)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const word = (index: number) => {
    let value = 0n
    for (let part = 0; part < 4; part++) value = (value << 64n) | view.getBigUint64(index * wordBytes + part * 8)
    return value
  }
  const g1 = (index: number): G1Point => ({ x: word(index), y: word(index + 1) })
  const g2 = (index: number): G2Point => ({
    x: { c1: word(index), c0: word(index + 1) },
    y: { c1: word(index + 2), c0: word(index + 3) },
  })
  return {
    alpha1: g1(0),
    beta2: g2(2),
    gamma2: g2(6),
    delta2: g2(10),
    ic: Array.from({ length: icCount }, (_, index) => g1(14 + 2 * index)),
  }
}

/**
 * The verification key inside a Groth16 zkey; {@link checkVerificationKey} says whether its points may be trusted.
 * @throws BinFileInvalidError the zkey is truncated or not a Groth16 zkey over BN254
 */
export function verificationKeyFromZkey(zkey: Uint8Array): VerificationKey {
  const header = readZkeyHeader((offset, length) => zkey.subarray(offset, offset + length), zkey.length)
  const { alpha1, beta2, gamma2, delta2, ic } = header
  return { alpha1, beta2, gamma2, delta2, ic }
}

/** A verification key as snarkjs writes it to JSON, without `vk_alphabeta_12`, which its verifier does not read. */
export type SnarkjsKey = {
  protocol: 'groth16'
  curve: 'bn128'
  nPublic: number
  vk_alpha_1: string[]
  vk_beta_2: string[][]
  vk_gamma_2: string[][]
  vk_delta_2: string[][]
  IC: string[][]
}

/** The key in snarkjs' own JSON shape, for its `groth16 verify`. */
export function toSnarkjsKey({ alpha1, beta2, gamma2, delta2, ic }: VerificationKey): SnarkjsKey {
  const g1 = ({ x, y }: G1Point) => [x.toString(), y.toString(), '1']
  const pair = ({ c0, c1 }: Fp2) => [c0.toString(), c1.toString()]
  const g2 = ({ x, y }: G2Point) => [pair(x), pair(y), ['1', '0']]
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: ic.length - 1,
    vk_alpha_1: g1(alpha1),
    vk_beta_2: g2(beta2),
    vk_gamma_2: g2(gamma2),
    vk_delta_2: g2(delta2),
    IC: ic.map(g1),
  }
}

/**
 * Refuses a key that could not bind anything, by the rules the market's contract has too.
 * It cannot tell who knows the setup's secret: `setup` in the manifest says that.
 * @throws {@link VerificationKeyLengthError} fewer than two IC points, or more than the market can store
 * @throws {@link VerificationKeyPointError} a point that is zero, off its curve or outside its subgroup
 * @throws {@link VerificationKeySetupError} delta is gamma or the generator
 */
export function checkVerificationKey(vk: VerificationKey): void {
  if (vk.ic.length < 2 || vk.ic.length > mostIcPoints) throw new VerificationKeyLengthError(448 + 64 * vk.ic.length)
  if (!isG1Point(vk.alpha1)) throw new VerificationKeyPointError(0)
  for (const [index, point] of [vk.beta2, vk.gamma2, vk.delta2].entries()) {
    if (!isG2Point(point)) throw new VerificationKeyPointError(1 + index)
  }
  for (const [index, point] of vk.ic.entries()) {
    if (!isG1Point(point)) throw new VerificationKeyPointError(4 + index)
  }
  if (sameG2Point(vk.delta2, vk.gamma2) || sameG2Point(vk.delta2, g2Generator))
    throw new VerificationKeySetupError(vk.delta2)
}
