import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { evaluate } from './evaluate.ts'
import { type ExactGraph, GraphInvalidError, type LinearNode, rowWindow } from './exactGraph.ts'
import { decodeGraph, encodeGraph, graphId } from './graphFile.ts'
import { checkPrimitive } from './primitives/checkPrimitive.ts'
import { elementwiseSecond } from './primitives/primitive.ts'

/** 2 inputs of 4 bits, one ReLU neuron: y = max(0, (3·x0 - 2·x1 + 1 + 1) >> 1). */
function tinyGraph(overrides: Partial<LinearNode> = {}): ExactGraph {
  return {
    nodes: [
      { op: 'input', count: 2, width: 1, lo: 0, hi: 15 },
      {
        op: 'linear',
        count: 1,
        width: 2,
        lo: 0,
        hi: 100,
        shift: 1,
        operand: 0,
        weight: 0,
        bias: 1,
        window: { d1: 1, d2: 1, s0: 0, s1: 0, s2: 0, base: 0, run: 2, n1: 1, n2: 1, r1: 0, r2: 0, rowStride: 2 },
        ...overrides,
      },
    ],
    weights: [
      { width: 1, values: Int32Array.from([3, -2]) },
      { width: 4, values: Int32Array.from([1]) },
    ],
    inputNode: 0,
    outputNode: 1,
  }
}

/** A graph in which every operator stands. */
function everyOperator(): ExactGraph {
  const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const
  const bit = { width: 1, lo: 0, hi: 1 } as const
  const row = rowWindow({ rows: 1, length: 2 })
  return {
    nodes: [
      { op: 'input', count: 4, width: 1, lo: -4, hi: 3 },
      { op: 'move', count: 2, ...wide, operands: [0], weight: 0 },
      { op: 'move', count: 2, ...wide, operands: [0], weight: 1 },
      { op: 'product', count: 2, ...wide, shift: 1, operands: [1, 2] },
      {
        op: 'dot',
        count: 1,
        ...wide,
        shift: 2,
        operands: [1, 2],
        window: row,
        second: { ...elementwiseSecond, t2: 0 },
      },
      { op: 'requantize', count: 2, width: 1, lo: -5, hi: 5, multiplier: 3, shift: 1, operand: 3 },
      { op: 'max', count: 1, ...wide, operand: 5, window: row },
      { op: 'argmax', count: 1, ...wide, operand: 5, window: row },
      { op: 'compare', count: 2, ...bit, relation: 'greaterOrEqual', operand: 5, against: { operand: 2 } },
      { op: 'compare', count: 2, ...bit, relation: 'equal', operand: 5, against: { weight: 0 } },
      { op: 'select', count: 2, ...wide, operands: [8, 5, 9] },
      { op: 'lookup', count: 2, ...wide, operand: 5, weight: 2, offset: -5, window: rowWindow({ rows: 2, length: 1 }) },
      {
        ...{ op: 'gather', count: 1, ...wide, operands: [11, 7] },
        window: { ...rowWindow({ rows: 1, length: 1 }), n1: 2, r1: 1 },
        second: elementwiseSecond,
      },
      { op: 'move', count: 5, ...wide, operands: [10, 12, 6], weight: 3 },
    ],
    weights: [
      { width: 4, values: Int32Array.of(0, 1) },
      { width: 4, values: Int32Array.of(2, 3) },
      { width: 2, values: Int32Array.from({ length: 11 }, (_, index) => index * index) },
      { width: 4, values: Int32Array.of(0, 1, 2, 3, -1) },
    ],
    inputNode: 0,
    outputNode: 13,
  }
}

describe('graph file', () => {
  it('invariant: a graph of every operator is evaluated, constrained and stepped alike, and survives its file', () => {
    checkPrimitive(everyOperator(), { runs: 30 })
    assert.equal(graphId(everyOperator()), '0x99cbc6d467a1e571a7073b09b01ff2efaf51ee74f8b5c061a1d87d143333c230')
  })

  it('soundness: any flipped byte of a graph of every operator is refused, or changes the id', () => {
    const file = encodeGraph(everyOperator())
    const id = graphId(everyOperator())
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (position, flip) => {
        const tampered = file.slice()
        tampered[position] = (tampered[position] ?? 0) ^ flip
        try {
          assert.notEqual(graphId(decodeGraph(tampered)), id)
        } catch (error) {
          assert.ok(error instanceof GraphInvalidError, `untyped error: ${error}`)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('behavior: a graph survives its file, and keeps its id and its meaning', () => {
    const graph = tinyGraph()
    const decoded = decodeGraph(encodeGraph(graph))

    assert.deepEqual(decoded, graph)
    assert.equal(graphId(decoded), graphId(graph))
    assert.deepEqual(evaluate(decoded, Int32Array.from([5, 1])), Int32Array.from([7]))
  })

  it('behavior: the id is a golden vector; commitments depend on these bytes', () => {
    assert.equal(graphId(tinyGraph()), '0xba710658cc8a74d8cf8da7ea4821286b911f8e645d7166e32c5cd8aaed61c326')
  })

  it('soundness: the id changes with every field and every weight', () => {
    const ids = new Set([graphId(tinyGraph())])
    for (const change of [{ shift: 2 }, { hi: 99 }, { lo: -1 }, { width: 4 as const }])
      ids.add(graphId(tinyGraph(change)))
    const otherWeight = tinyGraph()
    otherWeight.weights[0]?.values.set([2], 0)
    const otherBias = tinyGraph()
    otherBias.weights[1]?.values.set([2], 0)

    assert.equal(ids.add(graphId(otherWeight)).add(graphId(otherBias)).size, 7)
  })

  it('error: a graph whose window reads outside its operand, overflows or has no output is refused', () => {
    const { window } = tinyGraph().nodes[1] as LinearNode // the fixture's second node is linear
    const broken: [ExactGraph, RegExp][] = [
      [tinyGraph({ window: { ...window, base: 1 } }), /reads element 2/],
      [tinyGraph({ operand: 1 }), /does not stand before/],
      [tinyGraph({ weight: 7 }), /no weight tensor 7/],
      [tinyGraph({ shift: 31 }), /shifts by 31/],
      [tinyGraph({ width: 1, hi: 200 }), /1 bytes do not hold/],
      [{ ...tinyGraph(), outputNode: 9 }, /no node 9/],
      [{ ...tinyGraph(), nodes: [] }, /0 nodes/],
    ]

    for (const [graph, reason] of broken) {
      assert.throws(
        () => encodeGraph(graph),
        (error) => error instanceof GraphInvalidError && reason.test(error.reason),
      )
    }
  })

  it('soundness: any flipped byte or cut of the file is refused, or changes the id (hostile files)', () => {
    const file = encodeGraph(tinyGraph())
    const id = graphId(tinyGraph())
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (position, flip) => {
        const tampered = file.slice()
        tampered[position] = (tampered[position] ?? 0) ^ flip
        try {
          assert.notEqual(graphId(decodeGraph(tampered)), id)
        } catch (error) {
          assert.ok(error instanceof GraphInvalidError, `untyped error: ${error}`)
        }
      }),
      { numRuns: 3000 },
    )
    for (let length = 0; length < file.length; length++) {
      assert.throws(() => decodeGraph(file.subarray(0, length)), { name: 'GraphInvalidError' })
    }
  })

  it('error: random bytes give a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        assert.throws(() => decodeGraph(bytes), { name: 'GraphInvalidError' })
        const withMagic = Uint8Array.from([...new TextEncoder().encode('AXG1'), ...bytes])
        assert.throws(() => decodeGraph(withMagic), { name: 'GraphInvalidError' })
      }),
      { numRuns: 500 },
    )
  })
})
