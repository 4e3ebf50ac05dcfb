import { baseOrder } from './field.ts'
import type { Fp2 } from './points.ts'

/** The operations a curve's coordinates need. */
export type CoordinateField<F> = {
  add: (a: F, b: F) => F
  subtract: (a: F, b: F) => F
  negate: (a: F) => F
  multiply: (a: F, b: F) => F
  square: (a: F) => F
  invert: (a: F) => F
  isZero: (a: F) => boolean
}

/** Affine point of a curve y² = x³ + b, or undefined for infinity. */
export type AffinePoint<F> = { x: F; y: F } | undefined

/** Coordinates of G1. */
export const baseField: CoordinateField<bigint> = {
  add: (a, b) => {
    const sum = a + b
    return sum >= baseOrder ? sum - baseOrder : sum
  },
  subtract: (a, b) => (a >= b ? a - b : a - b + baseOrder),
  negate: (a) => (a === 0n ? 0n : baseOrder - a),
  multiply: (a, b) => (a * b) % baseOrder,
  square: (a) => (a * a) % baseOrder,
  invert: invertBase,
  isZero: (a) => a === 0n,
}

/** Coordinates of G2: c0 + c1·i with i² = -1. */
export const extensionField: CoordinateField<Fp2> = {
  add: (a, b) => ({ c0: baseField.add(a.c0, b.c0), c1: baseField.add(a.c1, b.c1) }),
  subtract: (a, b) => ({ c0: baseField.subtract(a.c0, b.c0), c1: baseField.subtract(a.c1, b.c1) }),
  negate: (a) => ({ c0: baseField.negate(a.c0), c1: baseField.negate(a.c1) }),
  multiply: (a, b) => {
    const real = a.c0 * b.c0
    const imaginary = a.c1 * b.c1
    const cross = (a.c0 + a.c1) * (b.c0 + b.c1) - real - imaginary
    return { c0: (real + (squareOfOrder - imaginary)) % baseOrder, c1: cross % baseOrder }
  },
  square: (a) => ({
    c0: ((a.c0 + a.c1) * (a.c0 + (baseOrder - a.c1))) % baseOrder,
    c1: (2n * a.c0 * a.c1) % baseOrder,
  }),
  invert: (a) => {
    const factor = invertBase((a.c0 * a.c0 + a.c1 * a.c1) % baseOrder)
    return { c0: (a.c0 * factor) % baseOrder, c1: (baseField.negate(a.c1) * factor) % baseOrder }
  },
  isZero: (a) => a.c0 === 0n && a.c1 === 0n,
}

const squareOfOrder = baseOrder * baseOrder

function invertBase(value: bigint): bigint {
  let [low, high] = [value, baseOrder]
  let [lowFactor, highFactor] = [1n, 0n]
  while (low > 1n) {
    const quotient = high / low
    ;[high, low] = [low, high - quotient * low]
    ;[highFactor, lowFactor] = [lowFactor, highFactor - quotient * lowFactor]
  }
  return lowFactor < 0n ? lowFactor + baseOrder : lowFactor
}

/** Item at an index the caller knows to be inside. */
function at<T>(list: readonly T[], index: number): T {
  if (index >= list.length) throw new RangeError(`Index ${index} is outside a list of ${list.length}.`)
  // Inside its bounds, a dense list holds a T; undefined may be one (infinity).
  return list[index] as T
}

/**
 * Adds pairs of affine points with one field inversion for all of them (Montgomery's trick): about six multiplications a pair.
 * Complete: equal points double, opposite points and infinity give what they should.
 */
export function addPairs<F>(
  field: CoordinateField<F>,
  left: readonly AffinePoint<F>[],
  right: readonly AffinePoint<F>[],
): AffinePoint<F>[] {
  const { add, subtract, multiply, square, isZero } = field
  const sums: AffinePoint<F>[] = new Array(left.length).fill(undefined)
  const pending: { index: number; p: { x: F; y: F }; q: { x: F; y: F }; rise: F; run: F; before: F | undefined }[] = []
  let product: F | undefined
  for (let index = 0; index < left.length; index++) {
    const p = at(left, index)
    const q = at(right, index)
    if (p === undefined || q === undefined) {
      sums[index] = p ?? q
      continue
    }
    let run = subtract(q.x, p.x)
    let rise = subtract(q.y, p.y)
    if (isZero(run)) {
      // Opposite points; a point with y = 0 does not exist in these groups of odd order.
      if (!isZero(rise)) continue
      const xx = square(p.x)
      rise = add(add(xx, xx), xx)
      run = add(p.y, p.y)
    }
    pending.push({ index, p, q, rise, run, before: product })
    product = product === undefined ? run : multiply(product, run)
  }
  if (product === undefined) return sums
  let inverse = field.invert(product)
  for (let position = pending.length - 1; position >= 0; position--) {
    const { index, p, q, rise, run, before } = at(pending, position)
    const slope = multiply(rise, before === undefined ? inverse : multiply(inverse, before))
    inverse = multiply(inverse, run)
    const x = subtract(subtract(square(slope), p.x), q.x)
    sums[index] = { x, y: subtract(multiply(slope, subtract(p.x, x)), p.y) }
  }
  return sums
}

/** Multiples of one point: `windows[w][j - 1]` is j · 2^(bits·w) · base for 1 ≤ j ≤ 2^(bits-1). */
export type FixedBaseTable<F> = { bits: number; windows: AffinePoint<F>[][] }

const scalarBits = 254

/** Number of signed windows of `bits` bits that a scalar below 2^254 needs, a last carry included. */
export function windowCount(bits: number): number {
  return Math.ceil((scalarBits + 1) / bits)
}

/** Precomputes the table for multiplying `base` with windows of `bits` bits (2 … 16). */
export function buildTable<F>(field: CoordinateField<F>, base: AffinePoint<F>, bits: number): FixedBaseTable<F> {
  const half = 2 ** (bits - 1)
  const windows: AffinePoint<F>[][] = []
  let start = base
  for (let window = 0; window < windowCount(bits); window++) {
    let multiples: AffinePoint<F>[] = [start]
    while (multiples.length < half) {
      const step: AffinePoint<F>[] = new Array(multiples.length).fill(multiples[multiples.length - 1])
      multiples = multiples.concat(addPairs(field, multiples, step))
    }
    windows.push(multiples)
    const last = multiples[half - 1]
    start = addPairs(field, [last], [last])[0]
  }
  return { bits, windows }
}

/**
 * Multiplies the table's point by many scalars, window by window over all of them.
 * @param scalars 32 little-endian bytes each, below 2^254
 * @returns a point for each scalar; undefined for zero
 */
export function multiplyBase<F>(
  field: CoordinateField<F>,
  { bits, windows }: FixedBaseTable<F>,
  scalars: Uint8Array,
): AffinePoint<F>[] {
  const count = scalars.length / 32
  const digits = signedDigits(scalars, bits)
  const sums: AffinePoint<F>[] = new Array(count).fill(undefined)
  for (const [window, multiples] of windows.entries()) {
    const indices: number[] = []
    const left: AffinePoint<F>[] = []
    const right: AffinePoint<F>[] = []
    for (let index = 0; index < count; index++) {
      const digit = digits[index * windows.length + window] ?? 0
      if (digit === 0) continue
      const multiple = at(multiples, Math.abs(digit) - 1)
      indices.push(index)
      left.push(sums[index])
      right.push(digit > 0 || multiple === undefined ? multiple : { x: multiple.x, y: field.negate(multiple.y) })
    }
    const added = addPairs(field, left, right)
    for (let position = 0; position < indices.length; position++) sums[at(indices, position)] = added[position]
  }
  return sums
}

/** Digits d of each scalar, low first, with -2^(bits-1) < d <= 2^(bits-1) and Σ d · 2^(bits·w) = scalar. */
function signedDigits(scalars: Uint8Array, bits: number): Int32Array {
  const perScalar = windowCount(bits)
  const count = scalars.length / 32
  const digits = new Int32Array(count * perScalar)
  const full = 2 ** bits
  for (let index = 0; index < count; index++) {
    let carry = 0
    for (let window = 0; window < perScalar; window++) {
      const bit = window * bits
      const byte = bit >> 3
      let value = 0
      for (let part = 0; part < 4 && byte + part < 32; part++) {
        value += (scalars[index * 32 + byte + part] ?? 0) * 2 ** (8 * part)
      }
      let digit = (Math.floor(value / 2 ** (bit & 7)) % full) + carry
      carry = digit > full / 2 ? 1 : 0
      if (carry === 1) digit -= full
      digits[index * perScalar + window] = digit
    }
  }
  return digits
}
