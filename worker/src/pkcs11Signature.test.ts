import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keccak256, parseSignature, recoverAddress } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { signatureOf } from './pkcs11Signature.ts'

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const account = privateKeyToAccount(generatePrivateKey())
const { address } = account

test('behavior: S3-KEY-2 both twins of a signature become the one with s in the low half', async () => {
  for (let index = 0; index < 8; index++) {
    const hash = keccak256(Buffer.from([index]))
    const expected = parseSignature(await account.sign({ hash }))
    const twin = (order - BigInt(expected.s)).toString(16).padStart(64, '0')

    for (const s of [expected.s.slice(2), twin]) {
      const signature = await signatureOf(`${expected.r.slice(2)}${s}`, { hash, address })

      assert.deepEqual([signature.r, signature.s, signature.yParity], [expected.r, expected.s, expected.yParity])
      assert.equal(await recoverAddress({ hash, signature }), address)
    }
  }
})

test('soundness: S3-KEY-2 a signature of another hash or key, or of another length, is not passed on', async () => {
  const hash = keccak256('0x01')
  const { r, s } = parseSignature(await account.sign({ hash }))
  const made = `${r.slice(2)}${s.slice(2)}`
  const stranger = privateKeyToAccount(generatePrivateKey()).address
  const wrong = { name: 'TokenSignatureError' }

  await assert.rejects(signatureOf(made, { hash: keccak256('0x02'), address }), wrong)
  await assert.rejects(signatureOf(made, { hash, address: stranger }), { ...wrong, address: stranger })
  await assert.rejects(signatureOf(made.slice(2), { hash, address }), wrong)
  await assert.rejects(signatureOf('0'.repeat(128), { hash, address }), wrong)
})
