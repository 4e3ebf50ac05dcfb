import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile } from '../compile.ts'
import { evaluate } from '../evaluate.ts'
import type { GraphNode, MoveNode, SelectNode } from '../exactGraph.ts'
import { checkPrimitive, constantGraph } from './checkPrimitive.ts'

const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const

function moveGraph(map: number[], operands = [0, 1, 0]) {
  const nodes: GraphNode[] = [
    { op: 'requantize', count: 3, width: 4, lo: 0, hi: 100, multiplier: 1, shift: 0, operand: 0 },
    { op: 'move', count: map.length, ...wide, operands, weight: 0 },
  ]
  return constantGraph({ nodes, weights: [Int32Array.from(map)], input: { count: 3, lo: -8, hi: 7 } })
}

describe('move', () => {
  it('behavior: takes elements of operands laid end to end, and zero for -1, golden values', () => {
    const graph = moveGraph([8, -1, 4, 0, 3, 0])

    assert.deepEqual(evaluate(graph, Int32Array.of(-5, 6, 7)), Int32Array.of(7, 0, 6, -5, 0, -5))
  })

  it('invariant: evaluation, step and witness agree, and no wire is free', () => {
    checkPrimitive(moveGraph([8, -1, 4, 0, 3, 0]))
    checkPrimitive(moveGraph([2, 1, 0, -1], [1]))
  })

  it('invariant: takes no row', () => {
    assert.equal(compile(moveGraph([2, 1, 0], [1])).constraints.length, compile(moveGraph([0], [1])).constraints.length)
  })

  it('error: refuses entries outside the operands, maps of another size or width, and four operands', () => {
    const graph = moveGraph([0])
    const [input, first] = graph.nodes
    assert.ok(input && first)
    const node: MoveNode = { op: 'move', count: 1, ...wide, operands: [0], weight: 0 }
    const broken: [MoveNode, number[], 2 | 4][] = [
      [node, [3], 4],
      [node, [-2], 4],
      [{ ...node, count: 2 }, [0], 4],
      [node, [0], 2],
      [{ ...node, operands: [0, 0, 0, 0] }, [0], 4],
      [{ ...node, operands: [] }, [0], 4],
    ]
    for (const [bad, map, width] of broken) {
      const weights = [{ width, values: Int32Array.from(map) }]
      assert.throws(() => checkPrimitive({ ...graph, nodes: [input, first, bad], weights }), {
        name: 'GraphInvalidError',
      })
    }
  })
})

/** y = x_0 > 3 ? x_1 : x_2. */
function selectGraph(overrides: Partial<SelectNode> = {}) {
  const pick = (weight: number): GraphNode => ({ op: 'move', count: 1, ...wide, operands: [0], weight })
  const nodes: GraphNode[] = [
    ...[pick(0), pick(1), pick(2)],
    { op: 'compare', count: 1, width: 1, lo: 0, hi: 1, relation: 'greater', operand: 1, against: { weight: 3 } },
    { op: 'select', count: 1, ...wide, operands: [4, 2, 3], ...overrides },
  ]
  const weights = [0, 1, 2, 3].map((value) => Int32Array.of(value))
  return constantGraph({ nodes, weights, input: { count: 3, lo: -8, hi: 7 } })
}

describe('select', () => {
  it('behavior: takes one of two, golden values', () => {
    assert.deepEqual(evaluate(selectGraph(), Int32Array.of(4, -3, 6)), Int32Array.of(-3))
    assert.deepEqual(evaluate(selectGraph(), Int32Array.of(3, -3, 6)), Int32Array.of(6))
  })

  it('invariant: evaluation, step and witness agree, and no wire is free', () => {
    checkPrimitive(selectGraph(), { runs: 40 })
    checkPrimitive(selectGraph({ operands: [4, 2, 2] }))
  })

  it('invariant: takes one row, none between equals', () => {
    const rows = (overrides: Partial<SelectNode>) => compile(selectGraph(overrides)).constraints.length

    assert.equal(rows({}) - rows({ operands: [4, 2, 2] }), 1)
  })

  it('error: refuses a condition that is no truth and operands of another size', () => {
    assert.throws(() => checkPrimitive(selectGraph({ operands: [1, 2, 3] })), { name: 'GraphInvalidError' })
    assert.throws(() => checkPrimitive(selectGraph({ operands: [4, 0, 3] })), { name: 'GraphInvalidError' })
  })
})
