import { chacha20 } from '@noble/ciphers/chacha.js'
import { bn254 } from '@noble/curves/bn254.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import { viewOf } from './binFile.ts'
import type { Beacon } from './contributionRecord.ts'
import { baseOrder, scalarOrder } from './field.ts'
import type { G1Point, G2Point } from './points.ts'

/** A source of values that anyone who knows its seed draws again, as snarkjs' ceremonies define it. */
export type CeremonyRandom = { scalar: () => bigint; g1: () => G1Point; g2: () => G2Point }

const modulusBits = 254n
const mask = 2n ** modulusBits - 1n

/**
 * Draws scalars and points from a seed: the stream of ChaCha20 from block 0, whose key is the seed's first eight words
 * turned round. A value is 254 bits that are below its order, taken to stand in Montgomery form; a point's x is drawn until it is
 * on the curve, then a bit says which y; one of G2 is multiplied by the cofactor.
 * @param seed 32 bytes or more
 */
export function ceremonyRandom(seed: Uint8Array): CeremonyRandom {
  const word = wordsOf(seed)
  const isOdd = () => word() % 2 === 1
  const element = (order: bigint, overRadix: bigint): bigint => {
    for (;;) {
      let value = 0n
      for (let limb = 0n; limb < 4n; limb++) {
        const high = BigInt(word())
        value |= ((high << 32n) | BigInt(word())) << (64n * limb)
      }
      value &= mask
      if (value < order) return (value * overRadix) % order
    }
  }
  const coordinate = () => element(baseOrder, overRadixOf(baseOrder))
  return {
    scalar: () => element(scalarOrder, overRadixOf(scalarOrder)),
    g1: () => {
      for (;;) {
        const x = coordinate()
        const isGreater = isOdd()
        const y = rootOf(Fp, Fp.create(x * x * x + 3n))
        if (y !== undefined) return { x, y: isUpper(y) === isGreater ? y : Fp.neg(y) }
      }
    },
    g2: () => {
      for (;;) {
        const x = { c0: coordinate(), c1: coordinate() }
        const isGreater = isOdd()
        const y = rootOf(Fp2, Fp2.add(Fp2.mul(Fp2.sqr(x), x), twistB))
        if (y === undefined) continue
        const isOwn = isUpper(y.c1 === 0n ? y.c0 : y.c1) === isGreater
        return clearCofactor({ x, y: isOwn ? y : Fp2.neg(y) })
      }
    },
  }
}

/** The point of G2 that a contributor must multiply: nobody knows its logarithm. */
export function challengePoint(transcript: Uint8Array): G2Point {
  return ceremonyRandom(transcript).g2()
}

/** The secret's source in a beacon: SHA-256 of its hash, 2^iterationsExp times. */
export function beaconRandom({ hash, iterationsExp }: Beacon): CeremonyRandom {
  let seed = hexToBytes(hash)
  for (let round = 0; round < 2 ** iterationsExp; round++) seed = sha256(seed)
  return ceremonyRandom(seed)
}

/** The stream's words, one at each call. */
function wordsOf(seed: Uint8Array): () => number {
  const key = new Uint8Array(32)
  const [from, to] = [viewOf(seed), viewOf(key)]
  for (let at = 0; at < key.length; at += 4) to.setUint32(at, from.getUint32(at, true))
  let block = 0
  let words = viewOf(new Uint8Array())
  let at = 0
  return () => {
    if (at === words.byteLength) {
      words = viewOf(chacha20(key, new Uint8Array(12), new Uint8Array(blockBytes), undefined, block++))
      at = 0
    }
    at += 4
    return words.getUint32(at - 4, true)
  }
}

const blockBytes = 64
const { Fp, Fp2 } = bn254.fields
const { G2 } = bn254
// 3/(9 + i).
const twistB = Fp2.mul({ c0: 3n, c1: 0n }, Fp2.inv({ c0: 9n, c1: 1n }))
// Points of the twist, over those of the subgroup: 2p - r.
const cofactor = 2n * baseOrder - scalarOrder

const isUpper = (value: bigint) => value > baseOrder / 2n

/** 2^-256 modulo an order, by Fermat's little theorem. */
function overRadixOf(order: bigint): bigint {
  return order === baseOrder ? Fp.inv(2n ** 256n % baseOrder) : bn254.fields.Fr.inv(2n ** 256n % scalarOrder)
}

function rootOf<T>(field: { sqrt: (value: T) => T }, square: T): T | undefined {
  try {
    return field.sqrt(square)
  } catch {
    // The library throws where there is none.
    return undefined
  }
}

/** The cofactor is more than the library multiplies by, so it is taken in parts. */
function clearCofactor(affine: G2Point): G2Point {
  const point = G2.Point.fromAffine(affine)
  const part = point.multiplyUnsafe(scalarOrder - 1n)
  const { x, y } = part
    .add(point)
    .add(point.multiplyUnsafe(cofactor - scalarOrder))
    .toAffine()
  return { x, y }
}
