import { gaussian, type Random } from './seededRandom.ts'

const size = 28
const paddedSize = size + 3
const cellSize = 7
const gridSide = size / cellSize + 1

/** How far an augmented digit may stray from the original. */
export type Augmentation = {
  /** radians, either way */
  rotation: number
  /** share of the size, either way, drawn for both axes together and again for each */
  scale: number
  /** share of the height, either way */
  shear: number
  /** pixels, either way */
  shift: number
  /** standard deviation of the elastic displacement in pixels */
  elastic: number
  /** 0…1: how strongly strokes may be thickened or thinned by one pixel */
  thickness: number
}

/**
 * Draws a random variation of a 28×28 digit: strokes thicker or thinner, then an affine and elastic warp,
 * then more or less ink. Source of the elastic part: Simard, Steinkraus and Platt, ICDAR 2003.
 * @param pixels 784 values 0…1, row-major
 */
export function augmentDigit(pixels: Float32Array, { amount, random }: { amount: Augmentation; random: Random }) {
  const target = new Float64Array(size * size)
  const spread = (limit: number) => (2 * random() - 1) * limit
  const inked = changeThickness(pixels, spread(amount.thickness))
  const angle = spread(amount.rotation)
  const scale = 1 + spread(amount.scale)
  const scaleX = scale * (1 + spread(amount.scale / 2))
  const scaleY = scale * (1 + spread(amount.scale / 2))
  const shear = spread(amount.shear)
  const shiftX = spread(amount.shift)
  const shiftY = spread(amount.shift)
  const gridX = Float64Array.from({ length: gridSide * gridSide }, () => gaussian(random) * amount.elastic)
  const gridY = Float64Array.from({ length: gridSide * gridSide }, () => gaussian(random) * amount.elastic)
  const gain = 1 + 0.4 * random() ** 2
  const middle = (size - 1) / 2
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]

  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const fromX = (x - middle - shiftX + between(gridX, gridSide, x / cellSize, y / cellSize)) / scaleX
      const fromY = (y - middle - shiftY + between(gridY, gridSide, x / cellSize, y / cellSize)) / scaleY
      const sourceX = cos * fromX - sin * fromY + shear * fromY + middle
      const sourceY = sin * fromX + cos * fromY + middle
      // the margin is empty, so what lies outside the image reads as paper
      const clampedX = Math.max(0, Math.min(size + 1, sourceX + 1))
      const clampedY = Math.max(0, Math.min(size + 1, sourceY + 1))
      target[y * size + x] = Math.min(1, gain * between(inked, paddedSize, clampedX, clampedY))
    }
  }
  return target
}

/**
 * Blends each pixel with the brightest (amount > 0) or darkest (amount < 0) of itself and its four neighbours.
 * @returns the image with a margin of one empty pixel before and two after
 */
function changeThickness(pixels: Float32Array, amount: number): Float64Array {
  const plain = new Float64Array(paddedSize * paddedSize)
  for (let y = 0; y < size; y++) plain.set(pixels.subarray(y * size, (y + 1) * size), (y + 1) * paddedSize + 1)
  const result = new Float64Array(plain.length)
  const share = Math.abs(amount)
  for (let y = 1; y <= size; y++) {
    for (let x = 1; x <= size; x++) {
      const index = y * paddedSize + x
      const value = num(plain, index)
      const [left, right] = [num(plain, index - 1), num(plain, index + 1)]
      const [up, down] = [num(plain, index - paddedSize), num(plain, index + paddedSize)]
      const extreme = amount > 0 ? Math.max(value, left, right, up, down) : Math.min(value, left, right, up, down)
      result[index] = value + share * (extreme - value)
    }
  }
  return result
}

/** The value between four neighbours of a square field, bilinear. */
function between(field: Float64Array, side: number, x: number, y: number): number {
  const column = Math.floor(x)
  const row = Math.floor(y)
  const right = x - column
  const down = y - row
  const corner = row * side + column
  const top = num(field, corner) * (1 - right) + num(field, corner + 1) * right
  const bottom = num(field, corner + side) * (1 - right) + num(field, corner + side + 1) * right
  return top * (1 - down) + bottom * down
}

function num(array: Float64Array, index: number): number {
  // every index is inside the field by the clamping above
  return array[index] as number
}
