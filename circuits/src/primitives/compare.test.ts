import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile } from '../compile.ts'
import { evaluate } from '../evaluate.ts'
import { type CompareNode, type GraphNode, type Relation, relations } from '../exactGraph.ts'
import { mod } from '../field.ts'
import { findViolation } from '../r1cs.ts'
import { computeWitness } from '../witness.ts'
import { checkPrimitive, constantGraph } from './checkPrimitive.ts'

const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const
const truth = { width: 1, lo: 0, hi: 1 } as const
const names = Object.keys(relations) as Relation[] // the object's own keys

/** x_0 relation x_1. */
function pairGraph(relation: Relation, bits = 4) {
  const pick = (weight: number): GraphNode => ({ op: 'move', count: 1, ...wide, operands: [0], weight })
  const node: CompareNode = { op: 'compare', count: 1, ...truth, relation, operand: 1, against: { operand: 2 } }
  return constantGraph({
    nodes: [pick(0), pick(1), node],
    weights: [Int32Array.of(0), Int32Array.of(1)],
    input: { count: 2, lo: -(2 ** (bits - 1)), hi: 2 ** (bits - 1) - 1 },
  })
}

/** The one input element against each of the constants. */
function constantsGraph(relation: Relation, { constants, bits }: { constants: number[]; bits: number }) {
  const count = constants.length
  const nodes: GraphNode[] = [
    { op: 'move', count, ...wide, operands: [0], weight: 0 },
    { op: 'compare', count, ...truth, relation, operand: 1, against: { weight: 1 } },
  ]
  const weights = [new Int32Array(count), Int32Array.from(constants)]
  return constantGraph({ nodes, weights, input: { count: 1, lo: -(2 ** (bits - 1)), hi: 2 ** (bits - 1) - 1 } })
}

const holds = {
  greater: (x: number, z: number) => x > z,
  greaterOrEqual: (x: number, z: number) => x >= z,
  equal: (x: number, z: number) => x === z,
}

describe('compare', () => {
  for (const relation of names) {
    it(`behavior: ${relation} is right for every pair of 3 bits`, () => {
      const graph = pairGraph(relation, 3)
      for (let x = -4; x < 4; x++) {
        for (let z = -4; z < 4; z++) {
          assert.deepEqual(evaluate(graph, Int32Array.of(x, z)), Int32Array.of(holds[relation](x, z) ? 1 : 0))
        }
      }
    })

    it(`invariant: evaluation, step and witness of ${relation} agree, and no wire is free`, () => {
      checkPrimitive(pairGraph(relation, 3), { runs: 60 })
      for (const constants of [[-9, -8, 0, 3, 7, 8], [5], [2, 2, 2, -3]]) {
        checkPrimitive(constantsGraph(relation, { constants, bits: 4 }), { runs: 24 })
      }
    })

    it(`invariant: ${relation} against many constants goes by digits and agrees`, () => {
      const constants = Array.from({ length: 40 }, (_, index) => index * 25 - 500)
      checkPrimitive(constantsGraph(relation, { constants, bits: 10 }), { runs: 6 })
      const few = Array.from({ length: 12 }, (_, index) => index - 6)
      checkPrimitive(constantsGraph(relation, { constants: few, bits: 4 }), { runs: 20 })
    })

    it(`soundness: the other answer of ${relation} breaks a row whatever one wire beside it says`, () => {
      const graph = constantsGraph(relation, { constants: [-5, -1, 0, 2, 3, 6, 1, 4, -3, -7, 5], bits: 4 })
      const r1cs = compile(graph)
      for (const x of [-8, -5, -1, 0, 3, 7]) {
        const { witness } = computeWitness(graph, { input: Int32Array.of(x), binding: 0n })
        for (let slot = 0; slot < 11; slot++) {
          const forged = [...witness]
          const weight = 1n << BigInt(2 * slot)
          const isSet = ((witness[1] ?? 0n) / weight) % 4n === 3n
          forged[1] = (forged[1] ?? 0n) + (isSet ? -weight : weight)
          // The comparison's wires are the last ones, before the binding's square.
          for (let wire = forged.length - 40; wire < forged.length - 1; wire++) {
            const both = [...forged]
            both[wire] = mod(1n - (both[wire] ?? 0n))
            assert.notEqual(findViolation(r1cs, both), undefined)
          }
        }
      }
    })
  }

  it('invariant: a pair takes n + 1 rows for a difference of n bits, equality three', () => {
    const bare = compile(
      constantGraph({
        nodes: [{ op: 'move', count: 1, ...wide, operands: [0], weight: 0 }],
        weights: [Int32Array.of(0)],
        input: { count: 2, lo: -8, hi: 7 },
      }),
    ).constraints.length

    assert.deepEqual(
      names.map((relation) => compile(pairGraph(relation)).constraints.length - bare),
      [5 + 1, 5 + 1, 3],
    )
  })

  it('invariant: an element against itself takes no row', () => {
    for (const relation of names) {
      const graph = pairGraph(relation)
      const node: CompareNode = { op: 'compare', count: 2, ...truth, relation, operand: 0, against: { operand: 0 } }
      const same = { ...graph, nodes: [...graph.nodes.slice(0, 1), node], outputNode: 1 }

      const bare = compile({ ...same, outputNode: 0 }).constraints.length

      assert.equal(compile(same).constraints.length, bare)
      checkPrimitive(same)
    }
  })

  it('invariant: 300 constants against 12 bits take one row each and 127 for the digits', () => {
    const constants = Array.from({ length: 300 }, (_, index) => index * 13 - 2000)
    const isOnDigit = constants.filter((constant) => (constant + 2048) % 64 === 63).length
    const rows = compile(constantsGraph('greater', { constants, bits: 12 })).constraints.length

    // Against constants out of reach nothing is compared, and the answers take two words instead of three.
    const packed = compile(constantsGraph('greater', { constants: constants.map(() => 5000), bits: 12 })).constraints
      .length
    assert.equal(rows - packed, 300 - isOnDigit + 2 * 63 + 1 + 1)
  })

  it('error: refuses constants and operands of another size', () => {
    const graph = constantsGraph('greater', { constants: [1, 2], bits: 4 })
    const short = { ...graph, weights: [graph.weights[0], { width: 4, values: Int32Array.of(1) }] } as typeof graph // one constant less
    assert.throws(() => checkPrimitive(short), { name: 'GraphInvalidError' })
    const [input, move, node] = graph.nodes
    assert.ok(input && move && node?.op === 'compare')
    assert.throws(() => checkPrimitive({ ...graph, nodes: [input, move, { ...node, against: { operand: 0 } }] }), {
      name: 'GraphInvalidError',
    })
  })
})
