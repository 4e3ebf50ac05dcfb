import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imageSize, toRgba } from './inputImage.ts'

test('args: the shape of an image has rows, columns and 1, 3 or 4 channels, after ones for the batch', () => {
  assert.deepEqual(imageSize([28, 28, 1]), { height: 28, width: 28, channels: 1 })
  assert.deepEqual(imageSize([1, 32, 24, 3]), { height: 32, width: 24, channels: 3 })
  assert.deepEqual(imageSize([28, 28]), { height: 28, width: 28, channels: 1 })
})

test('args: a shape that is no image has no size', () => {
  assert.equal(imageSize([784]), undefined)
  assert.equal(imageSize([3, 32, 32]), undefined)
  assert.equal(imageSize([2, 32, 32, 3]), undefined)
})

test('behavior: one channel becomes a grey on the stone, three become colours', () => {
  const grey = toRgba(Float32Array.from([0, 1]), { height: 1, width: 2, channels: 1 })
  const colour = toRgba(Float32Array.from([1, 0, 0.5]), { height: 1, width: 1, channels: 3 })

  assert.deepEqual([...grey], [20, 25, 27, 255, 255, 255, 255, 255])
  assert.deepEqual([...colour], [255, 0, 128, 255])
})
