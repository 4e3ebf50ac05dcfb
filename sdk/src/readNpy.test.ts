import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readNpy } from './readNpy.ts'

/** A .npy file as numpy.save writes it. */
function fakeNpy({ descr = '<f4', shape = '(2, 2)', order = 'False', data = new Uint8Array(16) } = {}): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`
  const header = `${text.padEnd(117)}\n`
  const bytes = new Uint8Array(10 + header.length + data.length)
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0])
  bytes.set(new TextEncoder().encode(header), 10)
  bytes.set(data, 10 + header.length)
  return bytes
}

describe('readNpy', () => {
  it('behavior: float32, float64 and uint8 come back row by row', () => {
    const floats = new Uint8Array(Float32Array.of(0, 0.5, -1, 2).buffer)
    const doubles = new Uint8Array(Float64Array.of(0.25, 8).buffer)

    assert.deepEqual([...readNpy(fakeNpy({ data: floats }), 'x').values], [0, 0.5, -1, 2])
    assert.deepEqual([...readNpy(fakeNpy({ descr: '<f8', shape: '(2,)', data: doubles }), 'x').values], [0.25, 8])
    const pixels = readNpy(fakeNpy({ descr: '|u1', shape: '(1, 3)', data: Uint8Array.of(0, 127, 255) }), 'x')
    assert.deepEqual(pixels, { shape: [1, 3], values: Float64Array.of(0, 127, 255) })
  })

  it('behavior: integers come back exactly, with their signs', () => {
    const cases: [string, ArrayBuffer, number[]][] = [
      ['|i1', Int8Array.of(-128, 127).buffer, [-128, 127]],
      ['<u2', Uint16Array.of(0, 65_535).buffer, [0, 65_535]],
      ['<i2', Int16Array.of(-32_768, 5).buffer, [-32_768, 5]],
      ['<u4', Uint32Array.of(0, 2 ** 32 - 1).buffer, [0, 2 ** 32 - 1]],
      ['<i4', Int32Array.of(-(2 ** 31), 7).buffer, [-(2 ** 31), 7]],
      ['<i8', BigInt64Array.of(-(2n ** 53n), 9n).buffer, [-(2 ** 53), 9]],
    ]
    for (const [descr, buffer, expected] of cases) {
      const { values } = readNpy(fakeNpy({ descr, shape: '(2,)', data: new Uint8Array(buffer) }), 'x')

      assert.deepEqual([...values], expected, descr)
    }
  })

  const refused: [string, Uint8Array, RegExp][] = [
    ['an empty file', new Uint8Array(), /is not a \.npy file/],
    ['another format', new Uint8Array(100), /is not a \.npy file/],
    ['a header that is cut', fakeNpy().subarray(0, 60), /ends inside its header/],
    ['complex numbers', fakeNpy({ descr: '<c8' }), /type `<c8`/],
    ['a name that every object has', fakeNpy({ descr: 'toString' }), /type `toString`/],
    ['big-endian floats', fakeNpy({ descr: '>f4' }), /type `>f4`/],
    ['columns first', fakeNpy({ order: 'True' }), /Fortran order/],
    ['too few data', fakeNpy({ data: new Uint8Array(15) }), /needs 16 bytes, and 15 bytes/],
    [
      'a shape that needs more memory than there is',
      fakeNpy({ shape: '(4294967296, 4294967296)' }),
      /and 16 bytes of data/,
    ],
    ['a negative shape', fakeNpy({ shape: '(-2, -2)' }), /16 bytes of data/],
  ]
  for (const [what, bytes, reason] of refused) {
    it(`error: ${what} is refused`, () => {
      assert.throws(() => readNpy(bytes, 'file.npy'), { name: 'NpyError', path: 'file.npy', message: reason })
    })
  }
})
