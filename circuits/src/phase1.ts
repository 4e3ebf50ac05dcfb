import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { withFileReader } from './fileReader.ts'
import { ceremonyFileOf, type Phase1, type Phase1Trust, Phase1UnknownError, readPhase1Power } from './phase1File.ts'

/** A phase-1 file on disk and how far it is trusted. */
export type Phase1Source = { path: string; trust: Phase1Trust }

/**
 * Reads and identifies a phase-1 file (`.ptau`, prepared for phase 2) without taking it into memory (node only): its BLAKE2b-512
 * against the pinned table of the perpetual-powers-of-tau ceremony, its curve and its power.
 * Warning: a file of trust `local` is not checked any further; it is named `local` in every transcript made of it.
 * @throws Phase1UnknownError trust is `ceremony` and the hash is none of the ceremony's
 * @throws BinFileInvalidError the file is truncated, of another curve, or not prepared for phase 2
 * @throws the signal's reason, when that aborts
 */
export async function readPhase1({ path, trust }: Phase1Source, signal?: AbortSignal): Promise<Phase1> {
  const power = withFileReader(path, readPhase1Power)
  const blake2b = await hashFile({ path, algorithm: 'blake2b512' }, signal)
  if (trust === 'local') return { name: 'local', power, blake2b }
  const name = ceremonyFileOf(blake2b)
  if (name === undefined) throw new Phase1UnknownError({ path, blake2b })
  return { name, power, blake2b }
}

/** The hash of a file, hexadecimal, read piece by piece (node only). */
export async function hashFile(
  { path, algorithm }: { path: string; algorithm: 'blake2b512' | 'sha256' },
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm)
  const pieces = createReadStream(path, { highWaterMark: 2 ** 20, ...(signal === undefined ? {} : { signal }) })
  try {
    for await (const piece of pieces) hash.update(piece)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
  return hash.digest('hex')
}
