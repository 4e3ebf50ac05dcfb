import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { scalarOrder } from './field.ts'
import { commitInput, commitmentChunks } from './inputCommitment.ts'
import { packInput, packOutput, unpackOutput } from './packing.ts'
import { decodeTensor, encodeTensor } from './tensorBytes.ts'
import { tensorDepth, tensorRoot } from './tensorRoot.ts'

describe('packing', () => {
  it('behavior: puts the first value in the lowest bits', () => {
    assert.deepEqual(packInput(Int32Array.from([1, 2, 15]), { lo: 0, bits: 4 }), [0xf21n])
    assert.deepEqual(packInput(Int32Array.from([-8, 7]), { lo: -8, bits: 4 }), [0xf0n])
  })

  it('behavior: ten values of 24 bits take one word, eleven take two', () => {
    assert.equal(packOutput(new Int32Array(10), { bits: 24 }).length, 1)
    assert.equal(packOutput(new Int32Array(11), { bits: 24 }).length, 2)
  })

  it('invariant: unpacking gives back what was packed, and every word is below the field', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), fc.array(fc.integer(), { maxLength: 70 }), (bits, raw) => {
        const values = Int32Array.from(raw, (value) => (bits === 32 ? value : value >> (32 - bits)))
        const words = packOutput(values, { bits })
        assert.ok(words.every((word) => word >= 0n && word < 1n << 248n && word < scalarOrder))
        assert.deepEqual(unpackOutput(words, { count: values.length, bits }), values)
      }),
    )
  })

  it('error: a value outside its bits is named', () => {
    assert.throws(() => packInput(Int32Array.from([0, 16]), { lo: 0, bits: 4 }), {
      name: 'ValueOutOfBitsError',
      index: 1,
      value: 16,
    })
    assert.throws(() => packOutput(Int32Array.from([-9]), { bits: 4 }), {
      name: 'ValueOutOfBitsError',
      index: 0,
      value: -9,
    })
  })

  it('soundness: words that carry more than their values do not unpack', () => {
    assert.throws(() => unpackOutput([1n << 240n], { count: 10, bits: 24 }), { name: 'RangeError' })
    assert.throws(() => unpackOutput([0n, 0n], { count: 10, bits: 24 }), { name: 'RangeError' })
    assert.throws(() => unpackOutput([-1n], { count: 1, bits: 8 }), { name: 'RangeError' })
  })
})

describe('input commitment', () => {
  it('behavior: absorbs 16 words, then 15 at a time', () => {
    assert.deepEqual(commitmentChunks(13), [13])
    assert.deepEqual(commitmentChunks(16), [16])
    assert.deepEqual(commitmentChunks(47), [16, 15, 15, 1])
  })

  it('soundness: depends on every word and its place', () => {
    const words = Array.from({ length: 20 }, (_, index) => BigInt(index))
    const all = new Set([commitInput(words)])
    for (const index of words.keys()) all.add(commitInput(words.map((word, at) => (at === index ? word + 1n : word))))
    all.add(commitInput([...words].reverse()))

    assert.equal(all.size, 22)
  })

  it('error: refuses an empty input', () => {
    assert.throws(() => commitInput([]), { name: 'RangeError' })
  })
})

describe('tensor bytes and roots', () => {
  it('invariant: a tensor survives its bytes at each width', () => {
    for (const width of [1, 2, 4] as const) {
      const values = Int32Array.from([0, 1, -1, 2 ** (8 * width - 1) - 1, -(2 ** (8 * width - 1))])
      assert.deepEqual(decodeTensor(encodeTensor(values, width), { count: 5, width }), values)
    }
  })

  it('error: names an element that does not fit and a wrong length', () => {
    assert.throws(() => encodeTensor(Int32Array.from([0, 128]), 1), {
      name: 'ElementOutOfWidthError',
      index: 1,
      value: 128,
    })
    assert.throws(() => decodeTensor(new Uint8Array(3), { count: 2, width: 2 }), {
      name: 'TensorLengthError',
      actual: 3,
      needed: 4,
    })
  })

  it('behavior: the root of one leaf is the leaf, zero padded (TRACE.md 3)', () => {
    assert.equal(tensorRoot(Uint8Array.from([1, 2])), `0x0102${'00'.repeat(30)}`)
  })

  it('behavior: three leaves give the tree of four with a zero leaf, golden value', () => {
    const bytes = Uint8Array.from({ length: 96 }, (_, index) => index)

    assert.equal(tensorDepth(96, 1), 2)
    assert.equal(
      tensorRoot(bytes),
      tensorRoot(Uint8Array.from({ length: 128 }, (_, index) => (index < 96 ? index : 0))),
    )
    assert.equal(tensorRoot(bytes), '0x0458774a953911085db9e9e48cf34b200b878df10b1de853584e8a8d7aac98eb')
  })

  it('soundness: swapping two leaves changes the root', () => {
    const bytes = Uint8Array.from({ length: 64 }, (_, index) => index)
    const swapped = Uint8Array.from([...bytes.subarray(32), ...bytes.subarray(0, 32)])

    assert.notEqual(tensorRoot(bytes), tensorRoot(swapped))
  })
})
