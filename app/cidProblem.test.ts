import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cidProblem } from './cidProblem.ts'

test('args: a file is named by a CID of version 1', () => {
  assert.equal(cidProblem(' bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy '), undefined)
  assert.equal(cidProblem(''), undefined)
  for (const text of ['ipfs://bafkrei', 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG', 'baf', 'BAFKREI']) {
    assert.match(cidProblem(text) ?? '', /no CID/)
  }
})
