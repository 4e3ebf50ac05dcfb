import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { rootOfUnity } from './domain.ts'
import { inverse, mod, power, scalarOrder } from './field.ts'
import { evaluateQap, type QapAtTau } from './qap.ts'
import { evaluateCombination, findViolation, type R1cs } from './r1cs.ts'
import { productCircuit, randomCircuit, seededRandom } from './sampleCircuits.ts'

const dot = (polynomials: bigint[], witness: bigint[]) =>
  mod(polynomials.reduce((sum, value, wire) => sum + value * (witness[wire] ?? 0n), 0n))

const shapes = fc.record({
  seed: fc.integer(),
  rows: fc.integer({ min: 3, max: 12 }),
  outputs: fc.integer({ min: 1, max: 3 }),
  publicInputs: fc.integer({ min: 0, max: 3 }),
  privateInputs: fc.integer({ min: 1, max: 5 }),
})

/** What the prover computes: A·B at the odd points of the doubled domain, less C, which it takes to be A·B at the even points. */
function sampleQuotient(r1cs: R1cs, witness: bigint[], { domainSize, h }: QapAtTau): bigint {
  const size = BigInt(domainSize)
  const root = rootOfUnity(domainSize)
  const signals = witness.slice(0, 1 + r1cs.outputCount + r1cs.publicInputCount)
  const a = [...r1cs.constraints.map((row) => evaluateCombination(row.a, witness)), ...signals]
  const b = r1cs.constraints.map((row) => evaluateCombination(row.b, witness))
  const c = a.map((value, row) => mod(value * (b[row] ?? 0n)))
  return mod(
    h.reduce((sum, weight, index) => {
      const x = power(rootOfUnity(2 * domainSize), BigInt(2 * index + 1))
      const scale = mod((power(x, size) - 1n) * inverse(size))
      const at = (rows: bigint[]) =>
        mod(
          rows.reduce((total, value, row) => {
            const point = power(root, BigInt(row))
            return total + value * mod(point * scale * inverse(x - point))
          }, 0n),
        )
      return sum + weight * mod(at(a) * at(b) - at(c))
    }, 0n),
  )
}

describe('qap', () => {
  it('behavior: the domain is the smallest power of two with a row for each constraint, wire one and each signal', () => {
    const circuit = (rows: number) =>
      randomCircuit(seededRandom(rows), { rows, outputs: 1, publicInputs: 2, privateInputs: 1 }).r1cs

    assert.equal(evaluateQap(circuit(4), { tau: 7n, domain: 'power-of-two' }).domainSize, 8)
    assert.equal(evaluateQap(circuit(5), { tau: 7n, domain: 'power-of-two' }).domainSize, 16)
    assert.equal(evaluateQap(circuit(12), { tau: 7n, domain: 'power-of-two' }).domainSize, 16)
    assert.equal(evaluateQap(circuit(13), { tau: 7n, domain: 'power-of-two' }).domainSize, 32)
    assert.equal(evaluateQap(circuit(12), { tau: 7n, domain: 'power-of-two' }).h.length, 16)
    assert.equal(evaluateQap(circuit(13), { tau: 7n, domain: 'mixed' }).h.length, 18)
  })

  it('soundness: the odd points give A·B - C exactly for a witness that breaks no row', () => {
    fc.assert(
      fc.property(shapes, fc.bigInt({ min: 2n ** 200n, max: scalarOrder - 1n }), ({ seed, ...shape }, tau) => {
        const { r1cs, witness } = randomCircuit(seededRandom(seed), shape)
        const broken = witness.with(1, mod((witness[1] ?? 0n) + 1n))
        assert.equal(findViolation(r1cs, witness), undefined)
        assert.notEqual(findViolation(r1cs, broken), undefined)
        for (const domain of ['power-of-two', 'mixed'] as const) {
          const qap = evaluateQap(r1cs, { tau, domain })
          const product = (values: bigint[]) => mod(dot(qap.a, values) * dot(qap.b, values) - dot(qap.c, values))

          assert.equal(sampleQuotient(r1cs, witness, qap), product(witness))
          assert.notEqual(sampleQuotient(r1cs, broken, qap), product(broken))
        }
      }),
      { numRuns: 10 },
    )
  })

  it('soundness: each public signal has a polynomial of its own, mentioned or not (S1-ZK-6)', () => {
    const { r1cs } = productCircuit({ x: 5n, y: 7n, binding: 99n })

    const { a, b, c } = evaluateQap(r1cs, { tau: 123456789n, domain: 'power-of-two' })

    assert.ok([a[0], a[1], a[2]].every((value) => value !== 0n))
    assert.equal(new Set([a[0], a[1], a[2]]).size, 3)
    assert.deepEqual([b[2], c[2]], [0n, 0n])
  })

  it('error: a wire outside the circuit, a wire without a coefficient', () => {
    const { r1cs } = productCircuit({ x: 1n, y: 1n, binding: 1n })
    const at = { tau: 7n, domain: 'power-of-two' } as const
    const with_ = (a: { wires: number[]; coefficients: bigint[] }) => ({
      ...r1cs,
      constraints: r1cs.constraints.map((row) => ({ ...row, a })),
    })

    assert.throws(() => evaluateQap(with_({ wires: [5], coefficients: [1n] }), at), { name: 'RangeError' })
    assert.throws(() => evaluateQap(with_({ wires: [-1], coefficients: [1n] }), at), { name: 'RangeError' })
    assert.throws(() => evaluateQap(with_({ wires: [3, 4], coefficients: [1n] }), at), { name: 'RangeError' })
  })
})
