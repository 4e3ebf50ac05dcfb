import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile } from '../compile.ts'
import { evaluate } from '../evaluate.ts'
import { type GraphNode, rowWindow } from '../exactGraph.ts'
import { mod } from '../field.ts'
import { checkGraph } from '../intervals.ts'
import { findViolation } from '../r1cs.ts'
import { computeWitness } from '../witness.ts'
import { checkPrimitive, constantGraph } from './checkPrimitive.ts'

/** Max or argmax over rows of an input. */
function poolGraph(op: 'max' | 'argmax', { rows, length, bits = 5 }: { rows: number; length: number; bits?: number }) {
  const node: GraphNode = {
    op,
    count: rows,
    width: 4,
    lo: -(2 ** 20),
    hi: 2 ** 20,
    operand: 0,
    window: rowWindow({ rows, length }),
  }
  return constantGraph({
    nodes: [node],
    weights: [],
    input: { count: rows * length, lo: -(2 ** (bits - 1)), hi: 2 ** (bits - 1) - 1 },
  })
}

describe('max', () => {
  it('behavior: gives the greatest of each window, golden values', () => {
    const input = Int32Array.of(-3, 5, 2, -9, -1, -4)

    assert.deepEqual(evaluate(poolGraph('max', { rows: 2, length: 3 }), input), Int32Array.of(5, -1))
  })

  it('invariant: evaluation, step and witness agree, and no wire is free', () => {
    for (const length of [1, 2, 3, 4, 9])
      checkPrimitive(poolGraph('max', { rows: 2, length }), { seed: length, runs: 6 })
  })

  it('invariant: a pair takes n + 2 rows for differences of n bits, nothing where the intervals decide', () => {
    const rows = (length: number) => compile(poolGraph('max', { rows: 1, length })).constraints.length - 5 * length

    // The answer of one element is the element; differences of 5-bit elements take 6 bits with their sign.
    assert.equal(rows(2) - rows(1), 6 + 2)
    assert.equal(rows(4) - rows(1), 3 * (6 + 2))
    const nodes: GraphNode[] = [
      { ...linear, lo: 3, hi: 10 },
      { op: 'move', count: 2, width: 4, lo: -100, hi: 100, operands: [0, 1], weight: 2 },
      { op: 'max', count: 1, width: 4, lo: -100, hi: 100, operand: 2, window: rowWindow({ rows: 1, length: 2 }) },
    ]
    const weights = [Int32Array.of(1), Int32Array.of(3), Int32Array.of(0, 1)]
    const decided = constantGraph({ nodes, weights, input: { count: 1, lo: 0, hi: 3 } })
    assert.deepEqual(checkGraph(decided)[3]?.value, { lo: Int32Array.of(3), hi: Int32Array.of(6) })
    checkPrimitive(decided)
  })

  it('error: refuses a window outside its operand and a range that the values leave', () => {
    const graph = poolGraph('max', { rows: 2, length: 3 })
    const [input, node] = graph.nodes
    assert.ok(input && node?.op === 'max')
    const wrong: GraphNode[] = [
      { ...node, window: { ...node.window, base: 1 } },
      { ...node, lo: 0 },
      { ...node, hi: 14 },
    ]
    for (const bad of wrong) {
      assert.throws(() => checkPrimitive({ ...graph, nodes: [input, bad] }), { name: 'GraphInvalidError' })
    }
  })
})

const linear: GraphNode = {
  ...{ op: 'linear', count: 1, width: 4, lo: 0, hi: 0, shift: 0, operand: 0, weight: 0, bias: 1 },
  window: rowWindow({ rows: 1, length: 1, rowStride: 1 }),
}

describe('argmax', () => {
  it('behavior: gives the position of the greatest, the first of equals', () => {
    const input = Int32Array.of(-3, 5, 5, 7, -1, -1, -1, -2)

    assert.deepEqual(evaluate(poolGraph('argmax', { rows: 2, length: 4 }), input), Int32Array.of(3, 0))
    assert.deepEqual(evaluate(poolGraph('argmax', { rows: 1, length: 8 }), input), Int32Array.of(3))
  })

  it('invariant: evaluation, step and witness agree, with many equals, and no wire is free', () => {
    for (const length of [1, 2, 3, 4, 7]) {
      checkPrimitive(poolGraph('argmax', { rows: 2, length, bits: 2 }), { seed: length, runs: 30 })
    }
  })

  it('soundness: no other position passes, for every answer and every flip of one comparison', () => {
    const graph = poolGraph('argmax', { rows: 1, length: 4, bits: 3 })
    const r1cs = compile(graph)
    const { witness, signals } = computeWitness(graph, { input: Int32Array.of(1, 3, 3, -2), binding: 0n })
    for (let answer = -4; answer < 8; answer++) {
      const forged = [...witness]
      forged[1] = mod((signals[0] ?? 0n) + BigInt(answer - 1))
      for (let wire = 4; wire < witness.length; wire++) {
        const both = [...forged]
        both[wire] = mod(1n - (both[wire] ?? 0n))
        assert.equal(findViolation(r1cs, both) === undefined, false)
      }
      assert.equal(findViolation(r1cs, forged) === undefined, answer === 1)
    }
  })

  it('invariant: a pair takes n + 1 rows, and one for the value and one for the position of each later pair', () => {
    const rows = (length: number) => compile(poolGraph('argmax', { rows: 1, length })).constraints.length - 5 * length

    // Pairs of constants' positions take none: c itself is the position.
    assert.equal(rows(2) - rows(1), 6 + 1)
    assert.equal(rows(4) - rows(1), 3 * (6 + 1) + 2 + 1)
  })
})
