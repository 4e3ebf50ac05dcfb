import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createClient, custom } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import {
  announcedDelay,
  announcementOf,
  type CeremonyRecord,
  encodeCeremony,
  maxCeremonyBytes,
  parseCeremony,
  signContribution,
} from './ceremonyRecord.ts'
import { fakeRecord } from './fakeRecord.ts'

function fakeClient() {
  const transport = custom({ request: () => Promise.reject(new Error('nothing is asked of a chain')) })
  return createClient({ account: privateKeyToAccount(generatePrivateKey()), transport })
}

async function signedRecord(): Promise<CeremonyRecord> {
  const record = fakeRecord()
  const said = [
    { name: 'Anna', blake2b: '01'.repeat(64) },
    { name: 'Ben', blake2b: '02'.repeat(64) },
  ]
  const contributions = await Promise.all(
    said.map((each, index) => signContribution(fakeClient(), { record, index, ...each })),
  )
  return { ...record, contributions }
}

describe('ceremony record', () => {
  it('invariant: a record with its signatures comes back from its bytes', async () => {
    const record = await signedRecord()

    assert.deepEqual(await parseCeremony(encodeCeremony(record)), record)
  })

  type Change = (record: CeremonyRecord) => CeremonyRecord
  const [first, second] = [0, 1]
  const forgeries: [string, Change][] = [
    [
      'another hash than was signed',
      (record) => ({
        ...record,
        contributions: record.contributions.map((each) => ({ ...each, blake2b: 'cd'.repeat(64) })),
      }),
    ],
    [
      'another name than was signed',
      (record) => ({ ...record, contributions: record.contributions.map((each) => ({ ...each, name: 'Eve' })) }),
    ],
    ['contributions in another order', (record) => ({ ...record, contributions: record.contributions.toReversed() })],
    [
      "somebody else's account",
      (record) => ({
        ...record,
        contributions: record.contributions.map((each, index, all) => ({
          ...each,
          account: all[index === first ? second : first]?.account ?? each.account,
        })),
      }),
    ],
    ['another graph', (record) => ({ ...record, manifest: { ...record.manifest, graphId: `0x${'02'.repeat(32)}` } })],
    ['another phase 1', (record) => ({ ...record, phase1: { ...record.phase1, blake2b: 'ef'.repeat(64) } })],
    ['another chain', (record) => ({ ...record, chainId: 1 })],
  ]
  for (const [what, change] of forgeries) {
    it(`soundness: ${what} is refused`, async () => {
      const forged = change(await signedRecord())

      await assert.rejects(parseCeremony(encodeCeremony(forged)), {
        name: 'CeremonyInvalidError',
        message: /contributions\.0\.signature` is/,
      })
    })
  }

  it('error: what is no record names the member that is wrong', async () => {
    const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

    await assert.rejects(parseCeremony(bytes({ ...fakeRecord(), owner: 'me' })), /`owner` is not an address/)
    await assert.rejects(parseCeremony(new TextEncoder().encode('no')), /is not JSON/)
    await assert.rejects(parseCeremony(new Uint8Array(maxCeremonyBytes + 1)), /1048577 bytes/)
  })

  it('soundness: an announcement fits one record and one delay', async () => {
    const record = await signedRecord()
    const announcement = announcementOf(record, 10)

    assert.equal(announcedDelay(record, announcement), 10)
    assert.equal(announcedDelay({ ...record, floorPrice: '101' }, announcement), undefined)
    assert.equal(announcedDelay(record, `${announcement}00`), undefined)
    assert.equal(announcedDelay(record, '0x'), undefined)
    assert.notEqual(announcementOf(record, 11), announcement)
  })
})
