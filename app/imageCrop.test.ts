import assert from 'node:assert/strict'
import { test } from 'node:test'
import { centredSquare } from './imageCrop.ts'

test('behavior: the square is in the middle, on either side', () => {
  assert.deepEqual(centredSquare({ width: 641, height: 480 }), { x: 80, y: 0, side: 480 })
  assert.deepEqual(centredSquare({ width: 3, height: 9 }), { x: 0, y: 3, side: 3 })
})
