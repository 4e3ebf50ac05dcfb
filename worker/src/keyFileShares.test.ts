import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { restoreKey, splitKey } from './keyFileShares.ts'

async function sharesOf(key: Uint8Array, options = { needed: 2, of: 3 }): Promise<[string, string, string]> {
  const [first, second, third] = (await splitKey(key, options)).map((share) => JSON.stringify(share))
  assert.ok(first && second && third)
  return [first, second, third]
}

test('behavior: S2-KEY-5 any two of three shares restore the key', async () => {
  const key = randomBytes(32)
  const [first, second, third] = await sharesOf(key)

  for (const texts of [
    [first, second],
    [second, third],
    [third, first],
    [first, second, third],
  ]) {
    assert.deepEqual(Buffer.from(await restoreKey(texts)), key)
  }
  for (const text of [first, second, third]) assert.ok(!text.includes(key.toString('hex')))
})

test('error: S2-KEY-5 one share restores nothing, nor does the same one twice', async () => {
  const [first] = await sharesOf(randomBytes(32))

  for (const texts of [[], [first], [first, first]]) {
    await assert.rejects(restoreKey(texts), { name: 'KeySharesError' })
  }
})

test('error: S2-KEY-5 shares of different splits of the same key do not mix', async () => {
  const key = randomBytes(32)
  const [first] = await sharesOf(key)
  const [, second] = await sharesOf(key)

  await assert.rejects(restoreKey([first, second]), { name: 'KeySharesError' })
})

test('soundness: S2-KEY-5 a changed share, or one that lies about how many are needed, is found out', async () => {
  const [first, second, third] = await sharesOf(randomBytes(32), { needed: 3, of: 3 })
  const changed = third.replace(/"share":"(.)/, (_text, digit: string) => `"share":"${digit === '0' ? '1' : '0'}`)
  const eager = [first, second].map((text) => text.replace('"needed":3', '"needed":2'))

  await assert.rejects(restoreKey([first, second, changed]), (error: Error) => /^Key/.test(error.name))
  await assert.rejects(restoreKey(eager), (error: Error) => /^Key/.test(error.name))
  await assert.rejects(restoreKey(['{}', second, third]), { name: 'KeySharesError' })
  await assert.rejects(restoreKey(['not JSON']), { name: 'KeySharesError' })
})

test('error: S2-KEY-5 a split that is none is refused', async () => {
  const wrong = [
    { needed: 1, of: 3 },
    { needed: 4, of: 3 },
    { needed: 2, of: 256 },
    { needed: 2.5, of: 3 },
  ]

  for (const options of wrong) await assert.rejects(splitKey(randomBytes(32), options), { name: 'KeySharesError' })
})
