import assert from 'node:assert/strict'
import test from 'node:test'
import { shortHex, shortText } from './shortText.ts'

test('behavior: text of strangers is cut and loses characters that reorder or hide what follows', () => {
  assert.equal(shortText('a\u202Eb\u0000c', 10), 'a b c')
  assert.equal(shortText('x'.repeat(50), 10), `${'x'.repeat(9)}…`)
})

test('behavior: ids are shortened in the middle', () => {
  assert.equal(shortHex(`0x1234${'0'.repeat(56)}abcd`), '0x1234…abcd')
})
