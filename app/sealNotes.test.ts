import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Hash } from 'viem'
import { sealNotes } from './sealNotes.ts'

const hash: Hash = `0x${'ab'.repeat(32)}`

function fakeStorage(kept = new Map<string, string>()) {
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
}

describe('sealNotes', () => {
  it('behavior: a later visit reads what was noted of this ceremony, and of no other', async () => {
    const storage = fakeStorage()
    const notes = sealNotes('one', storage)
    await notes.announcement.write(hash)
    await notes.publication.write({ uploaded: 'cid' })

    const later = sealNotes('one', storage)

    assert.equal(await later.announcement.read(), hash)
    assert.equal(await later.registration.read(), undefined)
    assert.deepEqual(await later.publication.read(), { uploaded: 'cid' })
    assert.equal(await sealNotes('two', storage).announcement.read(), undefined)
  })

  it('behavior: when it ends, the announcement alone is kept', async () => {
    const storage = fakeStorage()
    const notes = sealNotes('one', storage)
    await notes.announcement.write(hash)
    await notes.registration.write(hash)
    await notes.publication.write({ uploaded: 'cid', checked: 'cid' })

    notes.end()

    assert.deepEqual(JSON.parse(storage.kept.get('assay.seal.one') ?? ''), { announcement: hash })
  })

  it('behavior: an announcement that is not believed is forgotten', async () => {
    const storage = fakeStorage()
    const notes = sealNotes('one', storage)
    await notes.announcement.write(hash)

    await notes.announcement.write(undefined)

    assert.equal(await sealNotes('one', storage).announcement.read(), undefined)
  })

  it('error: what somebody else wrote there counts as nothing', async () => {
    for (const text of ['', 'null', '7', '{', '{"announcement":"0x12","registration":7,"publication":"x"}']) {
      const notes = sealNotes('one', fakeStorage(new Map([['assay.seal.one', text]])))

      assert.equal(await notes.announcement.read(), undefined)
      assert.equal(await notes.registration.read(), undefined)
      assert.deepEqual(await notes.publication.read(), {})
    }
  })

  it('behavior: a browser that forbids storage keeps them while the page is open', async () => {
    const forbidden = () => {
      throw new Error('The operation is insecure.')
    }
    const notes = sealNotes('one', { getItem: forbidden, setItem: forbidden })

    await notes.announcement.write(hash)

    assert.equal(await notes.announcement.read(), hash)
  })
})
