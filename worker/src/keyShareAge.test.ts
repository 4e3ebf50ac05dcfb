import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { restoreKey, splitKey } from './keyFileShares.ts'
import { checkRecipient, identitiesIn, openShare, sealShare } from './keyShareAge.ts'

const identity = await generateX25519Identity()
const recipient = await identityToRecipient(identity)

test('behavior: S2-KEY-5 shares that are encrypted to a recipient restore the key with its identity', async () => {
  const key = randomBytes(32)
  const shares = await splitKey(key, { needed: 2, of: 3 })
  const sealed = await Promise.all(shares.map((share) => sealShare(JSON.stringify(share), recipient)))

  const identities = identitiesIn(`# made by a test\n${identity}\n`)
  const opened = await Promise.all(sealed.slice(1).map((text) => openShare(text, identities)))

  assert.deepEqual(Buffer.from(await restoreKey(opened)), key)
  for (const [index, text] of sealed.entries()) assert.ok(!text.includes(shares[index]?.share.slice(0, 12) ?? ''))
  assert.equal(await openShare('{"plain":1}', []), '{"plain":1}')
})

test('error: S2-KEY-5 a sealed share is not opened without its identity, nor when it was changed', async () => {
  const sealed = await sealShare('share', recipient)
  const [header = '', first = '', ...rest] = sealed.split('\n')
  const changed = [header, first.replace(/.$/, (end) => (end === 'A' ? 'B' : 'A')), ...rest].join('\n')

  await assert.rejects(openShare(sealed, []), { name: 'ShareSealedError', identities: 0 })
  await assert.rejects(openShare(sealed, [await generateX25519Identity()]), { name: 'ShareSealedError', identities: 1 })
  await assert.rejects(openShare(changed, [identity]), { name: 'ShareSealedError' })
})

test('error: S2-KEY-5 what is no recipient or identity of age is named, and a secret not repeated', () => {
  for (const text of ['age1abc', '/media/usb', recipient.slice(0, -1)]) {
    assert.throws(() => checkRecipient(text), { name: 'RecipientInvalidError', recipient: text })
  }
  for (const text of ['', '# nothing', identity.slice(0, -1)]) {
    assert.throws(
      () => identitiesIn(text),
      (error: Error) => {
        return (
          error.name === 'IdentityInvalidError' &&
          !`${error.message}${error.cause ?? ''}`.includes(identity.slice(16, 30))
        )
      },
    )
  }
})
