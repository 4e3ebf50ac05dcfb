import { bn254 } from '@noble/curves/bn254.js'
import { baseOrder } from './field.ts'

/** Affine point of BN254's G1 (y² = x³ + 3); coordinates below the base field's order p. Infinity has no form here. */
export type G1Point = { x: bigint; y: bigint }

/** Element c0 + c1·i of the quadratic extension of the base field, i² = -1. */
export type Fp2 = { c0: bigint; c1: bigint }

/** Affine point of BN254's G2, on the twist y² = x³ + 3/(9 + i). Infinity has no form here. */
export type G2Point = { x: Fp2; y: Fp2 }

/** The generator of G1 that EIP-196 names. */
export const g1Generator: G1Point = { x: 1n, y: 2n }

/** The generator of G2 that EIP-197 names. */
export const g2Generator: G2Point = {
  x: {
    c0: 10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    c1: 11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  },
  y: {
    c0: 8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    c1: 4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  },
}

const inBaseField = (value: bigint) => value >= 0n && value < baseOrder

/** Whether both coordinates are below p and the point is on G1; infinity written as (0, 0) is not. */
export function isG1Point({ x, y }: G1Point): boolean {
  return inBaseField(x) && inBaseField(y) && (y * y - x * x * x - 3n) % baseOrder === 0n
}

/** Whether all coordinates are below p, the point is on the twist, and it is in the subgroup of order r. */
export function isG2Point({ x, y }: G2Point): boolean {
  if (![x.c0, x.c1, y.c0, y.c1].every(inBaseField)) return false
  try {
    const point = bn254.G2.Point.fromAffine({ x, y })
    // Throws off the curve and outside the subgroup; zero coordinates are infinity to this library, and valid.
    point.assertValidity()
    return !point.is0()
  } catch {
    return false
  }
}

/** Whether two points of G2 are the same. */
export function sameG2Point(a: G2Point, b: G2Point): boolean {
  return a.x.c0 === b.x.c0 && a.x.c1 === b.x.c1 && a.y.c0 === b.y.c0 && a.y.c1 === b.y.c1
}
