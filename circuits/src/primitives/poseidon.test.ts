import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createCircuitBuilder, wire } from '../circuitBuilder.ts'
import { scalarOrder } from '../field.ts'
import { findViolation } from '../r1cs.ts'
import { emitPoseidon, poseidon, poseidonWitness } from './poseidon.ts'

const require = createRequire(import.meta.url)
const element = fc.bigInt({ min: 0n, max: scalarOrder - 1n })

/** A circuit with `count` private inputs on the wires 2… and the hash on wire 1, and its witness. */
function poseidonCircuit(inputs: bigint[]) {
  const builder = createCircuitBuilder({ outputCount: 1, publicInputCount: 0 })
  const first = builder.takeWires(inputs.length)
  emitPoseidon(builder, { inputs: inputs.map((_, index) => wire(first + index)), output: 1 })
  const { wires, output } = poseidonWitness(inputs)
  return { r1cs: builder.build(), witness: [1n, output, ...inputs, ...wires] }
}

describe('poseidon', () => {
  it('behavior: equals an independent implementation for 1 to 16 inputs', () => {
    for (let count = 1; count <= 16; count++) {
      const reference = require(`poseidon-lite/poseidon${count}`)[`poseidon${count}`]
      fc.assert(
        fc.property(fc.array(element, { minLength: count, maxLength: count }), (inputs) => {
          assert.equal(poseidon(inputs), reference(inputs))
        }),
        { numRuns: 5 },
      )
    }
  })

  it('behavior: hashes the golden vector of circomlib', () => {
    assert.equal(poseidon([1n, 2n]), 0x115cc0f5e7d690413df64c6b9662e9cf2a3617f2743245519e19607a4417189an)
  })

  it('invariant: the emitted witness satisfies the emitted rows', () => {
    for (const count of [1, 2, 5, 13, 16]) {
      const inputs = Array.from({ length: count }, (_, index) => BigInt(index) ** 40n)
      const { r1cs, witness } = poseidonCircuit(inputs)

      assert.equal(findViolation(r1cs, witness), undefined)
    }
  })

  it('invariant: every B row is a single wire with coefficient one', () => {
    const { r1cs } = poseidonCircuit([1n, 2n, 3n])

    for (const { b } of r1cs.constraints) assert.deepEqual([b.wires.length, b.coefficients], [1, [1n]])
  })

  it('soundness: changing any single wire, the hash among them, breaks a row', () => {
    const { r1cs, witness } = poseidonCircuit([7n, 8n, 9n])

    for (let index = 1; index < witness.length; index++) {
      const forged = [...witness]
      forged[index] = ((forged[index] ?? 0n) + 1n) % scalarOrder
      assert.notEqual(findViolation(r1cs, forged), undefined, `wire ${index} is free`)
    }
  })

  it('error: refuses more inputs than a permutation takes', () => {
    assert.throws(() => poseidon(Array.from({ length: 17 }, () => 0n)), { name: 'RangeError' })
  })
})
