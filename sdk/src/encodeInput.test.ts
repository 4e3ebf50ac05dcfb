import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { packOutput } from '@assay/circuits/packing'
import { cidOf } from './content.ts'
import { decodeOutput } from './decodeOutput.ts'
import { encodeInput } from './encodeInput.ts'
import type { ManifestInput, ManifestOutput } from './manifest.ts'

const image: ManifestInput = { shape: [2, 2, 1], width: 1, lo: 0, bits: 4, scale: 4, kind: 'image' }
const scores: ManifestOutput = { shape: [3], bits: 24, scale: 3, kind: 'scores', labels: ['a', 'b', 'c'] }

describe('encodeInput', () => {
  it('behavior: values are scaled, rounded half up and clamped to the range of the model', async () => {
    const { values, bytes } = await encodeInput(image, [0, 0.5, 1, 0.03125])

    assert.deepEqual([...values], [0, 8, 15, 1])
    assert.deepEqual([...bytes], [0, 8, 15, 1])
  })

  it('behavior: a signed range rounds half up below zero too', async () => {
    const signed: ManifestInput = { shape: [4], width: 1, lo: -8, bits: 4, scale: 0, kind: 'tensor' }

    const { values } = await encodeInput(signed, [-0.5, -1.5, -100, 7.4])

    assert.deepEqual([...values], [0, -1, -8, 7])
  })

  it('behavior: columns of a grid have their own steps and begin where their zeros say', async () => {
    const table: ManifestInput = {
      ...{ shape: [3], width: 2, lo: 0, bits: 8, scale: 0, kind: 'tensor' },
      grid: { scales: [0, 8, -2], zeros: [1900, -128, 0] },
    }

    const { values } = await encodeInput(table, [1984, -0.25, 5000])

    assert.deepEqual([...values], [84, 64, 255])
  })

  it('invariant: the packed word holds the values in 4 bits each, the first lowest; the CID is that of the bytes', async () => {
    const { words, cid, bytes } = await encodeInput(image, [0.0625, 0.125, 0.1875, 0.25])

    assert.deepEqual(words, [0x4321n])
    assert.equal(cid, await cidOf(bytes))
  })

  it('soundness: another pixel is another commitment, root and CID', async () => {
    const one = await encodeInput(image, [0, 0, 0, 0])
    const other = await encodeInput(image, [0, 0, 0, 1])

    assert.notEqual(one.inputCommitment, other.inputCommitment)
    assert.notEqual(one.inputRoot, other.inputRoot)
    assert.notEqual(one.inputCid, other.inputCid)
  })

  it('error: a wrong number of values names both numbers', async () => {
    await assert.rejects(encodeInput(image, [0, 0, 0]), { name: 'InputSizeError', actual: 3, needed: 4 })
  })

  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`error: ${value} names its place`, async () => {
      await assert.rejects(encodeInput(image, [0, 0, value, 0]), { name: 'InputValueError', index: 2, value })
    })
  }
})

describe('decodeOutput', () => {
  it('behavior: scores carry label, real value and a share; shares add up to 1', () => {
    const { top, scores: all, reals } = decodeOutput(scores, packOutput(Int32Array.of(-8, 16, 4), { bits: 24 }))

    assert.deepEqual(reals, [-1, 2, 0.5])
    assert.equal(top?.label, 'b')
    assert.equal(top?.score, 2)
    const total = all?.reduce((sum, { share }) => sum + share, 0) ?? 0
    assert.ok(Math.abs(total - 1) < 1e-12)
  })

  it('behavior: the first of equal scores is the answer', () => {
    assert.equal(decodeOutput(scores, packOutput(Int32Array.of(1, 5, 5), { bits: 24 })).top?.index, 1)
  })

  it('behavior: scores that differ by more than a float can exponentiate still have shares', () => {
    const { top } = decodeOutput(
      { ...scores, scale: 0 },
      packOutput(Int32Array.of(-8_000_000, 8_000_000, 0), { bits: 24 }),
    )

    assert.equal(top?.share, 1)
  })

  it('error: a word with bits beyond its values is refused', () => {
    const [word = 0n] = packOutput(Int32Array.of(1, 2, 3), { bits: 24 })

    assert.throws(() => decodeOutput(scores, [word + (1n << 72n)]))
  })
})
