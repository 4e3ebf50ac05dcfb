import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { baseOrder } from './field.ts'
import {
  decodeProof,
  decodeProofBytes,
  encodeProof,
  encodeProofBytes,
  fromSnarkjsProof,
  toSnarkjsProof,
} from './proof.ts'

const words = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]
const good = toSnarkjsProof(decodeProof(words))

describe('proof', () => {
  it('behavior: the imaginary part stands first in the market, last in snarkjs', () => {
    const proof = decodeProof(words)

    assert.deepEqual(proof.b, { x: { c0: 4n, c1: 3n }, y: { c0: 6n, c1: 5n } })
    assert.deepEqual(good.pi_b, [
      ['4', '3'],
      ['6', '5'],
      ['1', '0'],
    ])
  })

  it('invariant: words, 256 bytes and snarkjs JSON carry the same proof (S1-ZK-1)', () => {
    const word = fc.bigInt({ min: 0n, max: baseOrder - 1n })
    fc.assert(
      fc.property(fc.array(word, { minLength: 8, maxLength: 8 }), (some) => {
        const proof = decodeProof(some)
        const bytes = encodeProofBytes(proof)
        assert.deepEqual([...encodeProof(proof)], some)
        assert.equal(bytes.length, 256)
        assert.deepEqual(decodeProofBytes(bytes), proof)
        assert.deepEqual(fromSnarkjsProof(JSON.parse(JSON.stringify(toSnarkjsProof(proof)))), proof)
      }),
    )
  })

  it('error: a wrong number of words or bytes, a coordinate not below p (S1-ZK-3)', () => {
    assert.throws(() => decodeProof(words.slice(1)), { name: 'ProofFormatError', field: 'length' })
    assert.throws(() => decodeProof([...words, 9n]), { name: 'ProofFormatError', field: 'length' })
    assert.throws(() => decodeProofBytes(new Uint8Array(255)), { name: 'ProofFormatError', field: 'length' })
    assert.throws(() => decodeProofBytes(new Uint8Array(256).fill(255)), { name: 'ProofFormatError', field: 'word 0' })
    for (const index of words.keys()) {
      for (const value of [baseOrder, -1n]) {
        const name = { name: 'ProofFormatError', field: `word ${index}` }
        assert.throws(() => decodeProof(words.with(index, value)), name)
        assert.throws(() => encodeProofBytes({ ...decodeProof(words), c: { x: baseOrder, y: 1n } }), {
          name: 'ProofFormatError',
          field: 'word 6',
        })
      }
    }
  })

  const wrong: [string, unknown, string][] = [
    ['no object', 'proof', 'JSON'],
    ['nothing', null, 'JSON'],
    ['a list', [], 'JSON'],
    ['an extra member', { ...good, extra: 1 }, '"extra"'],
    ['another protocol', { ...good, protocol: 'plonk' }, 'protocol'],
    ['no curve', { ...good, curve: undefined }, 'curve'],
    ['a missing point', { ...good, pi_c: undefined }, 'pi_c'],
    ['a point of two', { ...good, pi_a: ['1', '2'] }, 'pi_a'],
    ['a projective point', { ...good, pi_a: ['1', '2', '3'] }, 'pi_a[2]'],
    [
      'a point at infinity',
      {
        ...good,
        pi_b: [
          ['1', '2'],
          ['3', '4'],
          ['0', '0'],
        ],
      },
      'pi_b[2]',
    ],
    ['a number', { ...good, pi_a: [1, '2', '1'] }, 'pi_a[0]'],
    ['a hexadecimal string', { ...good, pi_a: ['0x1', '2', '1'] }, 'pi_a[0]'],
    ['a leading zero', { ...good, pi_c: ['01', '2', '1'] }, 'pi_c[0]'],
    ['a negative number', { ...good, pi_c: ['1', '-2', '1'] }, 'pi_c[1]'],
    ['a long string', { ...good, pi_c: ['1', '9'.repeat(100000), '1'] }, 'pi_c[1]'],
    [
      'p itself',
      {
        ...good,
        pi_b: [
          ['1', String(baseOrder)],
          ['3', '4'],
          ['1', '0'],
        ],
      },
      'pi_b[0][1]',
    ],
  ]
  for (const [what, json, field] of wrong) {
    it(`error: snarkjs JSON with ${what} (S1-ZK-3)`, () => {
      assert.throws(
        () => fromSnarkjsProof(json),
        (error: Error & { field?: string }) => {
          assert.equal(error.name, 'ProofFormatError')
          assert.equal(error.field, field)
          assert.ok(error.message.length < 300)
          return true
        },
      )
    })
  }
})
