import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compile } from '../compile.ts'
import { evaluate } from '../evaluate.ts'
import type { DotNode, GraphNode } from '../exactGraph.ts'
import { checkGraph } from '../intervals.ts'
import { checkPrimitive, constantGraph } from './checkPrimitive.ts'

/** [2, 3] times the transpose of [2, 3]: both operands are the rows of one input of 12. */
function matMulGraph(overrides: Partial<DotNode> = {}) {
  const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const
  const first = Int32Array.of(0, 1, 2, 3, 4, 5)
  const nodes: GraphNode[] = [
    { op: 'move', count: 6, ...wide, operands: [0], weight: 0 },
    { op: 'move', count: 6, ...wide, operands: [0], weight: 1 },
    {
      ...{ op: 'dot', count: 4, ...wide, shift: 0, operands: [1, 2] },
      window: { d1: 2, d2: 2, s0: 0, s1: 3, s2: 0, base: 0, run: 3, n1: 1, n2: 1, r1: 0, r2: 0, rowStride: 0 },
      second: { t0: 0, t1: 0, t2: 3, base: 0, r1: 0 },
      ...overrides,
    },
  ]
  return constantGraph({
    nodes,
    weights: [first, first.map((index) => index + 6)],
    input: { count: 12, lo: -8, hi: 7 },
  })
}

describe('dot', () => {
  it('behavior: multiplies two matrices, golden values', () => {
    const input = Int32Array.of(1, 2, 3, -4, 5, 6, 7, -8, 0, 1, 1, 1)

    assert.deepEqual(evaluate(matMulGraph(), input), Int32Array.of(-9, 6, -68, 7))
    assert.deepEqual(evaluate(matMulGraph({ shift: 2, lo: -10, hi: 10 }), input), Int32Array.of(-2, 2, -10, 2))
  })

  it('invariant: evaluation, step and witness agree, and no wire is free', () => {
    checkPrimitive(matMulGraph())
    checkPrimitive(matMulGraph({ shift: 3, lo: 0, hi: 12 }))
  })

  it('invariant: takes one row for each product, the last in the row of its rounding, and one for each factor', () => {
    const plain = compile(matMulGraph()).constraints.length
    const rounded = compile(matMulGraph({ shift: 4 })).constraints.length

    // -168 … 192 with its half: 6 more bits than the four that are dropped, of a range that begins at 0.
    const bits = 9
    assert.equal(rounded - plain, 4 * (bits + 1) - 4)
  })

  it('behavior: a row times itself is a sum of squares, never negative', () => {
    const graph = matMulGraph({
      operands: [1, 1],
      count: 2,
      window: rowsOf(2),
      second: { t0: 0, t1: 0, t2: 3, base: 0, r1: 0 },
    })

    assert.deepEqual(checkGraph(graph)[3]?.value, { lo: Int32Array.of(0, 0), hi: Int32Array.of(192, 192) })
    checkPrimitive(graph)
  })

  it('error: refuses reads outside the second operand and windows of two dimensions', () => {
    const { window } = matMulGraph().nodes[3] as DotNode // the fixture's last node
    const wrong: Partial<DotNode>[] = [
      { second: { t0: 0, t1: 0, t2: 3, base: 1, r1: 0 } },
      { window: { ...window, n2: 2 } },
      { window: { ...window, s1: 4 } },
      { window: { ...window, rowStride: 3 } },
    ]
    for (const overrides of wrong) {
      assert.throws(() => checkPrimitive(matMulGraph(overrides)), { name: 'GraphInvalidError' })
    }
  })
})

function rowsOf(rows: number): DotNode['window'] {
  return { d1: 1, d2: rows, s0: 0, s1: 0, s2: 3, base: 0, run: 3, n1: 1, n2: 1, r1: 0, r2: 0, rowStride: 0 }
}
