import { BinFileInvalidError, elementBytes, findSections, getElement, viewOf } from './binFile.ts'
import { baseOrder } from './field.ts'
import { ceremonyHashes } from './phase1Hashes.ts'
import { g1Bytes, g2Bytes } from './zkey.ts'

/** Whether a phase-1 file must be one of the public ceremony, or may be anyone's own (`local`). */
export type Phase1Trust = 'ceremony' | 'local'

/** A phase-1 file that has been looked at. */
export type Phase1 = {
  /** the ceremony's name of the file, or `local`: whoever made a local file may know its secret and forge */
  name: string
  /** it serves circuits of up to 2^power rows */
  power: number
  /** BLAKE2b-512 of the whole file, hexadecimal */
  blake2b: string
}

/** A phase-1 file is none of the public ceremony's. */
export class Phase1UnknownError extends Error {
  override readonly name = 'Phase1UnknownError'
  readonly path: string
  readonly blake2b: string

  constructor({ path, blake2b }: { path: string; blake2b: string }) {
    super(
      `${path} has the BLAKE2b-512 ${blake2b}, which no file of the perpetual-powers-of-tau ceremony has; fetch it again, or name it local.`,
    )
    this.path = path
    this.blake2b = blake2b
  }
}

/** A phase-1 file is too small for a circuit. */
export class Phase1TooSmallError extends Error {
  override readonly name = 'Phase1TooSmallError'
  readonly power: number
  readonly needed: number

  constructor({ power, needed }: { power: number; needed: number }) {
    super(
      `The phase-1 file serves 2^${power} rows and the circuit needs 2^${needed}; use a file of power ${needed} or more.`,
    )
    this.power = power
    this.needed = needed
  }
}

/** The ceremony's name of the file with this BLAKE2b-512 (hexadecimal), without its ending; undefined if it has none. */
export function ceremonyFileOf(blake2b: string): string | undefined {
  const power = [...ceremonyHashes].find(([, hash]) => hash === blake2b)?.[0]
  if (power === undefined) return undefined
  return power === 28 ? 'powersOfTau28_hez_final' : `powersOfTau28_hez_final_${String(power).padStart(2, '0')}`
}

const headerBytes = 4 + elementBytes + 8

/** Sections 2 … 6 are the powers, 7 the contributions, 12 … 15 what `prepare phase2` adds. */
const neededSections = [1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15]

/**
 * Reads the power of a phase-1 file (`.ptau`, prepared for phase 2) from its header, and checks that its sections are as long as that asks.
 * @param read gives `length` bytes at `offset`
 * @throws BinFileInvalidError the file is truncated, of another curve, or not prepared for phase 2
 */
export function readPhase1Power(read: (offset: number, length: number) => Uint8Array, fileLength: number): number {
  const invalid = (fact: string) => new BinFileInvalidError({ magic: 'ptau', fact })
  const places = findSections(read, { magic: 'ptau', version: 1, fileLength })
  const missing = neededSections.find((id) => !places.has(id))
  if (missing !== undefined) {
    throw invalid(missing > 11 ? 'it is not prepared for phase 2' : `section ${missing} is missing`)
  }
  const header = places.get(1)
  if (header === undefined || header.length !== headerBytes) throw invalid('its header has another length')
  const view = viewOf(read(header.start, headerBytes))
  if (view.getUint32(0, true) !== elementBytes || getElement(view, 4) !== baseOrder) {
    throw invalid('its curve is not BN254')
  }
  const power = view.getUint32(4 + elementBytes, true)
  if (power < 1 || power > 28) throw invalid(`its power is ${power} and must be from 1 to 28`)
  // Four kinds of powers, and what phase 2 takes of them: a Lagrange basis for each domain, of tau's for the doubled one too.
  const counts: [number, number][] = [
    [2, (2 * 2 ** power - 1) * g1Bytes],
    [3, 2 ** power * g2Bytes],
    [4, 2 ** power * g1Bytes],
    [5, 2 ** power * g1Bytes],
    [6, g2Bytes],
    [12, (4 * 2 ** power - 1) * g1Bytes],
    [13, (2 * 2 ** power - 1) * g2Bytes],
    [14, (2 * 2 ** power - 1) * g1Bytes],
    [15, (2 * 2 ** power - 1) * g1Bytes],
  ]
  for (const [id, length] of counts) {
    const found = places.get(id)?.length
    if (found !== length) throw invalid(`section ${id} has ${found} bytes instead of ${length}`)
  }
  return power
}
