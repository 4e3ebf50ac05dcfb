import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rangeOf } from './inputRange.ts'

const input = { shape: [2], width: 1 as const, lo: -128, bits: 8, scale: 4, kind: 'tensor' as const }

test('behavior: the range is that of the model’s integers in real values', () => {
  assert.deepEqual(rangeOf(input, 0), { least: -8, most: 127 / 16 })
})

test('behavior: an element with a scale of its own has its own range', () => {
  const own = { ...input, grid: { scales: [4, 0], zeros: [0, 128] } }
  assert.deepEqual(rangeOf(own, 1), { least: 0, most: 255 })
})
