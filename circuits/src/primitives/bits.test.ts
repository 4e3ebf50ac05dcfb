import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mod } from '../field.ts'
import { type GadgetTrial, gadgetTrial } from '../gadgetTrial.ts'
import { findViolation } from '../r1cs.ts'
import { greaterThanConstant, greaterThanConstantRows, rangedElement } from './bits.ts'

/** A circuit whose input, wire 1, is an element of a declared range. */
function elementTrial({ lo, bits }: { lo: number; bits: number }): GadgetTrial {
  return gadgetTrial({
    inputs: [{ lo, hi: lo + 2 ** bits - 1 }],
    outputs: 0,
    constrain(circuit, [input = circuit.constant(0)]) {
      circuit.equate(rangedElement(circuit, { value: input.value, lo, bits }), input)
      return []
    },
  })
}

/** All assignments of 0 and 1 to `count` wires. */
function assignments(count: number): bigint[][] {
  return Array.from({ length: 2 ** count }, (_, index) =>
    Array.from({ length: count }, (_, bit) => BigInt((index >> bit) & 1)),
  )
}

describe('bits', () => {
  it('behavior: takes one row for each bit', () => {
    assert.equal(elementTrial({ lo: 0, bits: 4 }).r1cs.constraints.length, 4 + 1)
  })

  it('invariant: rows of a comparison with a constant are as many as are said', () => {
    for (const count of [1, 4, 7, 9]) {
      for (let threshold = -1; threshold <= 2 ** count; threshold++) {
        const rows = (compares: boolean) =>
          gadgetTrial({
            inputs: [],
            outputs: 0,
            constrain(circuit) {
              const bits = circuit.freeBits(0, { lo: 0, count })
              if (compares) greaterThanConstant(circuit, { bits, threshold })
              return []
            },
          }).r1cs.constraints.length

        assert.equal(
          rows(true) - rows(false),
          greaterThanConstantRows({ count, threshold }),
          `${threshold} of ${count}`,
        )
      }
    }
  })

  it('soundness: exactly the values of the declared range have a witness', () => {
    const { r1cs } = elementTrial({ lo: -3, bits: 3 })

    for (let value = -12; value <= 12; value++) {
      const found = assignments(3).filter(
        (wires) => findViolation(r1cs, [1n, mod(BigInt(value)), ...wires]) === undefined,
      )
      assert.equal(found.length, value >= -3 && value <= 4 ? 1 : 0, `value ${value}`)
    }
  })

  it('soundness: a wire that is neither 0 nor 1 breaks a row', () => {
    const { r1cs } = elementTrial({ lo: 0, bits: 3 })

    assert.equal(findViolation(r1cs, [1n, 2n, 0n, 1n, 0n]), undefined)
    assert.notEqual(findViolation(r1cs, [1n, 2n, 2n, 0n, 0n]), undefined)
    assert.notEqual(findViolation(r1cs, [1n, 9n, 9n, 0n, 0n]), undefined)
  })
})

describe('comparison of bits with a constant', () => {
  const count = 6
  const trial = (threshold: number) =>
    gadgetTrial({
      inputs: [{ lo: 0, hi: 2 ** count - 1 }],
      outputs: 1,
      constrain(circuit, [input = circuit.constant(0)]) {
        const bits = circuit.bits({ addend: input, lo: 0, hi: 2 ** count - 1 }, { lo: 0, count })
        return [greaterThanConstant(circuit, { bits, threshold })]
      },
    })

  it('behavior: is 1 above the threshold and 0 up to it, for every value and threshold', () => {
    for (let threshold = -1; threshold <= 2 ** count; threshold++) {
      const { r1cs, witness } = trial(threshold)
      for (let value = 0; value < 2 ** count; value++) {
        const wires = witness([value])
        assert.equal(wires[1], value > threshold ? 1n : 0n, `${value} > ${threshold}`)
        assert.equal(findViolation(r1cs, wires), undefined)
      }
    }
  })

  it('soundness: the other answer breaks a row whatever one wire beside it says', () => {
    for (const threshold of [0, 3, 21, 31, 40, 62]) {
      const { r1cs, witness } = trial(threshold)
      for (let value = 0; value < 2 ** count; value++) {
        const forged = witness([value])
        forged[1] = 1n - (forged[1] ?? 0n)
        assert.notEqual(findViolation(r1cs, forged), undefined)
        for (let wire = 3; wire < forged.length; wire++) {
          const both = [...forged]
          both[wire] = mod(1n - (both[wire] ?? 0n))
          assert.notEqual(findViolation(r1cs, both), undefined, `threshold ${threshold}, value ${value}, wire ${wire}`)
        }
      }
    }
  })

  it('invariant: takes one row for each bit above the lowest zero, and three for a run of zeros at the top', () => {
    const rows = (threshold: number) => trial(threshold).r1cs.constraints.length - (count + 1) - 1

    assert.deepEqual([0b010101, 0b101010, 0b011111, 0b000111, 0b100111, 0b000000].map(rows), [4, 5, 0, 2, 2, 3])
  })
})
