import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCircuitBuilder, one, wire } from '../circuitBuilder.ts'
import { mod } from '../field.ts'
import { findViolation } from '../r1cs.ts'
import { bitsWitness, emitRangedElement } from './bits.ts'

/** A circuit that puts a ranged element on wire 1. */
function elementCircuit({ lo, bits }: { lo: number; bits: number }) {
  const builder = createCircuitBuilder({ outputCount: 1, publicInputCount: 0 })
  builder.constrain(wire(1), one, emitRangedElement(builder, { lo, bits }))
  return builder.build()
}

describe('bits', () => {
  it('behavior: takes one row for each bit', () => {
    assert.equal(elementCircuit({ lo: 0, bits: 4 }).constraints.length, 4 + 1)
  })

  it('soundness: exactly the values of the declared range have a witness', () => {
    const r1cs = elementCircuit({ lo: -3, bits: 3 })

    for (let value = -12; value <= 12; value++) {
      const found = Array.from({ length: 8 }, (_, assignment) => bitsWitness(assignment, 3)).filter(
        (wires) => findViolation(r1cs, [1n, mod(BigInt(value)), ...wires]) === undefined,
      )
      assert.equal(found.length, value >= -3 && value <= 4 ? 1 : 0, `value ${value}`)
    }
  })

  it('soundness: a wire that is neither 0 nor 1 breaks a row', () => {
    const r1cs = elementCircuit({ lo: 0, bits: 3 })

    assert.equal(findViolation(r1cs, [1n, 2n, 0n, 1n, 0n]), undefined)
    assert.notEqual(findViolation(r1cs, [1n, 2n, 2n, 0n, 0n]), undefined)
    assert.notEqual(findViolation(r1cs, [1n, 9n, 9n, 0n, 0n]), undefined)
  })
})
