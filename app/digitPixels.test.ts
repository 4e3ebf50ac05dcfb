import assert from 'node:assert/strict'
import test from 'node:test'
import { digitPixels, type Point } from './digitPixels.ts'

const line = (from: Point, to: Point): Point[] =>
  Array.from({ length: 20 }, (_, step) => ({
    x: from.x + ((to.x - from.x) * step) / 19,
    y: from.y + ((to.y - from.y) * step) / 19,
  }))

function extent(pixels: Float32Array) {
  const inked = Array.from(pixels, (value, index) => ({
    value,
    row: Math.floor(index / 28),
    column: index % 28,
  })).filter(({ value }) => value >= 0.5)
  const rows = inked.map(({ row }) => row)
  const columns = inked.map(({ column }) => column)
  return { top: Math.min(...rows), bottom: Math.max(...rows), left: Math.min(...columns), right: Math.max(...columns) }
}

test('behavior: a clean pad gives an empty image', () => {
  assert.deepEqual(digitPixels([]), new Float32Array(784))
})

test('behavior: a drawing fills the 20 pixel box wherever and however small it was drawn', () => {
  const corner = extent(digitPixels([line({ x: 0.05, y: 0.05 }, { x: 0.06, y: 0.3 })]))
  const whole = extent(digitPixels([line({ x: 0.48, y: 0 }, { x: 0.52, y: 1 })]))

  assert.deepEqual(corner, whole)
  assert.deepEqual([corner.top, corner.bottom], [4, 23])
})

test('behavior: the centre of mass stands in the middle to a quarter of a pixel', () => {
  const pixels = digitPixels([
    line({ x: 0.2, y: 0.1 }, { x: 0.8, y: 0.1 }),
    line({ x: 0.8, y: 0.1 }, { x: 0.4, y: 0.9 }),
  ])

  const mass = pixels.reduce((sum, value) => sum + value, 0)
  const x = pixels.reduce((sum, value, index) => sum + value * ((index % 28) + 0.5), 0) / mass
  const y = pixels.reduce((sum, value, index) => sum + value * (Math.floor(index / 28) + 0.5), 0) / mass
  assert.ok(Math.abs(x - 14) < 0.25 && Math.abs(y - 14) < 0.25, `centre of mass at ${x}, ${y}`)
})

test('behavior: a tap is a dot, not a blot that fills the box', () => {
  const { top, bottom } = extent(digitPixels([[{ x: 0.3, y: 0.3 }]]))
  assert.ok(bottom - top < 4)
})

test('invariant: every pixel is between 0 and 1 and edges are anti-aliased', () => {
  const pixels = digitPixels([line({ x: 0.3, y: 0.2 }, { x: 0.7, y: 0.8 })])
  assert.ok(pixels.every((value) => value >= 0 && value <= 1))
  assert.ok(pixels.some((value) => value > 0.1 && value < 0.9))
})
