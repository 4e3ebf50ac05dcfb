import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { type Contribution, isUsableBeacon, type ZkeyContributions } from './contributionRecord.ts'
import { domainKindOf, domainSizeOf } from './domain.ts'
import { type Phase1, Phase1TooSmallError } from './phase1File.ts'
import { countSignals, domainPower, rowCountOf } from './qap.ts'
import type { R1cs } from './r1cs.ts'
import type { SetupTranscript } from './setupTranscript.ts'
import { encodeVerificationKey } from './verificationKey.ts'
import type { ZkeyHeader } from './zkey.ts'

/** A proving key is not what a setup of this circuit gives. */
export class SetupInvalidError extends Error {
  override readonly name = 'SetupInvalidError'
  readonly zkeyPath: string
  readonly fact: string

  constructor({ zkeyPath, fact }: { zkeyPath: string; fact: string }, options?: ErrorOptions) {
    super(`The setup of ${zkeyPath} does not hold: ${fact}. Do not use this key.`, options)
    this.zkeyPath = zkeyPath
    this.fact = fact
  }
}

/** A proving key as far as a setup's checks compare it: what `checkProvingKey` and `parseContributionRecord` gave. */
export type SetupKey = {
  /** by which errors name it: its path, or what it is called */
  zkeyPath: string
  header: ZkeyHeader
  record: ZkeyContributions
}

/**
 * Compares a key with its circuit and its own record, as far as that takes neither the phase-1 file's points nor a separate program:
 * shape and domain, somebody's contribution, the delta in which the last one ends, and a beacon that can be computed again.
 * @throws {@link SetupInvalidError} naming the fact
 */
export function checkSetup(r1cs: R1cs, { zkeyPath, header, record: { contributions } }: SetupKey): void {
  const invalid = (fact: string) => new SetupInvalidError({ zkeyPath, fact })
  const mismatch = findMismatch(r1cs, header)
  if (mismatch !== undefined) throw invalid(mismatch)
  if (peopleOf(contributions).length === 0) {
    throw invalid('nobody contributed to it, and a beacon alone is known to all')
  }
  const last = contributions.at(-1)
  if (last?.deltaAfter.x !== header.delta1.x || last.deltaAfter.y !== header.delta1.y) {
    throw invalid('its last contribution does not end in its delta')
  }
  if (last.beacon !== undefined && !isUsableBeacon(last.beacon)) {
    throw invalid(`its beacon ${last.beacon.hash} with 2^${last.beacon.iterationsExp} iterations cannot be checked`)
  }
}

/**
 * Refuses a phase 1 for fewer rows than a circuit has.
 * @throws Phase1TooSmallError
 */
export function expectServes({ power }: Phase1, r1cs: R1cs): void {
  const needed = domainPower(r1cs)
  if (needed > power) throw new Phase1TooSmallError({ power, needed })
}

/**
 * The transcript of a setup, once all of it was checked.
 * @param setup.r1csSha256 of the `.r1cs` file, and `zkeySha256` of the key's, in hexadecimal
 */
export function transcriptOf({
  phase1,
  r1csSha256,
  zkeySha256,
  key: { header, record },
}: {
  phase1: Phase1
  r1csSha256: string
  zkeySha256: string
  key: Pick<SetupKey, 'header' | 'record'>
}): SetupTranscript {
  const { circuitHash, contributions } = record
  return {
    version: 1,
    phase1,
    circuit: { r1csSha256, blake2b: circuitHash },
    contributions: peopleOf(contributions).map(({ name, hash }) => ({ name, blake2b: hash })),
    beacon: beaconOf(contributions.at(-1)),
    key: { zkeySha256, verificationKeyKeccak256: bytesToHex(keccak_256(encodeVerificationKey(header))) },
  }
}

function findMismatch(r1cs: R1cs, { wireCount, signalCount, domainSize, ic }: ZkeyHeader): string | undefined {
  const signals = countSignals(r1cs)
  if (wireCount !== r1cs.wireCount) return `it is for ${wireCount} wires and the circuit has ${r1cs.wireCount}`
  if (signalCount !== signals || ic.length !== signals + 1) {
    return `it is for ${signalCount} public signals and the circuit has ${signals}`
  }
  const needed = domainSizeOf(rowCountOf(r1cs), domainKindOf(domainSize) ?? 'power-of-two')
  if (domainSize !== needed) return `its domain is ${domainSize} and the circuit's is ${needed}`
  return undefined
}

function peopleOf(contributions: Contribution[]): Contribution[] {
  return contributions.filter(({ beacon }) => beacon === undefined)
}

function beaconOf(last: Contribution | undefined): SetupTranscript['beacon'] {
  return last?.beacon === undefined ? null : { ...last.beacon, name: last.name, blake2b: last.hash }
}
