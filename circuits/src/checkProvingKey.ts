import { bn254 } from '@noble/curves/bn254.js'
import { elementBytes, findSections, getElement, type SectionPlace, viewOf } from './binFile.ts'
import { domainKindOf, domainSizeOf } from './domain.ts'
import { baseOrder, scalarOrder } from './field.ts'
import { type G1Point, type G2Point, g1Generator, g2Generator } from './points.ts'
import { checkVerificationKey } from './verificationKey.ts'
import {
  coefficientBytes,
  g1Bytes,
  g2Bytes,
  readZkeyHeader,
  toMontgomery,
  type ZkeyHeader,
  zkeySections,
} from './zkey.ts'

/** A proving key contradicts itself: no proof made with it can be trusted to verify. */
export class ZkeyInvalidError extends Error {
  override readonly name = 'ZkeyInvalidError'
  readonly zkeyPath: string
  readonly fact: string

  constructor({ zkeyPath, fact }: { zkeyPath: string; fact: string }) {
    super(`The proving key ${zkeyPath} is damaged or forged: ${fact}. Fetch or make it again.`)
    this.zkeyPath = zkeyPath
    this.fact = fact
  }
}

/** Sections of points, their size, and whether infinity, written as zero, may stand in them (for wires a matrix never names). */
const pointSections = [
  { name: 'A', id: zkeySections.a, bytes: g1Bytes, zero: true },
  { name: 'B1', id: zkeySections.b1, bytes: g1Bytes, zero: true },
  { name: 'B2', id: zkeySections.b2, bytes: g2Bytes, zero: true },
  { name: 'C', id: zkeySections.c, bytes: g1Bytes, zero: true },
  { name: 'H', id: zkeySections.h, bytes: g1Bytes, zero: false },
] as const

const pieceBytes = 2 ** 18

/** A proving key, wherever it lies, to be read in pieces. */
export type ProvingKeySource = {
  /** by which errors name it: its path, or its CID */
  name: string
  fileLength: number
  /** `length` bytes at `offset`, or fewer where the key ends */
  read: (offset: number, length: number) => Uint8Array
  /** Awaited between pieces, so that whatever shares the thread gets its turn. */
  pause: () => Promise<unknown>
}

/**
 * Checks all of a proving key that can be checked without its circuit, by pieces, so that a large key neither fills
 * memory nor holds up the process: the verification key in it by the market's rules, alpha to delta in G1 against G2, every
 * point on its curve, the domain, every coefficient in range, and that each public signal has a row of its own that binds it.
 * Two microseconds for each point. Whether it is the key of a circuit, and who knows its secret, `verifySetup` says.
 * @throws {@link ZkeyInvalidError} naming the fact
 * @throws BinFileInvalidError the key is cut short or no Groth16 zkey over BN254
 * @throws VerificationKeyLengthError, VerificationKeyPointError, VerificationKeySetupError: the verification key in it
 */
export async function checkProvingKey(source: ProvingKeySource, signal?: AbortSignal): Promise<ZkeyHeader> {
  const { name: zkeyPath, fileLength, read } = source
  const header = readZkeyHeader(read, fileLength)
  const places = findSections(read, { magic: 'zkey', version: 1, fileLength })
  const invalid = (fact: string) => new ZkeyInvalidError({ zkeyPath, fact })
  checkVerificationKey(header)
  for (const { name, id, bytes, zero } of pointSections) {
    const isGood = bytes === g1Bytes ? isG1Montgomery : isG2Montgomery
    let index = 0
    for await (const view of readItems({ source, place: places.get(id), itemBytes: bytes, skip: 0 })) {
      signal?.throwIfAborted()
      for (let at = 0; at < view.byteLength; at += bytes, index++) {
        if (isZero(view, at, bytes) ? !zero : !isGood(view, at)) {
          throw invalid(`point ${index} of section ${name} is zero or off its curve`)
        }
      }
    }
  }
  await checkCoefficients({ source, place: places.get(zkeySections.coefficients), header }, invalid)
  checkPairs(header, invalid)
  return header
}

type Invalid = (fact: string) => ZkeyInvalidError

/** e(beta₁, 1₂) = e(1₁, beta₂), and the same of delta. */
function checkPairs({ beta1, beta2, delta1, delta2 }: ZkeyHeader, invalid: Invalid): void {
  const { G1, G2, fields, pairingBatch } = bn254
  const pairs: [string, G1Point, G2Point][] = [
    ['beta', beta1, beta2],
    ['delta', delta1, delta2],
  ]
  for (const [name, inG1, inG2] of pairs) {
    try {
      const point = G1.Point.fromAffine(inG1)
      point.assertValidity()
      const product = pairingBatch([
        { g1: point, g2: G2.Point.fromAffine(g2Generator) },
        { g1: G1.Point.fromAffine(g1Generator).negate(), g2: G2.Point.fromAffine(inG2) },
      ])
      if (fields.Fp12.eql(product, fields.Fp12.ONE)) continue
    } catch {
      // The library throws for infinity and off the curve.
    }
    throw invalid(`its ${name} in G1 is not its ${name} in G2`)
  }
}

/**
 * Every term names a matrix, a row of the domain and a wire, with a coefficient below r; the last rows, and nothing else in them,
 * are `signal i · 0 = 0` for wire one and each public signal; the domain is the smallest of its kind that holds the rows.
 */
async function checkCoefficients(
  { source, place, header }: { source: ProvingKeySource; place: SectionPlace | undefined; header: ZkeyHeader },
  invalid: Invalid,
): Promise<void> {
  const { wireCount, signalCount, domainSize, coefficientCount: count } = header
  const signalRows = signalCount + 1
  let index = 0
  let rows = 0
  for await (const view of readItems({ source, place, itemBytes: coefficientBytes, skip: 4 })) {
    for (let at = 0; at < view.byteLength; at += coefficientBytes, index++) {
      const [matrix, row, wire] = [view.getUint32(at, true), view.getUint32(at + 4, true), view.getUint32(at + 8, true)]
      const coefficient = getElement(view, at + 12)
      if (matrix > 1 || row >= domainSize || wire >= wireCount || coefficient >= scalarOrder) {
        throw invalid(`coefficient ${index} is of matrix ${matrix}, row ${row}, wire ${wire}, or not below r`)
      }
      const signal = index - (count - signalRows)
      if (signal < 0) rows = Math.max(rows, row + 1)
      // Rows without a term may stand before the signals' own.
      if (signal === 0) rows = Math.max(rows, row)
      if (signal >= 0 && (matrix !== 0 || row !== rows + signal || wire !== signal || coefficient !== storedOne)) {
        throw invalid(`public signal ${signal} has no row of its own`)
      }
    }
  }
  const kind = domainKindOf(domainSize) ?? 'power-of-two'
  if (domainSize !== domainSizeOf(rows + signalRows, kind)) {
    throw invalid(`its domain is ${domainSize} for ${rows + signalRows} rows`)
  }
}

const storedOne = (1n << 512n) % scalarOrder

/** The items of a section, some hundred kilobytes of whole items at a time. */
async function* readItems({
  source,
  place,
  itemBytes,
  skip,
}: {
  source: ProvingKeySource
  place: SectionPlace | undefined
  itemBytes: number
  skip: number
}): AsyncGenerator<DataView> {
  if (place === undefined) return
  const most = Math.floor(pieceBytes / itemBytes) * itemBytes
  for (let at = skip; at < place.length; at += most) {
    const length = Math.min(most, place.length - at)
    const bytes = source.read(place.start + at, length)
    yield viewOf(bytes.subarray(0, bytes.length - (bytes.length % itemBytes)))
    await source.pause()
  }
}

function isZero(view: DataView, at: number, length: number): boolean {
  for (let offset = at; offset < at + length; offset += 8) if (view.getBigUint64(offset, true) !== 0n) return false
  return true
}

// In Montgomery form X = x·R the curve y² = x³ + b is Y²·R = X³ + b·R³.
const one = toMontgomery(1n)
const cube = (one * one * one) % baseOrder
const g1Constant = (3n * cube) % baseOrder
// 3/(9 + i), the twist's constant.
const g2Constant = {
  c0: (19485874751759354771024239261021720505790618469301721065564631296452457478373n * cube) % baseOrder,
  c1: (266929791119991161246907387137283842545076965332900288569378510910307636690n * cube) % baseOrder,
}

function isG1Montgomery(view: DataView, at: number): boolean {
  const x = getElement(view, at)
  const y = getElement(view, at + elementBytes)
  return x < baseOrder && y < baseOrder && (x * x * x + g1Constant - y * y * one) % baseOrder === 0n
}

function isG2Montgomery(view: DataView, at: number): boolean {
  const x0 = getElement(view, at)
  const x1 = getElement(view, at + elementBytes)
  const y0 = getElement(view, at + 2 * elementBytes)
  const y1 = getElement(view, at + 3 * elementBytes)
  if (x0 >= baseOrder || x1 >= baseOrder || y0 >= baseOrder || y1 >= baseOrder) return false
  const square0 = (x0 + x1) * (x0 - x1)
  const square1 = 2n * x0 * x1
  const real = square0 * x0 - square1 * x1 + g2Constant.c0 - (y0 + y1) * (y0 - y1) * one
  const imaginary = square0 * x1 + square1 * x0 + g2Constant.c1 - 2n * y0 * y1 * one
  return real % baseOrder === 0n && imaginary % baseOrder === 0n
}
