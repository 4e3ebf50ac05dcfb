import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { GraphNode } from '../exactGraph.ts'
import { checkPrimitive, constantGraph } from './checkPrimitive.ts'

const whole = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const

/** Elements 0 and 1 of the input, the first as a condition, and a selection between moves of what stands at these places (-1: zero). */
function selection({ yes, no }: { yes: number[]; no: number[] }) {
  const count = yes.length
  const nodes: GraphNode[] = [
    { op: 'compare', width: 1, lo: 0, hi: 1, count: 2, relation: 'greater', operand: 0, against: { weight: 0 } },
    { op: 'move', ...whole, count, operands: [1], weight: 1 },
    { op: 'move', ...whole, count, operands: [0], weight: 2 },
    { op: 'move', ...whole, count, operands: [0], weight: 3 },
    { op: 'select', ...whole, count, operands: [2, 3, 4] },
  ]
  const weights = [Int32Array.of(3, 3), new Int32Array(count), Int32Array.from(yes), Int32Array.from(no)]
  return constantGraph({ nodes, weights, input: { count: 2, lo: -8, hi: 7 } })
}

function rowsOf(choice: { yes: number[]; no: number[] }): number {
  return checkPrimitive(selection(choice)).constraints.length
}

describe('select', () => {
  it('invariant: a choice takes one row, and so do both choices between an element and zero', () => {
    const none = rowsOf({ yes: [1], no: [1] })

    assert.equal(rowsOf({ yes: [1], no: [0] }) - none, 1)
    assert.equal(rowsOf({ yes: [1], no: [-1] }) - none, 1)
    assert.equal(rowsOf({ yes: [-1], no: [1] }) - none, 1)
    const shared = rowsOf({ yes: [1, -1], no: [-1, 1] })
    const single = rowsOf({ yes: [1, 1], no: [-1, -1] })
    assert.equal(shared, single)
  })
})
