import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createAccumulator, wire } from './circuitBuilder.ts'
import { mod, scalarOrder } from './field.ts'
import { coefficientAt, encodeR1cs, evaluateCombination, type LinearCombination, type R1cs } from './r1cs.ts'

const small = fc.oneof(fc.integer(), fc.maxSafeInteger())

/** A system of one row with this combination on its c side. */
function oneRow(c: LinearCombination): R1cs {
  return { wireCount: 5, outputCount: 1, publicInputCount: 1, constraints: [{ a: wire(1), b: wire(2), c }] }
}

describe('r1cs', () => {
  it('invariant: small coefficients are written and evaluated as the field elements they stand for', () => {
    fc.assert(
      fc.property(fc.array(small, { minLength: 1, maxLength: 4 }), (numbers) => {
        const wires = numbers.map((_, index) => index)
        const doubles: LinearCombination = { wires, coefficients: Float64Array.from(numbers) }
        const bigints: LinearCombination = { wires, coefficients: numbers.map((value) => mod(BigInt(value))) }
        const witness = [1n, 5n, scalarOrder - 7n, 0n, 123n]

        assert.deepEqual(encodeR1cs(oneRow(doubles)), encodeR1cs(oneRow(bigints)))
        assert.equal(evaluateCombination(doubles, witness), evaluateCombination(bigints, witness))
        for (const term of wires.keys()) assert.equal(coefficientAt(doubles, term), bigints.coefficients[term])
      }),
    )
  })

  it('behavior: an accumulator adds up exactly, past what doubles hold too, and begins anew after each sum', () => {
    const accumulator = createAccumulator()
    fc.assert(
      fc.property(fc.array(fc.tuple(small, small, fc.nat(3000)), { maxLength: 12 }), (terms) => {
        const expected = new Map<number, bigint>()
        for (const [factor, coefficient, index] of terms) {
          accumulator.add(factor, { wires: Int32Array.of(index), coefficients: Float64Array.of(coefficient) })
          expected.set(index, (expected.get(index) ?? 0n) + BigInt(factor) * BigInt(coefficient))
        }
        const sum = accumulator.take()
        const found = new Map(Array.from(sum.wires, (index, term) => [index, coefficientAt(sum, term)]))

        const nonZero = [...expected]
          .map(([index, value]) => [index, mod(value)] as const)
          .filter(([, value]) => value !== 0n)
        assert.deepEqual(found, new Map(nonZero))
      }),
    )
  })
})
