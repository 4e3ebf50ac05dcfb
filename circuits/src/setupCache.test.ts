import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { readCachedKey, writeCachedKey } from './setupCache.ts'

const key = { zkey: Uint8Array.of(1, 2, 3), transcriptHash: `0x${'ab'.repeat(32)}` } as const

async function fillCache(test: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-cache-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  await writeCachedKey(folder, 'hash', key)
  return folder
}

describe('setupCache', () => {
  it('behavior: a key comes back as it was written, and nothing temporary stays', async (test) => {
    const folder = await fillCache(test)

    const found = await readCachedKey(folder, 'hash')

    assert.deepEqual(new Uint8Array(found?.zkey ?? []), key.zkey)
    assert.equal(found?.transcriptHash, key.transcriptHash)
    assert.deepEqual(readdirSync(folder).sort(), ['hash.json', 'hash.zkey'])
  })

  it('behavior: a key that is not there is undefined', async (test) => {
    assert.equal(await readCachedKey(await fillCache(test), 'other'), undefined)
  })

  const damages: [string, (folder: string) => void][] = [
    ['cut short', (folder) => truncateSync(join(folder, 'hash.zkey'), 2)],
    ['made longer', (folder) => appendFileSync(join(folder, 'hash.zkey'), 'x')],
    ['altered', (folder) => writeFileSync(join(folder, 'hash.zkey'), Uint8Array.of(1, 2, 4))],
    ['without its note', (folder) => rmSync(join(folder, 'hash.json'))],
    ['with a broken note', (folder) => truncateSync(join(folder, 'hash.json'), 5)],
    ['with a note of another form', (folder) => writeFileSync(join(folder, 'hash.json'), '{"version":2}')],
  ]
  for (const [what, damage] of damages) {
    it(`soundness: a key ${what} is not used, and written again it is`, async (test) => {
      const folder = await fillCache(test)
      damage(folder)

      assert.equal(await readCachedKey(folder, 'hash'), undefined)

      await writeCachedKey(folder, 'hash', key)
      assert.deepEqual(new Uint8Array((await readCachedKey(folder, 'hash'))?.zkey ?? []), key.zkey)
    })
  }
})
