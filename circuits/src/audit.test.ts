import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { type AuditSubject, audit } from './audit.ts'
import { listGadgets } from './auditGadgetList.ts'
import { modelAudit, openInputBits } from './auditModel.ts'
import { reduceSystem, searchWitnesses } from './auditSearch.ts'
import { determineWires } from './auditStructure.ts'
import { combine, createCircuitBuilder, one, wire } from './circuitBuilder.ts'
import { inputOf } from './exactGraph.ts'
import { parseOnnx } from './parseOnnx.ts'
import { plantOmissions } from './plantOmissions.ts'
import { emitPoseidon } from './primitives/poseidon.ts'
import { quantize, quantizeInput } from './quantize.ts'
import type { R1cs } from './r1cs.ts'
import { computedOps, randomGraph } from './randomGraph.ts'
import { seededRandom } from './sampleCircuits.ts'

const gadgets = listGadgets()

/** An element on wire 1 as `bits` bits; the row that holds bit `unchecked` to 0 and 1 is missing. */
function decomposition(bits: number, unchecked?: number): R1cs {
  const builder = createCircuitBuilder({ outputCount: 0, publicInputCount: 1 })
  const first = builder.takeWires(bits)
  for (let bit = 0; bit < bits; bit++) {
    const b = wire(first + bit)
    if (bit !== unchecked) builder.constrain(b, b, b)
  }
  const terms = Array.from({ length: bits }, (_, bit) => [1n << BigInt(bit), wire(first + bit)] as const)
  builder.constrain(combine(terms), one, wire(1))
  return builder.build()
}

/** The subject of an element of 4 bits whose value is 6, its first bit not held to 0 and 1. */
function forgeable(): AuditSubject {
  return { name: 'forgeable', r1cs: decomposition(4, 0), witness: [1n, 6n, 0n, 1n, 1n, 0n], inputs: [1], ranged: [] }
}

describe('audit', () => {
  for (const subject of gadgets) {
    it(`soundness: ${subject.name} has one witness for each input`, () => {
      assert.deepEqual(audit(subject), [])
    })
  }

  for (const subject of gadgets.filter(({ small }) => small)) {
    it(`soundness: ${subject.name} without any one of its rows is found`, () => {
      for (const { kind, rows, foundBy } of plantOmissions(subject)) {
        assert.ok(foundBy.includes('search'), `${kind} ${rows}: found by ${foundBy.join(', ') || 'nothing'}`)
        assert.ok(foundBy.includes('structure'), `${kind} ${rows}: found by ${foundBy.join(', ') || 'nothing'}`)
      }
    })
  }

  it('soundness: a hash without any one of its rows leaves wires open', () => {
    const builder = createCircuitBuilder({ outputCount: 1, publicInputCount: 2 })
    emitPoseidon(builder, { inputs: [wire(2), wire(3)], output: 1 })
    const r1cs = builder.build()

    assert.deepEqual(determineWires(r1cs, [2, 3]).undetermined, [])
    for (const row of r1cs.constraints) {
      const without = { ...r1cs, constraints: r1cs.constraints.filter((other) => other !== row) }
      assert.notDeepEqual(determineWires(without, [2, 3]).undetermined, [])
    }
  })

  it('soundness: mutation forges a witness through a bit that is not held to 0 and 1', () => {
    const [finding] = audit(forgeable(), { methods: ['mutation'] })

    assert.equal(finding?.method, 'mutation')
    assert.match(finding?.message ?? '', /a second witness differs in w2/)
  })

  it('soundness: a decomposition so wide that its sum wraps around the field is not taken for unique', () => {
    assert.deepEqual(determineWires(decomposition(253), [1]).undetermined, [])
    assert.equal(determineWires(decomposition(254), [1]).undetermined.length, 254)
  })

  it('soundness: input bits that nothing holds to 0 and 1 are reported', () => {
    const subject = { ...forgeable(), inputs: [2, 3, 4, 5], ranged: [2, 3, 4, 5] }

    assert.deepEqual(
      audit(subject).map(({ method }) => method),
      ['mutation', 'structure'],
    )
  })

  it("error: a coefficient that vanishes modulo the search's prime is refused", () => {
    assert.throws(() => reduceSystem(decomposition(4), 2), { name: 'PrimeTooSmallError', prime: 2, coefficient: 2n })
  })
})

describe('searchWitnesses', () => {
  it('behavior: finds all witnesses, and none but them', () => {
    const builder = createCircuitBuilder({ outputCount: 0, publicInputCount: 1 })
    const root = wire(builder.takeWires(1))
    builder.constrain(root, root, wire(1))
    const system = reduceSystem(builder.build(), 13)
    const roots = (square: number) =>
      searchWitnesses(system, { fixed: new Map([[1, square]]), limit: 9 }).map(([, , value]) => value)

    assert.deepEqual([roots(4), roots(0), roots(5)], [[2, 11], [0], []])
  })
})

describe('modelAudit', () => {
  it('soundness: every wire of random graphs of all operators follows from the input bits', () => {
    for (const [seed, op] of [...computedOps, ...computedOps, ...computedOps].entries()) {
      const graph = randomGraph(seededRandom(seed), { op })
      const lowest = new Int32Array(inputOf(graph).count).fill(inputOf(graph).lo)

      const audited = modelAudit(graph, { name: `random graph ${seed}`, input: lowest, mutations: 0 })

      const { undetermined, domains } = determineWires(audited.subject.r1cs, audited.subject.inputs)
      assert.deepEqual(undetermined, [], audited.subject.name)
      assert.ok(audited.subject.ranged.every((bit) => domains.has(bit)))
      assert.deepEqual(openInputBits(audited), [])
    }
  })

  const model = new URL('../../test/fixtures/models/mnist-mlp.onnx', import.meta.url)
  const pixels = Float32Array.from({ length: 784 }, (_, index) => (index % 16) / 15)
  const quantized = quantize(parseOnnx(readFileSync(model)), { calibration: [pixels] })
  const input = quantizeInput(pixels, quantized)
  const audited = modelAudit(quantized.graph, { name: 'mnist-mlp', input, mutations: 150 })

  it('soundness: every wire of the perceptron follows from its input bits, which the circuit holds to 0 and 1', () => {
    assert.deepEqual(audit(audited.subject), [])
  })

  it("soundness: the input's bits follow from the wires of their commitment", () => {
    assert.deepEqual(openInputBits(audited), [])
  })

  it('soundness: any missing row of the model is noticed, tried with rows from all its parts', () => {
    const { r1cs, ranged, inputs } = audited.subject
    for (let row = 0; row < r1cs.constraints.length; row += 451) {
      const without = { ...r1cs, constraints: r1cs.constraints.filter((_, index) => index !== row) }
      const { undetermined, domains } = determineWires(without, inputs)
      assert.ok(undetermined.length > 0 || ranged.some((bit) => !domains.has(bit)), `row ${row}`)
    }
  })
})
