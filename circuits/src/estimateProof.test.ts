import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { estimateProof, proofSizeOf } from './estimateProof.ts'

// Measured: constraints, processor ms of one thread of the native prover (docs/prover.md).
const measured = [
  [634, 23.8],
  [4984, 78.6],
  [19_276, 240],
  [33_404, 435],
  [89_376, 981],
] as const

describe('estimateProof', () => {
  for (const [constraints, ms] of measured) {
    it(`behavior: a native proof of ${constraints} constraints is within three tenths of ${ms} ms`, () => {
      const { warmMs } = estimateProof(proofSizeOf(constraints), { kind: 'native', threads: 1, factor: 1 })

      assert.ok(Math.abs(warmMs / ms - 1) < 0.3, `${warmMs}`)
    })
  }

  it('behavior: two threads take less, a slower machine more, snarkjs several times as long, a start comes on top', () => {
    const size = proofSizeOf(89_376)
    const one = estimateProof(size, { kind: 'native', threads: 1, factor: 1 })
    const two = estimateProof(size, { kind: 'native', threads: 2, factor: 1 })
    const slow = estimateProof(size, { kind: 'native', threads: 1, factor: 3 })
    const snarkjs = estimateProof(size, { kind: 'snarkjs', threads: 1, factor: 1 })

    assert.ok(two.warmMs < one.warmMs / 1.5 && two.warmMs > one.warmMs / 2)
    assert.ok(Math.abs(slow.warmMs - 3 * one.warmMs) <= 3)
    assert.ok(snarkjs.warmMs > 6 * one.warmMs)
    for (const { warmMs, coldMs } of [one, two, slow, snarkjs]) assert.ok(coldMs > warmMs)
  })

  it('args: a circuit just over a power of two has the next domain', () => {
    assert.equal(proofSizeOf(1023).domainSize, 1024)
    assert.equal(proofSizeOf(1024).domainSize, 2048)
  })
})
