import { blake2b } from '@noble/hashes/blake2.js'
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { BinFileInvalidError, findSections, type SectionPlace, viewOf } from './binFile.ts'
import { type G1Point, type G2Point, isG1Point, isG2Point } from './points.ts'
import { g1Bytes, g2Bytes, readG1, readG2, zkeySections } from './zkey.ts'

/** A random beacon, as a contribution that anyone can recompute. */
export type Beacon = {
  /** the public value it began with, hexadecimal, such as a block's hash */
  hash: string
  /** SHA-256 was applied to it 2^iterationsExp times */
  iterationsExp: number
}

/** More would take a verifier hours: 2^20 iterations take a few seconds. */
export const mostIterationsExp = 24

/** Whether a beacon is a hash of 32 bytes (hexadecimal, without 0x) with a number of iterations that can be checked again. */
export function isUsableBeacon({ hash, iterationsExp }: { hash: string; iterationsExp: number }): boolean {
  const countable = Number.isInteger(iterationsExp) && iterationsExp >= 10 && iterationsExp <= mostIterationsExp
  return countable && /^[0-9a-f]{64}$/.test(hash)
}

/** One contribution to a key's phase 2, as the key records it. */
export type Contribution = {
  /** as the contributor chose it; no part of the hash */
  name: string
  /** BLAKE2b-512 of the contribution's public part, hexadecimal: what snarkjs shows a contributor */
  hash: string
  /** delta once it was applied */
  deltaAfter: G1Point
  beacon?: Beacon
}

/** A key's record of its phase 2. */
export type ZkeyContributions = {
  /** BLAKE2b-512 of the circuit's key before any contribution, hexadecimal */
  circuitHash: string
  contributions: Contribution[]
}

/** BLAKE2b-512 of what a phase 2 published, as far as it has come. */
export type TranscriptHash = ReturnType<typeof blake2b.create>

const transcriptHash = (): TranscriptHash => blake2b.create({ dkLen: hashBytes })

/** A record with what the next contribution needs: its bytes, and the hash of all that was published so far. */
export type ContributionRecord = ZkeyContributions & {
  bytes: Uint8Array
  published: TranscriptHash
  links: ContributionLink[]
}

/** What one contribution proves: that delta was multiplied by the same secret as a point of its own, and one that it did not choose. */
export type ContributionLink = {
  after: G1Point
  base: G1Point
  multiple: G1Point
  g2Multiple: G2Point
  transcript: Uint8Array
}

/** A key's record of its phase 2 contradicts itself. */
export class ContributionInvalidError extends Error {
  override readonly name = 'ContributionInvalidError'
  readonly index: number
  readonly fact: string

  constructor({ index, fact }: { index: number; fact: string }) {
    super(`Contribution ${index + 1} of the proving key ${fact}; ask its contributor for the key again.`)
    this.index = index
    this.fact = fact
  }
}

// A ceremony of a thousand people is the largest known; a contribution is about half a kilobyte.
const mostBytes = 2 ** 20
const hashBytes = 64
const fixedBytes = 3 * g1Bytes + g2Bytes + hashBytes + 8

/**
 * Reads the record of phase 2 in a zkey and checks what needs no pairing: points on their curves, each contribution's
 * transcript against all before it, no contribution behind a beacon. `verifySetup` checks the rest.
 * @param read gives `length` bytes at `offset`
 * @throws BinFileInvalidError the file is no zkey, or its record is cut short
 * @throws {@link ContributionInvalidError}
 */
export function parseContributionRecord(
  read: (offset: number, length: number) => Uint8Array,
  fileLength: number,
): ContributionRecord {
  const place = findSections(read, { magic: 'zkey', version: 1, fileLength }).get(zkeySections.contributions)
  if (place === undefined) throw invalid(`section ${zkeySections.contributions} is missing`)
  return parse(read(place.start, place.length), place)
}

function invalid(fact: string): BinFileInvalidError {
  return new BinFileInvalidError({ magic: 'zkey', fact })
}

function parse(bytes: Uint8Array, place: SectionPlace): ContributionRecord {
  if (place.length < hashBytes + 4) throw invalid('its record of contributions is cut short')
  if (place.length > mostBytes) throw invalid(`its record of contributions has more than ${mostBytes} bytes`)
  const view = viewOf(bytes)
  const circuitHash = bytes.subarray(0, hashBytes)
  const count = view.getUint32(hashBytes, true)
  const soFar = transcriptHash().update(circuitHash)
  const contributions: Contribution[] = []
  const links: ContributionLink[] = []
  let at = hashBytes + 4
  for (let index = 0; index < count; index++) {
    const wrong = (fact: string) => new ContributionInvalidError({ index, fact })
    if (contributions.at(-1)?.beacon !== undefined) throw wrong('stands behind the beacon')
    if (at + fixedBytes > bytes.length) throw invalid('its record of contributions is cut short')
    const points = readPoints(view, at)
    const inG1 = [points.after, points.base, points.multiple]
    if (!inG1.every(isG1Point) || !isG2Point(points.g2Multiple)) {
      throw wrong('has a point that is zero or off its curve')
    }
    const [after = new Uint8Array(), ...key] = inG1.map(g1Uncompressed)
    const transcript = bytes.subarray(at + fixedBytes - 8 - hashBytes, at + fixedBytes - 8)
    const expected = key.reduce((hash, point) => hash.update(point), soFar.clone()).digest()
    if (!expected.every((byte, at) => byte === transcript[at])) throw wrong('does not follow those before it')

    const published = [after, ...key, g2Uncompressed(points.g2Multiple), transcript]
    for (const part of published) soFar.update(part)
    const hash = bytesToHex(published.reduce((own, part) => own.update(part), transcriptHash()).digest())
    const type = view.getUint32(at + fixedBytes - 8, true)
    const length = view.getUint32(at + fixedBytes - 4, true)
    at += fixedBytes
    if (at + length > bytes.length) throw invalid('its record of contributions is cut short')
    const { name, beacon } = readParameters(bytes.subarray(at, at + length), wrong)
    if (type > 1 || (type === 1) !== (beacon !== undefined)) throw wrong('is neither a person’s nor a beacon’s')
    links.push({ ...points, transcript })
    contributions.push({ name, hash, deltaAfter: points.after, ...(beacon === undefined ? {} : { beacon }) })
    at += length
  }
  if (at !== bytes.length) throw invalid(`${bytes.length - at} bytes follow its last contribution`)
  return { circuitHash: bytesToHex(circuitHash), contributions, bytes, links, published: soFar }
}

function readPoints(view: DataView, at: number): Omit<ContributionLink, 'transcript'> {
  const after = readG1(view, at)
  const [base, multiple] = [readG1(view, at + g1Bytes), readG1(view, at + 2 * g1Bytes)]
  return { after, base, multiple, g2Multiple: readG2(view, at + 3 * g1Bytes) }
}

/** Parameters stand in rising order of their types: 1 name, 2 exponent of the beacon's iterations, 3 the beacon's hash. */
function readParameters(
  bytes: Uint8Array,
  wrong: (fact: string) => ContributionInvalidError,
): { name: string; beacon?: Beacon } {
  let name = ''
  let iterationsExp: number | undefined
  let hash: string | undefined
  let last = 0
  for (let at = 0; at < bytes.length; ) {
    const type = bytes[at] ?? 0
    if (type <= last || type > 3) throw wrong(`has parameter ${type} behind ${last}`)
    last = type
    const length = type === 2 ? 1 : (bytes[at + 1] ?? 0)
    const start = at + (type === 2 ? 1 : 2)
    if (start + length > bytes.length) throw wrong('has a parameter that is cut short')
    const value = bytes.subarray(start, start + length)
    if (type === 1) name = readName(value, wrong)
    else if (type === 2) iterationsExp = value[0]
    else hash = bytesToHex(value)
    at = start + length
  }
  if (iterationsExp === undefined && hash === undefined) return { name }
  if (iterationsExp === undefined || hash === undefined || hash === '') throw wrong('has half a beacon')
  return { name, beacon: { hash, iterationsExp } }
}

function readName(bytes: Uint8Array, wrong: (fact: string) => ContributionInvalidError): string {
  try {
    const name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (isContributionName(name)) return name
  } catch {
    // Not UTF-8.
  }
  throw wrong('has a name that cannot be printed')
}

/** Whether a contribution may have this name: 1 to 64 characters without control characters, none of them a surrogate. */
export function isContributionName(name: string): boolean {
  return name.length <= 64 && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name)
}

/** A point's coordinates big-endian, as hashes of a phase 2 take it. */
export function g1Uncompressed({ x, y }: G1Point): Uint8Array {
  return concatBytes(bigEndian(x), bigEndian(y))
}

/** As {@link g1Uncompressed}, the imaginary part of a coordinate first. */
function g2Uncompressed({ x, y }: G2Point): Uint8Array {
  return concatBytes(...[x.c1, x.c0, y.c1, y.c0].map(bigEndian))
}

function bigEndian(value: bigint): Uint8Array {
  return hexToBytes(value.toString(16).padStart(64, '0'))
}
