import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Beacon } from './contributionRecord.ts'
import type { Phase1 } from './phase1File.ts'

/**
 * What a verified setup consisted of. Hashes are lower-case hexadecimal without 0x; `blake2b` ones have 64 bytes.
 * Everything in it can be derived again from the circuit, the phase-1 file and the proving key.
 */
export type SetupTranscript = {
  version: 1
  phase1: Phase1
  circuit: {
    /** SHA-256 of the `.r1cs` file */
    r1csSha256: string
    /** BLAKE2b-512 of the key before any contribution, over the circuit and phase 1 */
    blake2b: string
  }
  /** in order, without the beacon; names are what contributors called themselves and are not proved by anything */
  contributions: { name: string; blake2b: string }[]
  /** null while the setup is not sealed */
  beacon: (Beacon & { name: string; blake2b: string }) | null
  key: {
    /** SHA-256 of the proving key's file */
    zkeySha256: string
    /** keccak256 of the verification key's bytes, by which the market knows it */
    verificationKeyKeccak256: string
  }
}

/** A setup as manifests and the registry name it. */
export type SetupSummary = {
  kind: 'owner-only' | 'ceremony'
  contributions: number
  transcriptHash: `0x${string}`
}

/**
 * A transcript as canonical JSON (RFC 8785: members sorted, no spaces), so that the same setup has the same bytes everywhere.
 * All its numbers are small integers, for which JSON.stringify writes what the RFC asks.
 */
export function encodeTranscript(transcript: SetupTranscript): string {
  return JSON.stringify(sorted(transcript))
}

/** keccak256 of {@link encodeTranscript}: the transcript hash the registry stores. */
export function hashTranscript(transcript: SetupTranscript): `0x${string}` {
  return `0x${bytesToHex(keccak_256(utf8ToBytes(encodeTranscript(transcript))))}`
}

/**
 * What the registry may say of a setup. Only contributions by people count, not the beacon: it has no secret. Two or more on the
 * ceremony's phase 1 are a `ceremony`; with one, or with a phase 1 of the operator's own (whose secret one party may know,
 * whatever follows), it is `owner-only` and counts as one.
 */
export function summarizeSetup(transcript: SetupTranscript): SetupSummary {
  const transcriptHash = hashTranscript(transcript)
  const { length } = transcript.contributions
  if (transcript.phase1.name === 'local' || length < 2) return { kind: 'owner-only', contributions: 1, transcriptHash }
  return { kind: 'ceremony', contributions: length, transcriptHash }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]))
}
