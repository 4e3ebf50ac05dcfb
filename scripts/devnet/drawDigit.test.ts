import assert from 'node:assert/strict'
import { it } from 'node:test'
import { drawDigit } from './drawDigit.ts'

it('behavior: two rows of pixels make one line of half blocks', () => {
  const pixels = new Float32Array(784)
  pixels[0] = 1
  pixels[28 + 1] = 1
  pixels[2] = 1
  pixels[28 + 2] = 1
  pixels[783] = 1

  const lines = drawDigit(pixels)

  assert.equal(lines.length, 14)
  assert.equal(lines[0], `▀▄█${' '.repeat(25)}`)
  assert.equal(lines[13], `${' '.repeat(27)}▄`)
})

it('behavior: faint pixels stay paper', () => {
  assert.deepEqual(drawDigit(new Float32Array(784).fill(0.2)), Array(14).fill(' '.repeat(28)))
})
