import type { Beacon, Contribution, ContributionRecord, ZkeyContributions } from '@assay/circuits/contributionRecord'
import type { CeremonyRecord } from './ceremonyRecord.ts'

/** A ceremony's record, its files and the chain do not agree. */
export class CeremonyMismatchError extends Error {
  override readonly name = 'CeremonyMismatchError'
  readonly what: string

  constructor({ what, actual, expected }: { what: string; actual: string; expected: string }) {
    super(`The ceremony's ${what} is ${actual}, not ${expected}; do not trust this setup.`)
    this.what = what
  }
}

/**
 * Refuses a ceremony of which two facts differ that should be the same.
 * @throws CeremonyMismatchError
 */
export function expectSame(compared: { what: string; actual: string; expected: string }): void {
  if (compared.actual.toLowerCase() !== compared.expected.toLowerCase()) throw new CeremonyMismatchError(compared)
}

/**
 * Compares the contributions that a record names with those of the proving key's own record.
 * @throws CeremonyMismatchError
 */
export function expectContributions(
  record: Pick<CeremonyRecord, 'contributions'>,
  { contributions }: Pick<ZkeyContributions, 'contributions'>,
): void {
  const inKey = contributions.filter(({ beacon }) => beacon === undefined)
  expectSame({
    what: 'number of signed contributions',
    actual: String(record.contributions.length),
    expected: String(inKey.length),
  })
  for (const [index, { blake2b }] of record.contributions.entries()) {
    expectSame({ what: `contribution ${index + 1}`, actual: blake2b, expected: inKey[index]?.hash ?? 'none' })
  }
}

/**
 * Reads the record of phase 2 in a proving key's bytes: every contribution follows those before it.
 * @throws BinFileInvalidError, ContributionInvalidError
 */
export async function readCeremonyKey(zkey: Uint8Array): Promise<ContributionRecord> {
  const { parseContributionRecord } = await import('@assay/circuits/contributionRecord')
  return parseContributionRecord((offset, length) => zkey.subarray(offset, offset + length), zkey.length)
}

/** A proving key before and after one contribution. */
export type ContributedKey = {
  before: Uint8Array
  after: Uint8Array
  /** by which the contributor is known, or the beacon */
  name: string
  /** the value that the contribution must be of; undefined where it must be a person's */
  beacon?: Beacon
  /** awaited between pieces of the check, so that whatever shares the thread gets its turn */
  pause: () => Promise<unknown>
}

/**
 * Takes a proving key only if it is the old one with one contribution, or beacon, of this name more: the record goes on from the old one's,
 * delta was multiplied by its secret and ends in it, every point and coefficient is sound, and nothing that a contribution leaves
 * alone has changed. That the other points were divided by the same secret, `verifySetup` of circuits checks with the phase-1 file.
 * @returns the contribution; its hash is what the contributor signs for
 * @throws CeremonyMismatchError, and the errors of circuits' checkProvingKey and of {@link readCeremonyKey}
 */
export async function acceptContribution(
  { before, after, name, beacon, pause }: ContributedKey,
  signal?: AbortSignal,
): Promise<Contribution> {
  const [old, next] = [await readCeremonyKey(before), await readCeremonyKey(after)]
  const count = old.contributions.length
  expectSame({
    what: 'number of contributions in the new key',
    actual: String(next.contributions.length),
    expected: String(count + 1),
  })
  expectSame({ what: 'circuit in the new key', actual: next.circuitHash, expected: old.circuitHash })
  for (const [index, { hash }] of old.contributions.entries()) {
    const kept = next.contributions[index]?.hash ?? 'none'
    expectSame({ what: `contribution ${index + 1} in the new key`, actual: kept, expected: hash })
  }
  const added = next.contributions[count]
  if (added === undefined)
    throw new CeremonyMismatchError({ what: 'last contribution', actual: 'none', expected: name })
  expectSame({ what: 'last contribution', actual: kindOf(added.beacon), expected: kindOf(beacon) })
  expectSame({ what: "last contribution's name", actual: added.name, expected: name })
  const [{ checkProvingKey }, { findChainFault }] = await Promise.all([
    import('@assay/circuits/checkProvingKey'),
    import('@assay/circuits/contributionChain'),
  ])
  const fault = findChainFault(next, count)
  if (fault !== undefined) {
    throw new CeremonyMismatchError({ what: 'new key', actual: `one whose ${fault}`, expected: 'one that follows' })
  }
  const read = (offset: number, length: number) => after.subarray(offset, offset + length)
  const source = { name: 'of this contribution', fileLength: after.length, read, pause }
  const { delta1 } = await checkProvingKey(source, signal)
  const ending = `${added.deltaAfter.x}, ${added.deltaAfter.y}`
  expectSame({ what: 'delta of the new key', actual: `${delta1.x}, ${delta1.y}`, expected: ending })
  await expectUntouched(before, after)
  return added
}

function kindOf(beacon: Beacon | undefined): string {
  return beacon === undefined ? "a person's" : `the beacon ${beacon.hash} with 2^${beacon.iterationsExp} iterations`
}

/** A contribution changes delta, what is divided by it (C and H), and the record; all else stays as it was. */
async function expectUntouched(before: Uint8Array, after: Uint8Array): Promise<void> {
  const [{ findSections }, { zkeySections }] = await Promise.all([
    import('@assay/circuits/binFile'),
    import('@assay/circuits/zkey'),
  ])
  const partsOf = (zkey: Uint8Array) => {
    const read = (offset: number, length: number) => zkey.subarray(offset, offset + length)
    const places = findSections(read, { magic: 'zkey', version: 1, fileLength: zkey.length })
    return (id: number, end?: number) => {
      const { start, length } = places.get(id) ?? { start: 0, length: 0 }
      return zkey.subarray(start, start + (end ?? length))
    }
  }
  const [old, next] = [partsOf(before), partsOf(after)]
  const { protocol, header, ic, coefficients, a, b1, b2 } = zkeySections
  for (const id of [protocol, ic, coefficients, a, b1, b2]) {
    if (!isSame(old(id), next(id))) throw changed(`section ${id}`)
  }
  // Delta's two points end the header.
  if (!isSame(old(header, headerBytesBeforeDelta), next(header, headerBytesBeforeDelta))) throw changed('header')
}

// Both primes, three counts, alpha, beta and gamma: where `readZkeyHeader` finds delta.
const headerBytesBeforeDelta = 468

function changed(part: string): CeremonyMismatchError {
  return new CeremonyMismatchError({ what: `${part} of the new key`, actual: 'another', expected: 'as it was' })
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
