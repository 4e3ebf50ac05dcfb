import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { provingPart } from './provingPart.ts'

describe('provingPart', () => {
  test('behavior: what snarkjs says becomes the part of the proof that it is about', () => {
    assert.equal(provingPart('IFFT_A: fft 13 mix start: 0/4'), 'Transforming A')
    assert.equal(provingPart('FFT_C: fft  13  join: 13/13'), 'Transforming C')
    assert.equal(provingPart('Multiexp start: multiexp B1: 0/8192'), 'Summing the points of B')
    assert.equal(provingPart('Multiexp start: multiexp B2: 0/8192'), 'Summing the points of B, in the second group')
  })

  test('behavior: other words change nothing', () => {
    assert.equal(provingPart('Reading Wtns'), undefined)
    assert.equal(provingPart(''), undefined)
  })
})
