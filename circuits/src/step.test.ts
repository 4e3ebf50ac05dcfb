import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ExactGraph } from './exactGraph.ts'
import { openedBytes, stepElement } from './step.ts'

/** y_j = x_{1-j} over two elements of 16 bits. */
const graph: ExactGraph = {
  nodes: [
    { op: 'input', count: 2, width: 2, lo: 0, hi: 15 },
    { op: 'move', count: 2, width: 2, lo: 0, hi: 15, operands: [0], weight: 0 },
  ],
  weights: [{ width: 4, values: Int32Array.of(1, 0) }],
  inputNode: 0,
  outputNode: 1,
}

describe('stepElement', () => {
  it('error: nothing computes an input, and a node has no element past its last', () => {
    const values = [Int32Array.of(5, 6), Int32Array.of(6, 5)]

    assert.throws(() => stepElement(graph, { node: 0, element: 0, values }), { name: 'GraphInvalidError' })
    assert.throws(() => stepElement(graph, { node: 1, element: 2, values }), { name: 'GraphInvalidError' })
    assert.throws(() => stepElement(graph, { node: 1, element: -1, values }), { name: 'GraphInvalidError' })
    assert.throws(() => stepElement(graph, { node: 2, element: 0, values }), { name: 'GraphInvalidError' })
    assert.throws(() => stepElement(graph, { node: 1, element: 0, values: [] }), { name: 'GraphInvalidError' })
  })

  it('behavior: recomputes an element from what it opens, whatever the trace says of it', () => {
    const step = stepElement(graph, { node: 1, element: 0, values: [Int32Array.of(5, 6), Int32Array.of(-1, -1)] })

    assert.deepEqual(step, {
      value: 6,
      reads: [
        { of: 'weight', tensor: 0, index: 0 },
        { of: 'node', tensor: 0, index: 1 },
      ],
    })
    assert.equal(openedBytes(graph, step.reads), 64)
  })
})
