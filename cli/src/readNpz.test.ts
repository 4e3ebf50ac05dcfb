import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { zipSync } from 'fflate'
import { readNpz } from './readNpz.ts'

const written = readFileSync(new URL('../../test/fixtures/publish/sklearn.npz', import.meta.url))

describe('readNpz', () => {
  it('behavior: arrays that numpy packed come back by their names, with shapes and values', () => {
    const arrays = readNpz(written, 'x.npz')

    assert.deepEqual([...arrays.keys()], ['inputs', 'labels'])
    assert.deepEqual(arrays.get('inputs')?.shape, [60, 13])
    assert.deepEqual(arrays.get('labels')?.shape, [60])
    assert.ok(arrays.get('labels')?.values.every((label) => [0, 1, 2].includes(label)))
  })

  const one = new Uint8Array(1)
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`${index}.npy`, one]))
  const vast = zipSync({ 'inputs.npy': one })
  // What the entry says of its unpacked size, in the local header and in the directory.
  const view = new DataView(vast.buffer)
  for (let at = 0; at + 4 <= vast.length; at++) {
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 2 ** 31, true)
  }
  const refused: [string, Uint8Array, RegExp][] = [
    ['another format', new Uint8Array(100), /is not a \.npz file, or is damaged/],
    ['an archive that is cut', written.subarray(0, 500), /is not a \.npz file, or is damaged/],
    ['more arrays than are read', zipSync(many), /holds more than 64 arrays/],
    ['an archive that unpacks to too much', vast, /unpacks to more than 1 GiB/],
    ['a member that is no array', zipSync({ 'inputs.npy': one }), /\[inputs\.npy\] is not a \.npy file/],
  ]
  for (const [what, bytes, reason] of refused) {
    it(`error: ${what} is refused`, () => {
      assert.throws(() => readNpz(bytes, 'x.npz'), { name: 'NpyError', message: reason })
    })
  }
})
