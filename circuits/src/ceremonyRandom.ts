import { createCipheriv } from 'node:crypto'
import { bn254 } from '@noble/curves/bn254.js'
import { baseOrder, scalarOrder } from './field.ts'
import type { G1Point, G2Point } from './points.ts'

/** A source of values that anyone who knows its seed draws again, as snarkjs' ceremonies define it. */
export type CeremonyRandom = { scalar: () => bigint; g1: () => G1Point; g2: () => G2Point }

const modulusBits = 254n
const mask = 2n ** modulusBits - 1n

/**
 * Draws scalars and points from a seed (node only): the stream of ChaCha20 from block 0, whose key is the seed's first eight words
 * turned round. A value is 254 bits that are below its order, taken to stand in Montgomery form; a point's x is drawn until it is
 * on the curve, then a bit says which y; one of G2 is multiplied by the cofactor.
 * @param seed 32 bytes or more
 */
export function ceremonyRandom(seed: Uint8Array): CeremonyRandom {
  const key = Buffer.from(seed.subarray(0, 32)).swap32()
  const stream = createCipheriv('chacha20', key, new Uint8Array(16))
  const word = () => stream.update(new Uint8Array(4)).readUInt32LE(0)
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
