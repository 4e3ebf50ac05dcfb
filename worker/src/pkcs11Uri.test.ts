import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTokenUri } from './pkcs11Uri.ts'

const module = '?module-path=/usr/lib/softhsm/libsofthsm2.so'
const modulePath = '/usr/lib/softhsm/libsofthsm2.so'

test('args: S3-KEY-2 a PKCS#11 URI names module, token and key, percent-encoded where it has to be', () => {
  assert.deepEqual(parseTokenUri(`pkcs11:token=My%20token;object=w%C3%B6rker;type=private${module}`), {
    modulePath,
    token: 'My token',
    object: 'wörker',
  })
  assert.deepEqual(parseTokenUri(`pkcs11:serial=42;slot-id=7;id=%01%fFa;manufacturer=SoftHSM%20project${module}`), {
    modulePath,
    serial: '42',
    slotId: 7,
    id: '01ff61',
    manufacturer: 'SoftHSM project',
  })
})

test('error: S3-KEY-2 a URI that names no key or module, or says what is not understood, is refused', () => {
  const wrong = [
    'object=worker',
    `pkcs11:token=assay${module}`,
    'pkcs11:object=worker',
    'pkcs11:object=worker?module-path=libsofthsm2.so',
    'pkcs11:object=worker?module-name=softhsm2',
    `pkcs11:object=worker;object=other${module}`,
    `pkcs11:object=worker;type=public${module}`,
    `pkcs11:object=worker;x-vendor=1${module}`,
    `pkcs11:object=wor%ker${module}`,
    `pkcs11:object=%ff${module}`,
    `pkcs11:object=worker${module}#fragment`,
  ]
  for (const text of wrong) assert.throws(() => parseTokenUri(text), { name: 'TokenUriError' }, text)
})

test('error: S0-KEY-3 S3-KEY-2 a PIN in the URI is refused and not repeated', () => {
  const refuse = (query: string) => () => parseTokenUri(`pkcs11:object=worker${module}&${query}`)

  assert.throws(
    refuse('pin-value=271828'),
    (error: Error) => /pin-value/.test(error.message) && !/271828/.test(error.message),
  )
  assert.throws(refuse('pin-source=file:/etc/pin'), { name: 'TokenUriError' })
})
