import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { decryptKey, encryptKey, parseKeystore } from './keyFileEncrypted.ts'
import { accountOfKey } from './keyFileParse.ts'
import { exportV3, importV3 } from './keyFileV3.ts'

// The weakest that is read, so that tests are quick.
const cost = { memoryKiB: 19_456, passes: 1, lanes: 1 }
const passphrase = Buffer.from('correct horse')

/** PBKDF2 vector of the Web3 Secret Storage Definition; its passphrase is "testpassword". */
const vector = JSON.stringify({
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262_144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  version: 3,
})

test('behavior: S2-KEY-4 a key comes back from argon2id and AES-256-GCM as it went in', async () => {
  const key = randomBytes(32)

  const text = JSON.stringify(await encryptKey({ key, passphrase }, { cost }))
  const opened = await decryptKey(parseKeystore(text), passphrase)

  assert.deepEqual(Buffer.from(opened.key), key)
  assert.equal(opened.account.address, accountOfKey(key).address)
  assert.match(text, /"kdf":"argon2id".*"cipher":"aes-256-gcm"/)
  assert.ok(!text.includes(key.toString('hex')))
})

test('error: S2-KEY-4 another passphrase opens nothing', async () => {
  const keystore = await encryptKey({ key: randomBytes(32), passphrase }, { cost })

  await assert.rejects(decryptKey(keystore, Buffer.from('correct horsf')), {
    name: 'PassphraseWrongError',
    address: keystore.address,
  })
})

test('soundness: S2-KEY-4 a keystore of which any field was changed is not opened', async () => {
  const keystore = await encryptKey({ key: randomBytes(32), passphrase }, { cost })
  const flip = (hex: string) => (hex.startsWith('0') ? '1' : '0') + hex.slice(1)
  const forgeries = [
    { ...keystore, address: accountOfKey(randomBytes(32)).address },
    { ...keystore, createdAt: new Date(0).toISOString() },
    { ...keystore, iv: flip(keystore.iv) },
    { ...keystore, tag: flip(keystore.tag) },
    { ...keystore, ciphertext: flip(keystore.ciphertext) },
    { ...keystore, kdfparams: { ...keystore.kdfparams, passes: 2 } },
    { ...keystore, kdfparams: { ...keystore.kdfparams, salt: flip(keystore.kdfparams.salt) } },
  ]

  for (const forged of forgeries) await assert.rejects(decryptKey(forged, passphrase), { name: 'PassphraseWrongError' })
})

test('error: S2-KEY-4 parameters that are too weak, too costly or unknown are refused before any work', async () => {
  const keystore = await encryptKey({ key: randomBytes(32), passphrase }, { cost })
  const { kdfparams } = keystore
  const wrong = [
    { ...keystore, kdfparams: { ...kdfparams, memoryKiB: 8 } },
    { ...keystore, kdfparams: { ...kdfparams, memoryKiB: 2 ** 30 } },
    { ...keystore, kdf: 'scrypt' },
    { ...keystore, cipher: 'aes-128-ctr' },
    { ...keystore, extra: 1 },
  ]

  for (const value of wrong) {
    assert.throws(() => parseKeystore(JSON.stringify(value)), { name: 'KeystoreFormatError' })
  }
  assert.throws(() => parseKeystore('not JSON'), { name: 'KeystoreFormatError' })
})

test('error: S0-KEY-4 what is no key is refused for its own reason', () => {
  const order = Buffer.from('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141', 'hex')
  const largest = Buffer.from(order)
  largest[31] = 0x40

  assert.throws(() => accountOfKey(new Uint8Array(31)), { name: 'KeyLengthError', bytes: 31 })
  assert.throws(() => accountOfKey(new Uint8Array(33)), { name: 'KeyLengthError', bytes: 33 })
  assert.throws(() => accountOfKey(new Uint8Array(32)), { name: 'KeyZeroError' })
  assert.throws(() => accountOfKey(order), { name: 'KeyAboveOrderError' })
  assert.match(accountOfKey(largest).address, /^0x/)
})

test('behavior: S2-KEY-4 the published Web3 vector is imported', async () => {
  const key = await importV3(vector, Buffer.from('testpassword'))

  // As published beside it; the key itself would not pass `npm run scan:secrets`.
  assert.equal(accountOfKey(key).address, '0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b')
})

test('behavior: S2-KEY-4 a key goes out as a Web3 keystore of version 3 and comes back', async () => {
  const key = randomBytes(32)

  const text = await exportV3({ key, passphrase }, { n: 1024 })

  assert.deepEqual(Buffer.from(await importV3(text, passphrase)), key)
  await assert.rejects(importV3(text, Buffer.from('wrong')), { name: 'PassphraseWrongError' })
})

test('error: S0-KEY-4 a Web3 keystore of another address, or with parameters that would exhaust the machine, is refused', async () => {
  const text = await exportV3({ key: randomBytes(32), passphrase }, { n: 1024 })
  const other = accountOfKey(randomBytes(32)).address.slice(2)
  const renamed = text.replace(/"address":"[0-9a-f]{40}"/, `"address":"${other}"`)

  await assert.rejects(importV3(renamed, passphrase), { name: 'KeyAddressError' })
  for (const forged of [text.replace('"n":1024', '"n":1000'), text.replace('"n":1024,"r":8', '"n":1048576,"r":32')]) {
    assert.notEqual(forged, text)
    await assert.rejects(importV3(forged, passphrase), { name: 'KeystoreFormatError' })
  }
})
