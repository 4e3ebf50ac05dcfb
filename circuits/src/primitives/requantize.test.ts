import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createCircuitBuilder, one, wire } from '../circuitBuilder.ts'
import { mod, scalarOrder } from '../field.ts'
import { findViolation } from '../r1cs.ts'
import { emitRequantize, type Requantization, requantize, requantizeWitness, type SumBounds } from './requantize.ts'

const relu: Requantization = { shift: 2, lo: 0, hi: 1000 }

/** A circuit that takes the sum on wire 2 and puts the value on wire 1, and the honest witness. */
function requantizeCircuit({ sum, bounds, how }: { sum: number; bounds: SumBounds; how: Requantization }) {
  const builder = createCircuitBuilder({ outputCount: 1, publicInputCount: 1 })
  const value = emitRequantize(builder, { sum: wire(2), bounds, how })
  builder.constrain(wire(1), one, value)
  const wires = requantizeWitness(sum, { bounds, how })
  return { r1cs: builder.build(), witness: [1n, mod(BigInt(requantize(sum, how))), mod(BigInt(sum)), ...wires] }
}

const cases: { title: string; bounds: SumBounds; how: Requantization }[] = [
  { title: 'a ReLU with a shift', bounds: { sumLo: -7, sumHi: 5 }, how: relu },
  { title: 'a ReLU without a shift', bounds: { sumLo: -3, sumHi: 3 }, how: { shift: 0, lo: 0, hi: 1000 } },
  { title: 'a shift of both signs', bounds: { sumLo: -7, sumHi: 5 }, how: { shift: 1, lo: -100, hi: 100 } },
  { title: 'a ReLU that is never off', bounds: { sumLo: 2, sumHi: 6 }, how: relu },
  { title: 'a ReLU that is always off', bounds: { sumLo: -9, sumHi: -4 }, how: relu },
]

describe('requantize', () => {
  it('behavior: rounds halves up, golden values', () => {
    const golden = [
      [-8, 0],
      [-2, 0],
      [-1, 0],
      [1, 0],
      [2, 1],
      [5, 1],
      [6, 2],
      [4001, 1000],
    ] as const

    for (const [sum, value] of golden) assert.equal(requantize(sum, relu), value)
    assert.equal(requantize(-3, { shift: 1, lo: -9, hi: 9 }), -1)
  })

  for (const { title, bounds, how } of cases) {
    it(`soundness: ${title} has one witness for each sum, found by trying every assignment of the bits`, () => {
      for (let sum = bounds.sumLo; sum <= bounds.sumHi; sum++) {
        const { r1cs, witness } = requantizeCircuit({ sum, bounds, how })
        assert.equal(findViolation(r1cs, witness), undefined)

        const isGated = how.lo === 0 && bounds.sumLo < 0
        const bits = Math.max(0, witness.length - 3 - (isGated ? 1 : 0))
        const values = Array.from({ length: 24 }, (_, index) => mod(BigInt(index - 12)))
        let satisfying = 0
        for (let assignment = 0; assignment < 2 ** bits; assignment++) {
          const wires = Array.from({ length: bits }, (_, bit) => BigInt((assignment >> bit) & 1))
          for (const value of values) {
            const forged = [1n, value, mod(BigInt(sum)), ...wires, ...(isGated && witness.length > 3 ? [value] : [])]
            if (findViolation(r1cs, forged) === undefined) satisfying++
          }
        }
        assert.equal(satisfying, 1, `sum ${sum}`)
      }
    })
  }

  it('soundness: a bit that is neither 0 nor 1 cannot absorb a wrong value', () => {
    const bounds = { sumLo: -7, sumHi: 5 }
    const { r1cs, witness } = requantizeCircuit({ sum: 5, bounds, how: relu })

    // Lift bit 0 by 4 and clear bit 2: (2) still holds, the value drops by one; only (1) stands in the way.
    const forged = [...witness]
    forged[3] = (witness[3] ?? 0n) + 4n
    forged[5] = (witness[5] ?? 0n) - 1n
    forged[1] = 0n
    assert.notEqual(findViolation(r1cs, forged.map(mod)), undefined)
  })

  it('soundness: a sum outside its interval has no witness', () => {
    const bounds = { sumLo: -7, sumHi: 5 }
    const { r1cs, witness } = requantizeCircuit({ sum: 5, bounds, how: relu })

    for (const sum of [8n, 100n, scalarOrder - 1000n]) {
      for (let assignment = 0; assignment < 16; assignment++) {
        const bits = Array.from({ length: 4 }, (_, bit) => BigInt((assignment >> bit) & 1))
        assert.notEqual(findViolation(r1cs, [1n, 0n, sum, ...bits, 0n]), undefined)
      }
    }
    assert.equal(witness.length, 8)
  })

  it('invariant: the witness satisfies the rows and agrees with the integers for random sums, shifts and ranges', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
        fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
        fc.integer({ min: 0, max: 24 }),
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (one, other, shift, isRelu, share) => {
          const bounds = { sumLo: Math.min(one, other), sumHi: Math.max(one, other) }
          const sum = Math.round(bounds.sumLo + share * (bounds.sumHi - bounds.sumLo))
          const how = { shift, lo: isRelu ? 0 : -(2 ** 31), hi: 2 ** 31 - 1 }
          const { r1cs, witness } = requantizeCircuit({ sum, bounds, how })
          assert.equal(findViolation(r1cs, witness), undefined)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('invariant: a ReLU over n bits takes n + 2 rows', () => {
    const { r1cs } = requantizeCircuit({
      sum: 0,
      bounds: { sumLo: -(2 ** 19), sumHi: 2 ** 18 },
      how: { shift: 8, lo: 0, hi: 2 ** 12 },
    })

    assert.equal(r1cs.constraints.length - 1, 20 + 2)
  })

  it('error: refuses an interval that the circuit would have to clamp', () => {
    const bounds = { sumLo: -7, sumHi: 5 }
    assert.throws(() => requantizeCircuit({ sum: 0, bounds, how: { shift: 0, lo: 0, hi: 4 } }), {
      name: 'GraphInvalidError',
    })
    assert.throws(() => requantizeCircuit({ sum: 0, bounds, how: { shift: 0, lo: -5, hi: 9 } }), {
      name: 'GraphInvalidError',
    })
  })
})
