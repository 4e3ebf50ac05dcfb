import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { encodeBinFile, findSections, getElement, putElement, viewOf } from './binFile.ts'

const file = encodeBinFile('wtns', 2, [
  { id: 1, bytes: Uint8Array.of(7, 8) },
  { id: 2, bytes: new Uint8Array(0) },
])
const find = (bytes: Uint8Array, magic = 'wtns', version = 2) =>
  findSections((offset, length) => bytes.subarray(offset, offset + length), {
    magic,
    version,
    fileLength: bytes.length,
  })

describe('binFile', () => {
  it('behavior: writes the container byte for byte', () => {
    const hex = Buffer.from(file).toString('hex')

    assert.equal(
      hex,
      `77746e730200000002000000${'01000000'}${'0200000000000000'}0708${'02000000'}${'0000000000000000'}`,
    )
  })

  it('invariant: a file cut anywhere, or with a byte more, is refused', () => {
    for (let length = 0; length < file.length; length++) {
      assert.throws(() => find(file.subarray(0, length)), { name: 'BinFileInvalidError', magic: 'wtns' }, `${length}`)
    }
    assert.throws(() => find(Uint8Array.of(...file, 0)), {
      name: 'BinFileInvalidError',
      fact: '1 bytes follow its last section',
    })
    assert.deepEqual(find(file).get(1), { id: 1, start: 24, length: 2 })
  })

  it('error: another magic, another version, a section twice, a length beyond any file', () => {
    const huge = Uint8Array.from(file)
    huge.fill(0xff, 16, 24)
    const twice = Uint8Array.from(file)
    viewOf(twice).setUint32(26, 1, true)

    assert.throws(() => find(file, 'zkey'), {
      name: 'BinFileInvalidError',
      fact: 'it begins with "wtns" instead of "zkey"',
    })
    assert.throws(() => find(file, 'wtns', 1), {
      name: 'BinFileInvalidError',
      fact: 'its version is 2 and only 1 is known',
    })
    assert.throws(() => find(twice), { name: 'BinFileInvalidError', fact: 'section 1 stands in it twice' })
    assert.throws(() => find(huge), { name: 'BinFileInvalidError', magic: 'wtns' })
  })

  it('invariant: an element below 2^256 is read as it was written, little-endian', () => {
    const view = viewOf(new Uint8Array(40))
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.integer({ min: 0, max: 8 }), (value, offset) => {
        putElement(view, offset, value)
        assert.equal(getElement(view, offset), value)
        assert.equal(view.getUint8(offset), Number(value & 255n))
      }),
    )
  })
})
