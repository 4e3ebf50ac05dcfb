import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile } from '../compile.ts'
import { evaluate } from '../evaluate.ts'
import { type GatherNode, type GraphNode, type LookupNode, rowWindow } from '../exactGraph.ts'
import { mod } from '../field.ts'
import { gadgetTrial } from '../gadgetTrial.ts'
import { findViolation } from '../r1cs.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { checkPrimitive, constantGraph } from './checkPrimitive.ts'
import { chooseByBits } from './lookup.ts'

const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const
const random = seededRandom(11)
const randomTable = (length: number) => Int32Array.from({ length }, () => Math.floor(random() * 2000) - 1000)

/** `count` elements of `bits` bits from -2^(bits-1), each looked up in one table. */
function tableGraph({ bits, count, table }: { bits: number; count: number; table: Int32Array }) {
  const lo = -(2 ** (bits - 1))
  const node: LookupNode = {
    ...{ op: 'lookup', count, ...wide, operand: 0, weight: 0, offset: lo },
    window: rowWindow({ rows: count, length: 1 }),
  }
  return constantGraph({ nodes: [node], weights: [table], input: { count, lo, hi: -lo - 1 } })
}

describe('lookup', () => {
  it('behavior: gives the entry of x - offset, golden values', () => {
    const graph = tableGraph({ bits: 3, count: 3, table: Int32Array.of(9, 8, -7, 6, 5, 4, 3, -2) })

    assert.deepEqual(evaluate(graph, Int32Array.of(-4, -2, 3)), Int32Array.of(9, -7, -2))
  })

  it('invariant: every input of every size of table gives its entry, and no wire is free', () => {
    for (const bits of [1, 2, 3, 5, 6]) {
      const graph = tableGraph({ bits, count: 1, table: randomTable(2 ** bits) })
      checkPrimitive(graph, { seed: bits, runs: 6 })
      const full = tableGraph({ bits, count: 2 ** bits, table: randomTable(2 ** bits) })
      assert.deepEqual(
        evaluate(
          full,
          Int32Array.from({ length: 2 ** bits }, (_, index) => index - 2 ** (bits - 1)),
        ),
        full.weights[0]?.values,
      )
    }
    checkPrimitive(tableGraph({ bits: 8, count: 3, table: randomTable(256) }), { runs: 4 })
  })

  it('invariant: a table of 256 entries takes 26 rows beside the bits, one of 4096 entries 120', () => {
    const rows = (bits: number, count: number) =>
      compile(tableGraph({ bits, count, table: randomTable(2 ** bits) })).constraints.length
    const bare = (bits: number) => {
      const node: GraphNode = { op: 'move', count: 1, ...wide, operands: [0], weight: 0 }
      const input = { count: 1, lo: -(2 ** (bits - 1)), hi: 2 ** (bits - 1) - 1 }
      return compile(constantGraph({ nodes: [node], weights: [Int32Array.of(0)], input })).constraints.length
    }

    assert.equal(rows(8, 1) - bare(8), 26)
    assert.equal(rows(12, 1) - bare(12), 120)
  })

  it('invariant: columns of an embedding share the products of their index', () => {
    const columns = 8
    const window = { ...rowWindow({ rows: columns, length: 0, rowStride: 16 }), d1: 2, s1: 1, s2: 0, run: 1 }
    const node: LookupNode = { op: 'lookup', count: 16, ...wide, operand: 0, weight: 0, offset: 0, window }
    const input = { count: 2, lo: 0, hi: 15 }
    const graph = constantGraph({ nodes: [node], weights: [randomTable(16 * columns)], input })

    const rows = checkPrimitive(graph).constraints.length

    // All four bits' products, 2^4 - 4 - 1 rows an index, and nothing for the columns.
    const bare: GraphNode = { op: 'move', count: 16, ...wide, operands: [0], weight: 0 }
    const words = new Int32Array(16).map((_, index) => index % 2)
    const without = compile(constantGraph({ nodes: [bare], weights: [words], input })).constraints.length
    assert.equal(rows - without, 2 * 11)
  })

  it('behavior: part of a table is enough for an element that stays in it, bits of a larger range included', () => {
    const nodes: GraphNode[] = [
      { op: 'requantize', count: 1, width: 4, lo: -100, hi: 100, multiplier: 3, shift: 0, operand: 0 },
      {
        ...{ op: 'lookup', count: 1, ...wide, operand: 1, weight: 0, offset: -30 },
        window: rowWindow({ rows: 1, length: 1 }),
      },
    ]
    checkPrimitive(constantGraph({ nodes, weights: [randomTable(60)], input: { count: 1, lo: -8, hi: 7 } }), {
      runs: 40,
    })
  })

  it('soundness: no other entry passes, for every value of the answer and every flip of one wire', () => {
    const table = Int32Array.of(3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3)
    const { constrain } = { constrain: lookupGadget(table) }
    const { r1cs, witness } = gadgetTrial({ inputs: [{ lo: 0, hi: 15 }], outputs: 1, constrain })
    for (let x = 0; x < 16; x++) {
      const honest = witness([x])
      assert.equal(findViolation(r1cs, honest), undefined)
      for (let answer = 0; answer < 12; answer++) {
        if (answer === table[x]) continue
        const forged = [...honest]
        forged[1] = BigInt(answer)
        assert.notEqual(findViolation(r1cs, forged), undefined)
        for (let wire = 3; wire < honest.length; wire++) {
          for (const value of [1n - (honest[wire] ?? 0n), BigInt(answer)]) {
            const both = [...forged]
            both[wire] = mod(value)
            assert.notEqual(findViolation(r1cs, both), undefined)
          }
        }
      }
    }
  })

  it('error: refuses an element that may leave the table, and tables of another size', () => {
    const graph = tableGraph({ bits: 4, count: 1, table: randomTable(15) })
    assert.throws(() => checkPrimitive(graph), { name: 'GraphInvalidError' })
    const [input, node] = tableGraph({ bits: 4, count: 1, table: randomTable(16) }).nodes
    assert.ok(input && node?.op === 'lookup')
    for (const bad of [
      { ...node, offset: -7 },
      { ...node, window: { ...node.window, rowStride: 17 } },
    ]) {
      assert.throws(() => checkPrimitive({ ...graph, nodes: [input, bad] }), { name: 'GraphInvalidError' })
    }
  })
})

/** The upper half of a look-up, where entries are constants: all of them by pairs. */
function lookupGadget(table: Int32Array): Parameters<typeof gadgetTrial>[0]['constrain'] {
  return (circuit, [input = circuit.constant(0)]) => {
    const bits = circuit.bits({ addend: input, lo: 0, hi: 15 }, { lo: 0, count: 4 })
    return [chooseByBits(circuit, { bits, from: 0, candidates: Array.from(table, (entry) => circuit.constant(entry)) })]
  }
}

describe('gather', () => {
  /** y_j = x[2 · (3 - i) + j] for j < 2, i the last input element. */
  function gatherGraph(overrides: Partial<GatherNode> = {}) {
    const nodes: GraphNode[] = [
      {
        ...{ op: 'linear', count: 1, width: 4, lo: 0, hi: 100, shift: 0, operand: 0, weight: 0, bias: 1 },
        window: { ...rowWindow({ rows: 1, length: 1, rowStride: 1 }), base: 8 },
      },
      {
        ...{ op: 'gather', count: 2, ...wide, operands: [0, 1] },
        window: { ...rowWindow({ rows: 2, length: 1 }), n1: 4, r1: 2 },
        second: { t0: 0, t1: 0, t2: 0, base: 0, r1: 0 },
        ...overrides,
      },
    ]
    return constantGraph({ nodes, weights: [Int32Array.of(-1), Int32Array.of(3)], input: { count: 9, lo: 0, hi: 3 } })
  }

  it('behavior: picks elements at a computed index, golden values', () => {
    const input = Int32Array.of(0, 1, 2, 3, 3, 2, 1, 0, 1)

    assert.deepEqual(evaluate(gatherGraph(), input), Int32Array.of(3, 2))
  })

  it('invariant: evaluation, step and witness agree, and no wire is free', () => {
    checkPrimitive(gatherGraph(), { runs: 40 })
  })

  it('error: refuses an index that may leave the candidates, or reads outside the data', () => {
    const { window } = gatherGraph().nodes[2] as GatherNode // the fixture's last node
    for (const overrides of [
      { window: { ...window, n1: 3 } },
      { window: { ...window, r1: 3 } },
      { window: { ...window, n2: 2 } },
      { second: { t0: 0, t1: 0, t2: 1, base: 0, r1: 0 } },
    ]) {
      assert.throws(() => checkPrimitive(gatherGraph(overrides)), { name: 'GraphInvalidError' })
    }
  })
})
