import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeFrames, decodeWords, encodeFrames, encodeWords } from './frames.ts'

test('behavior: frames and words come back as they went in', () => {
  const frames = [Uint8Array.of(1, 2, 3), new Uint8Array(), new Uint8Array(70_000).fill(9)]
  const words = [0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 224n, 2n ** 254n, 2n ** 256n - 1n]

  assert.deepEqual(
    decodeFrames(encodeFrames(frames), 3).map((frame) => [...frame]),
    frames.map((frame) => [...frame]),
  )
  assert.deepEqual(decodeWords(encodeWords(words)), words)
})

test('error: a stream that is cut off, or goes on, is refused', () => {
  const bytes = encodeFrames([Uint8Array.of(1, 2, 3), Uint8Array.of(4)])

  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeFrames(bytes.subarray(0, length), 2), { name: 'FrameError' })
  }
  assert.throws(() => decodeFrames(bytes, 1), { name: 'FrameError' })
  assert.throws(() => decodeWords(new Uint8Array(33)), { name: 'FrameError' })
})
