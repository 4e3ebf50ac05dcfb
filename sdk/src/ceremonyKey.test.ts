import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setImmediate as pause } from 'node:timers/promises'
import { applyBeacon } from '@assay/circuits/applyBeacon'
import { findSections, type SectionPlace } from '@assay/circuits/binFile'
import { ZkeyInvalidError } from '@assay/circuits/checkProvingKey'
import { contribute } from '@assay/circuits/contribute'
import { type FakeCeremony, fakeCeremony } from '@assay/circuits/fakeCeremony'
import { productCircuit } from '@assay/circuits/sampleCircuits'
import { zkeySections } from '@assay/circuits/zkey'
import { acceptContribution, CeremonyMismatchError, expectContributions, readCeremonyKey } from './ceremonyKey.ts'

describe('the proving key of a ceremony', () => {
  let ceremony: FakeCeremony
  let first: Uint8Array
  let anna: Uint8Array
  let ben: Uint8Array

  before(async () => {
    ceremony = await fakeCeremony(productCircuit({ x: 5n, y: 7n, binding: 99n }).r1cs)
    const { at, limits, zkeyPath } = ceremony
    await contribute({ zkeyPath, outPath: at('anna.zkey'), name: 'Anna', limits })
    await contribute({ zkeyPath: at('anna.zkey'), outPath: at('ben.zkey'), name: 'Ben', limits })
    first = bytesAt(zkeyPath)
    anna = bytesAt(at('anna.zkey'))
    ben = bytesAt(at('ben.zkey'))
  })
  after(() => ceremony.remove())

  const placeOf = (zkey: Uint8Array, id: number): SectionPlace => {
    const read = (offset: number, length: number) => zkey.subarray(offset, offset + length)
    const place = findSections(read, { magic: 'zkey', version: 1, fileLength: zkey.length }).get(id)
    assert.ok(place)
    return place
  }
  /** Another point of the section in place of its first one. */
  const withPointSwapped = (zkey: Uint8Array, { id, bytes }: { id: number; bytes: number }) => {
    const changed = zkey.slice()
    const { start, length } = placeOf(zkey, id)
    const first = Buffer.from(zkey.subarray(start, start + bytes))
    let other = start + bytes
    while (other < start + length && first.equals(zkey.subarray(other, other + bytes))) other += bytes
    changed.copyWithin(start, other, other + bytes)
    assert.notDeepEqual(changed, zkey)
    return changed
  }
  const isMismatch = (what: RegExp) => (error: unknown) =>
    error instanceof CeremonyMismatchError && what.test(error.what)

  const hash = '5a'.repeat(32)
  const iterationsExp = 10
  const seal = async (file: string, value: string) => {
    const { at, limits } = ceremony
    const name = 'block 7 of chain 1'
    await applyBeacon({ zkeyPath: at('ben.zkey'), outPath: at(file), blockHash: `0x${value}`, name, limits })
    return { sealed: bytesAt(at(file)), name }
  }

  it('behavior: a key with one contribution more is taken, and its hash is what circuits says', async () => {
    const contribution = await acceptContribution({ before: anna, after: ben, name: 'Ben', pause })

    const { contributions } = await readCeremonyKey(ben)
    assert.equal(contribution.hash, contributions[1]?.hash)
    expectContributions({ contributions: contributions.map(({ name, hash }) => signed(name, hash)) }, { contributions })
  })

  it('soundness: the same key, one of two contributions more, or of another name is refused', async () => {
    await assert.rejects(
      acceptContribution({ before: anna, after: anna, name: 'Ben', pause }),
      isMismatch(/^number of/),
    )
    await assert.rejects(
      acceptContribution({ before: first, after: ben, name: 'Ben', pause }),
      isMismatch(/^number of/),
    )
    await assert.rejects(acceptContribution({ before: anna, after: ben, name: 'Eve', pause }), isMismatch(/name$/))
  })

  it('soundness: a key that does not go on from the old one is refused', async () => {
    const { at, zkeyPath, limits } = ceremony
    await contribute({ zkeyPath, outPath: at('eve.zkey'), name: 'Eve', limits })
    const eve = bytesAt(at('eve.zkey'))

    await assert.rejects(
      acceptContribution({ before: eve, after: ben, name: 'Ben', pause }),
      isMismatch(/^contribution 1/),
    )
  })

  it('behavior: a key that a beacon sealed is taken with its value', async () => {
    const { sealed, name } = await seal('sealed.zkey', hash)

    const { beacon } = await acceptContribution({
      before: ben,
      after: sealed,
      name,
      beacon: { hash, iterationsExp },
      pause,
    })

    assert.deepEqual(beacon, { hash, iterationsExp })
  })

  it('soundness: the beacon of another block, a person in its place, and a beacon in a person’s are refused', async () => {
    const { sealed, name } = await seal('other.zkey', 'b7'.repeat(32))
    const beacon = { hash, iterationsExp }
    const isLast = isMismatch(/^last contribution$/)

    await assert.rejects(acceptContribution({ before: ben, after: sealed, name, beacon, pause }), isLast)
    await assert.rejects(acceptContribution({ before: ben, after: sealed, name, pause }), isLast)
    await assert.rejects(acceptContribution({ before: anna, after: ben, name: 'Ben', beacon, pause }), isLast)
  })

  it('soundness: a beacon on a key with another contribution, or that says another value than it is of, is refused', async () => {
    const { sealed, name } = await seal('sealed.zkey', hash)
    const beacon = { hash, iterationsExp }
    const said = sealed.slice()
    // The record ends in the beacon's value.
    said[said.length - 1] = 0x5b

    await assert.rejects(
      acceptContribution({ before: anna, after: sealed, name, beacon, pause }),
      isMismatch(/^number of/),
    )
    const other = { hash: `${hash.slice(0, -2)}5b`, iterationsExp }
    await assert.rejects(
      acceptContribution({ before: ben, after: said, name, beacon: other, pause }),
      isMismatch(/^new key/),
    )
  })

  it('soundness: points that a contribution leaves alone may not change, not even for sound ones', async () => {
    for (const [id, bytes] of [
      [zkeySections.a, 64],
      [zkeySections.b1, 64],
      [zkeySections.b2, 128],
    ] as const) {
      const after = withPointSwapped(ben, { id, bytes })
      await assert.rejects(acceptContribution({ before: anna, after, name: 'Ben', pause }), isMismatch(/^section/))
    }
  })

  it('soundness: a contributor that does not prove to know its secret is refused', async () => {
    const after = ben.slice()
    const record = placeOf(ben, zkeySections.contributions)
    const gamma = placeOf(ben, zkeySections.header).start + 340
    // The last contribution ends the record with its name; before its hash and the name's two lengths stands the point of G2.
    const end = record.start + record.length - 'Ben'.length - 2
    after.copyWithin(end - 8 - 64 - 128, gamma, gamma + 128)

    await assert.rejects(acceptContribution({ before: anna, after, name: 'Ben', pause }), isMismatch(/^new key/))
  })

  it('soundness: a point off its curve is refused', async () => {
    const after = ben.slice()
    const { start } = placeOf(ben, zkeySections.h)
    after[start] = (after[start] ?? 0) ^ 1

    await assert.rejects(acceptContribution({ before: anna, after, name: 'Ben', pause }), ZkeyInvalidError)
  })

  it('soundness: a record that leaves out a contribution, or names another, is refused', async () => {
    const { contributions } = await readCeremonyKey(ben)
    const named = contributions.map(({ name, hash }) => signed(name, hash))

    assert.throws(
      () => expectContributions({ contributions: named.slice(1) }, { contributions }),
      CeremonyMismatchError,
    )
    assert.throws(
      () => expectContributions({ contributions: named.toReversed() }, { contributions }),
      CeremonyMismatchError,
    )
  })
})

/** A file's bytes as a browser has them: a slice of a Buffer would not be a copy. */
const bytesAt = (path: string) => new Uint8Array(readFileSync(path))

const signed = (name: string, blake2b: string) =>
  ({ name, blake2b, account: `0x${'11'.repeat(20)}`, signature: `0x${'22'.repeat(65)}` }) as const
