import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressProblem } from './addressProblem.ts'

const address = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'

test('args: an account is an address whose case fits, or which has none', () => {
  assert.deepEqual([address, ` ${address} `, address.toLowerCase(), ''].map(addressProblem), Array(4).fill(undefined))
})

test('error: a wrong letter is told from what is no address', () => {
  assert.match(addressProblem(address.replace('AAe', 'aAe').replace('5a', '5A')) ?? '', /wrong letter/)
  for (const text of ['0x12', 'vitalik.eth', `0x${'00'.repeat(20)}`]) {
    assert.match(addressProblem(text) ?? '', /no address/)
  }
})
