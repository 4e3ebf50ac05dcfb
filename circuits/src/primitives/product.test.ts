import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile } from '../compile.ts'
import { evaluate } from '../evaluate.ts'
import { type GraphNode, rowWindow } from '../exactGraph.ts'
import { mod } from '../field.ts'
import { gadgetTrial } from '../gadgetTrial.ts'
import { checkGraph } from '../intervals.ts'
import { findViolation } from '../r1cs.ts'
import { checkPrimitive, constantGraph } from './checkPrimitive.ts'
import { productRange, squareRange } from './product.ts'

const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const

/** Operands from the halves of the input: two moves and what is to be tested. */
function halvesGraph(node: GraphNode, { count, lo, hi }: { count: number; lo: number; hi: number }) {
  const move = (weight: number): GraphNode => ({ op: 'move', ...wide, count, operands: [0], weight })
  const first = Int32Array.from({ length: count }, (_, index) => index)
  return constantGraph({
    nodes: [move(0), move(1), node],
    weights: [first, first.map((index) => index + count)],
    input: { count: 2 * count, lo, hi },
  })
}

describe('product', () => {
  it('behavior: multiplies, rounds halves up and clamps, golden values', () => {
    const node: GraphNode = { op: 'product', count: 3, width: 2, lo: -20, hi: 20, shift: 1, operands: [1, 2] }

    const result = evaluate(halvesGraph(node, { count: 3, lo: -8, hi: 7 }), Int32Array.of(3, -3, 7, 5, 5, 7))

    assert.deepEqual(result, Int32Array.of(8, -7, 20))
  })

  it('invariant: evaluation, step and witness agree, and no wire is free', () => {
    for (const [shift, lo, hi] of [
      [0, -(2 ** 31), 2 ** 31 - 1],
      [2, -10, 9],
      [1, 0, 30],
    ] as const) {
      checkPrimitive(
        halvesGraph(
          { op: 'product', count: 3, width: 4, lo, hi, shift, operands: [1, 2] },
          { count: 3, lo: -8, hi: 7 },
        ),
      )
    }
  })

  it('invariant: a square has a square of an interval, and a rounded product costs what a rounded sum costs', () => {
    assert.deepEqual(squareRange({ lo: -3, hi: 2 }), { lo: 0, hi: 9 })
    assert.deepEqual(squareRange({ lo: 2, hi: 5 }), { lo: 4, hi: 25 })
    assert.deepEqual(productRange({ lo: -3, hi: 2 }, { lo: -4, hi: 5 }), { lo: -15, hi: 12 })
    const rows = (shift: number) => {
      const node: GraphNode = { op: 'product', count: 1, ...wide, shift, operands: [0, 0] }
      return compile(constantGraph({ nodes: [node], weights: [], input: { count: 1, lo: 0, hi: 15 } })).constraints
        .length
    }
    // 225 + 4 takes 8 bits; without a shift the product's wire is the answer.
    assert.equal(rows(3) - rows(0), 8 + 1 - 1)
  })

  it('invariant: p · c and p · (1 - c) take one row together, and both stay within p', () => {
    const window = rowWindow({ rows: 1, length: 1, rowStride: 1 })
    const nodes: GraphNode[] = [
      { op: 'compare', count: 1, width: 1, lo: 0, hi: 1, relation: 'greater', operand: 0, against: { weight: 0 } },
      { op: 'linear', count: 1, width: 1, lo: 0, hi: 1, shift: 0, operand: 1, weight: 1, bias: 2, window },
      { op: 'product', count: 1, ...wide, shift: 0, operands: [0, 1] },
      { op: 'product', count: 1, ...wide, shift: 0, operands: [0, 2] },
      { op: 'move', count: 2, ...wide, operands: [3, 4], weight: 3 },
    ]
    const weights = [Int32Array.of(6), Int32Array.of(-1), Int32Array.of(1), Int32Array.of(0, 1)]
    const graph = constantGraph({ nodes, weights, input: { count: 1, lo: 0, hi: 15 } })
    const single = constantGraph({
      nodes: [...nodes.slice(0, 3), { op: 'move', count: 2, ...wide, operands: [3], weight: 3 }],
      weights: [...weights.slice(0, 3), Int32Array.of(0, 0)],
      input: { count: 1, lo: 0, hi: 15 },
    })

    assert.equal(checkPrimitive(graph).constraints.length, compile(single).constraints.length)
    assert.deepEqual(checkGraph(graph)[4]?.value, { lo: Int32Array.of(0), hi: Int32Array.of(15) })
  })

  it('soundness: another product breaks a row, with any value of the wires beside it', () => {
    const { r1cs, witness } = gadgetTrial({
      inputs: [
        { lo: 0, hi: 7 },
        { lo: 0, hi: 7 },
      ],
      outputs: 1,
      constrain: (circuit, [x = circuit.constant(0), z = circuit.constant(0)]) => [
        circuit.product([x, z], { lo: 0, hi: 49 }),
      ],
    })
    for (let value = -60; value <= 60; value++) {
      const forged = witness([5, 3])
      forged[1] = mod(BigInt(value))
      for (let inner = -60; inner <= 60; inner++) {
        forged[4] = mod(BigInt(inner))
        assert.equal(findViolation(r1cs, forged) === undefined, value === 15 && inner === 15)
      }
    }
  })

  it('error: refuses operands of another size and products beyond 32 bits', () => {
    const node = (count: number): GraphNode => ({ op: 'product', count, ...wide, shift: 0, operands: [0, 0] })
    const graph = (count: number, bits: number) =>
      constantGraph({ nodes: [node(count)], weights: [], input: { count: 2, lo: 0, hi: 2 ** bits - 1 } })
    assert.throws(() => checkPrimitive(graph(3, 4)), { name: 'GraphInvalidError' })
    assert.throws(() => checkPrimitive(graph(2, 16)), { name: 'GraphInvalidError' })
  })
})
