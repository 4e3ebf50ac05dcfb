import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { inverse, mod, power, scalarOrder } from './field.ts'
import { evaluateQap, type QapAtTau, rootOfUnity } from './qap.ts'
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
  const root = rootOfUnity(Math.log2(domainSize))
  const signals = witness.slice(0, 1 + r1cs.outputCount + r1cs.publicInputCount)
  const a = [...r1cs.constraints.map((row) => evaluateCombination(row.a, witness)), ...signals]
  const b = r1cs.constraints.map((row) => evaluateCombination(row.b, witness))
  const c = a.map((value, row) => mod(value * (b[row] ?? 0n)))
  return mod(
    h.reduce((sum, weight, index) => {
      const x = power(rootOfUnity(Math.log2(domainSize) + 1), BigInt(2 * index + 1))
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
  it('behavior: roots of unity have exactly their order', () => {
    for (const logSize of [1, 2, 13, 28]) {
      assert.equal(power(rootOfUnity(logSize), 2n ** BigInt(logSize)), 1n)
      assert.equal(power(rootOfUnity(logSize), 2n ** BigInt(logSize - 1)), scalarOrder - 1n)
    }
  })

  it('behavior: the domain is the smallest power of two with a row for each constraint, wire one and each signal', () => {
    const circuit = (rows: number) =>
      randomCircuit(seededRandom(rows), { rows, outputs: 1, publicInputs: 2, privateInputs: 1 }).r1cs

    assert.equal(evaluateQap(circuit(4), 7n).domainSize, 8)
    assert.equal(evaluateQap(circuit(5), 7n).domainSize, 16)
    assert.equal(evaluateQap(circuit(12), 7n).domainSize, 16)
    assert.equal(evaluateQap(circuit(13), 7n).domainSize, 32)
    assert.equal(evaluateQap(circuit(12), 7n).h.length, 16)
  })

  it('soundness: the odd points give A·B - C exactly for a witness that breaks no row', () => {
    fc.assert(
      fc.property(shapes, fc.bigInt({ min: 2n ** 200n, max: scalarOrder - 1n }), ({ seed, ...shape }, tau) => {
        const { r1cs, witness } = randomCircuit(seededRandom(seed), shape)
        const qap = evaluateQap(r1cs, tau)
        const product = (values: bigint[]) => mod(dot(qap.a, values) * dot(qap.b, values) - dot(qap.c, values))
        const broken = witness.with(1, mod((witness[1] ?? 0n) + 1n))

        assert.equal(findViolation(r1cs, witness), undefined)
        assert.equal(sampleQuotient(r1cs, witness, qap), product(witness))
        assert.notEqual(findViolation(r1cs, broken), undefined)
        assert.notEqual(sampleQuotient(r1cs, broken, qap), product(broken))
      }),
      { numRuns: 10 },
    )
  })

  it('soundness: each public signal has a polynomial of its own, mentioned or not (S1-ZK-6)', () => {
    const { r1cs } = productCircuit({ x: 5n, y: 7n, binding: 99n })

    const { a, b, c } = evaluateQap(r1cs, 123456789n)

    assert.ok([a[0], a[1], a[2]].every((value) => value !== 0n))
    assert.equal(new Set([a[0], a[1], a[2]]).size, 3)
    assert.deepEqual([b[2], c[2]], [0n, 0n])
  })

  it('error: a wire outside the circuit, a wire without a coefficient', () => {
    const { r1cs } = productCircuit({ x: 1n, y: 1n, binding: 1n })
    const with_ = (a: { wires: number[]; coefficients: bigint[] }) => ({
      ...r1cs,
      constraints: r1cs.constraints.map((row) => ({ ...row, a })),
    })

    assert.throws(() => evaluateQap(with_({ wires: [5], coefficients: [1n] }), 7n), { name: 'RangeError' })
    assert.throws(() => evaluateQap(with_({ wires: [-1], coefficients: [1n] }), 7n), { name: 'RangeError' })
    assert.throws(() => evaluateQap(with_({ wires: [3, 4], coefficients: [1n] }), 7n), { name: 'RangeError' })
  })
})
