import { BinFileInvalidError, elementBytes, findSections, getElement, putElement, viewOf } from './binFile.ts'
import { domainKindOf } from './domain.ts'
import { baseOrder, scalarOrder } from './field.ts'
import type { Fp2, G1Point, G2Point } from './points.ts'

/** Bytes of a point of G1 and of G2 in a zkey: coordinates in Montgomery form, little-endian. */
export const g1Bytes = 2 * elementBytes
export const g2Bytes = 4 * elementBytes

/** Bytes of a coefficient: u32 matrix, row and wire, and the value. */
export const coefficientBytes = 12 + elementBytes

/** Sections of a Groth16 zkey. */
export const zkeySections = {
  protocol: 1,
  header: 2,
  ic: 3,
  coefficients: 4,
  a: 5,
  b1: 6,
  b2: 7,
  c: 8,
  h: 9,
  contributions: 10,
} as const

/** Bytes of section 2: both primes, three counts and six points. */
export const zkeyHeaderBytes = 4 + elementBytes + 4 + elementBytes + 12 + 3 * g1Bytes + 3 * g2Bytes

/** What a zkey says of its circuit and its setup, without the proving points. */
export type ZkeyHeader = {
  wireCount: number
  signalCount: number
  /** rows, of one of the kinds of {@link domainKindOf}: snarkjs proves with a power of two alone */
  domainSize: number
  /** terms of the matrices A and B, with those that bind public signals */
  coefficientCount: number
  alpha1: G1Point
  beta1: G1Point
  beta2: G2Point
  gamma2: G2Point
  delta1: G1Point
  delta2: G2Point
  ic: G1Point[]
}

/** Montgomery form of a base field element: value · 2^256 mod p. */
export function toMontgomery(value: bigint): bigint {
  return (value << 256n) % baseOrder
}

/** A point of G1 or G2 as a zkey holds it. */
export function encodePoint({ x, y }: G1Point | G2Point): Uint8Array {
  const coordinates = [x, y].flatMap((value) => (typeof value === 'bigint' ? [value] : [value.c0, value.c1]))
  const bytes = new Uint8Array(coordinates.length * elementBytes)
  const view = viewOf(bytes)
  for (const [index, value] of coordinates.entries()) putElement(view, index * elementBytes, toMontgomery(value))
  return bytes
}

// 2^-256 mod p.
const montgomeryInverse = 20988524275117001072002809824448087578619730785600314334253784976379291040311n

/**
 * Reads a Groth16 zkey's header and IC points through a reader of small pieces; points are not checked here.
 * @param read gives `length` bytes at `offset`
 * @throws BinFileInvalidError the file is truncated, or is no Groth16 zkey over BN254
 */
export function readZkeyHeader(read: (offset: number, length: number) => Uint8Array, fileLength: number): ZkeyHeader {
  const invalid = (fact: string) => new BinFileInvalidError({ magic: 'zkey', fact })
  const places = findSections(read, { magic: 'zkey', version: 1, fileLength })
  const section = (id: number, length?: number) => {
    const place = places.get(id)
    if (place === undefined) throw invalid(`section ${id} is missing`)
    if (length !== undefined && place.length !== length) {
      throw invalid(`section ${id} has ${place.length} bytes instead of ${length}`)
    }
    return place
  }

  const protocol = section(zkeySections.protocol, 4)
  const protocolId = viewOf(read(protocol.start, 4)).getUint32(0, true)
  if (protocolId !== 1) throw invalid(`its protocol is ${protocolId} and only 1, Groth16, is known`)

  const header = viewOf(read(section(zkeySections.header, zkeyHeaderBytes).start, zkeyHeaderBytes))
  if (header.getUint32(0, true) !== elementBytes || getElement(header, 4) !== baseOrder)
    throw invalid('its curve is not BN254')
  if (header.getUint32(36, true) !== elementBytes || getElement(header, 40) !== scalarOrder) {
    throw invalid('its scalar field is not that of BN254')
  }
  const wireCount = header.getUint32(72, true)
  const signalCount = header.getUint32(76, true)
  const domainSize = header.getUint32(80, true)
  if (domainKindOf(domainSize) === undefined) {
    throw invalid(`its domain of ${domainSize} is not 2^k, 3·2^k or 9·2^k from 2 to 2^27`)
  }
  if (signalCount + 1 > wireCount) throw invalid(`it has ${signalCount} public signals among ${wireCount} wires`)

  const lengths: [number, number][] = [
    [zkeySections.a, wireCount * g1Bytes],
    [zkeySections.b1, wireCount * g1Bytes],
    [zkeySections.b2, wireCount * g2Bytes],
    [zkeySections.c, (wireCount - signalCount - 1) * g1Bytes],
    [zkeySections.h, domainSize * g1Bytes],
  ]
  for (const [id, length] of lengths) section(id, length)
  const coefficientCount = (section(zkeySections.coefficients).length - 4) / coefficientBytes
  if (!Number.isInteger(coefficientCount) || coefficientCount < signalCount + 1) {
    throw invalid(`its coefficients have ${section(zkeySections.coefficients).length} bytes`)
  }
  section(zkeySections.contributions)
  for (const id of places.keys()) {
    if (id > zkeySections.contributions) throw invalid(`section ${id} is not a part of a Groth16 zkey`)
  }

  if (signalCount > domainSize) throw invalid(`it has ${signalCount} public signals on a domain of ${domainSize}`)
  const icLength = (signalCount + 1) * g1Bytes
  const ic = viewOf(read(section(zkeySections.ic, icLength).start, icLength))
  return {
    wireCount,
    signalCount,
    domainSize,
    coefficientCount,
    alpha1: readG1(header, 84),
    beta1: readG1(header, 148),
    beta2: readG2(header, 212),
    gamma2: readG2(header, 340),
    delta1: readG1(header, 468),
    delta2: readG2(header, 532),
    ic: Array.from({ length: signalCount + 1 }, (_, index) => readG1(ic, index * g1Bytes)),
  }
}

function readCoordinate(view: DataView, offset: number): bigint {
  const value = getElement(view, offset)
  // Reduced silently, two files would hold the same key.
  if (value >= baseOrder) throw new BinFileInvalidError({ magic: 'zkey', fact: 'a coordinate is not below p' })
  return (value * montgomeryInverse) % baseOrder
}

function readFp2(view: DataView, offset: number): Fp2 {
  return { c0: readCoordinate(view, offset), c1: readCoordinate(view, offset + elementBytes) }
}

/** Reads a point of G1 in Montgomery form, unchecked but for coordinates below p. */
export function readG1(view: DataView, offset: number): G1Point {
  return { x: readCoordinate(view, offset), y: readCoordinate(view, offset + elementBytes) }
}

/** Reads a point of G2 in Montgomery form, unchecked but for coordinates below p. */
export function readG2(view: DataView, offset: number): G2Point {
  return { x: readFp2(view, offset), y: readFp2(view, offset + 2 * elementBytes) }
}
