import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bn254 } from '@noble/curves/bn254.js'
import fc from 'fast-check'
import { putElement, viewOf } from './binFile.ts'
import { baseOrder, scalarOrder } from './field.ts'
import { addPairs, baseField, buildTable, extensionField, multiplyBase, windowCount } from './fixedBase.ts'
import { g1Generator, g2Generator } from './points.ts'

const { G1, G2 } = bn254
const { Fp2 } = bn254.fields

function encodeScalars(scalars: bigint[]): Uint8Array {
  const bytes = new Uint8Array(scalars.length * 32)
  for (const [index, scalar] of scalars.entries()) putElement(viewOf(bytes), index * 32, scalar)
  return bytes
}

const edges = [
  0n,
  1n,
  2n,
  255n,
  256n,
  2n ** 128n,
  2n ** 253n,
  scalarOrder - 1n,
  scalarOrder - 2n,
  (scalarOrder - 1n) / 2n,
]

describe('fixedBase', () => {
  for (const bits of [2, 5, 8, 11]) {
    it(`invariant: multiples of the generators are those of another library (windows of ${bits} bits)`, () => {
      const random = fc.sample(fc.bigInt({ min: 1n, max: scalarOrder - 1n }), { numRuns: 20, seed: bits })
      const scalars = [...edges, ...random]

      const g1 = multiplyBase(baseField, buildTable(baseField, g1Generator, bits), encodeScalars(scalars))
      const g2 = multiplyBase(
        extensionField,
        buildTable(extensionField, g2Generator, Math.min(bits, 8)),
        encodeScalars(scalars),
      )

      for (const [index, scalar] of scalars.entries()) {
        const expected = scalar === 0n ? undefined : G1.Point.BASE.multiplyUnsafe(scalar).toAffine()
        assert.deepEqual(g1[index], expected, `${scalar}`)
        const other = scalar === 0n ? undefined : G2.Point.BASE.multiplyUnsafe(scalar).toAffine()
        assert.deepEqual(g2[index] && { ...g2[index] }, other && { x: { ...other.x }, y: { ...other.y } }, `${scalar}`)
      }
    })
  }

  it('behavior: adding is complete: doubling, opposite points, infinity on either side', () => {
    const g = g1Generator
    const minus = { x: g.x, y: baseOrder - g.y }
    const double = G1.Point.BASE.double().toAffine()

    const sums = addPairs(
      baseField,
      [g, g, undefined, g, undefined, double],
      [g, minus, g, undefined, undefined, minus],
    )

    assert.deepEqual(sums, [double, undefined, g, g, undefined, g])
  })

  it('invariant: the extension field agrees with another library', () => {
    const element = fc.record({
      c0: fc.bigInt({ min: 0n, max: baseOrder - 1n }),
      c1: fc.bigInt({ min: 0n, max: baseOrder - 1n }),
    })
    fc.assert(
      fc.property(element, element, (a, b) => {
        assert.deepEqual(extensionField.multiply(a, b), { ...Fp2.mul(a, b) })
        assert.deepEqual(extensionField.square(a), { ...Fp2.sqr(a) })
        assert.deepEqual(extensionField.subtract(a, b), { ...Fp2.sub(a, b) })
        assert.deepEqual(extensionField.add(a, extensionField.negate(a)), { c0: 0n, c1: 0n })
        if (!extensionField.isZero(a)) assert.deepEqual(extensionField.invert(a), { ...Fp2.inv(a) })
      }),
    )
  })

  it('behavior: windows cover 254 bits and a carry', () => {
    assert.equal(windowCount(8), 32)
    assert.equal(windowCount(5), 51)
    assert.equal(windowCount(14), 19)
  })
})
