// For tests: a small graph whose witness program has every instruction.
import { type ExactGraph, type GraphNode, rowWindow } from './exactGraph.ts'
import { constantGraph } from './primitives/checkPrimitive.ts'

const wide = { width: 4, lo: -(2 ** 31), hi: 2 ** 31 - 1 } as const
const flag = { op: 'compare', width: 1, lo: 0, hi: 1 } as const

/** A graph of twelve inputs or more, of six bits each; those behind the first twelve are hashed and not read. */
export function everyInstructionGraph(inputs = 12): ExactGraph {
  const nodes: GraphNode[] = [
    // 1: long sums, rounded and rectified
    {
      ...{ op: 'linear', width: 1, lo: 0, hi: 127, count: 3, operand: 0, weight: 0, bias: 1, shift: 2 },
      window: { ...rowWindow({ rows: 3, length: 12, rowStride: 12 }), s2: 0 },
    },
    // 2 to 4: an element against many constants, by descending and by one-hot digits
    { op: 'move', ...wide, count: 24, operands: [1], weight: 2 },
    { ...flag, count: 24, relation: 'greater', operand: 2, against: { weight: 3 } },
    { ...flag, count: 24, relation: 'equal', operand: 2, against: { weight: 3 } },
    // 5 and 6: a test for zero
    { op: 'move', ...wide, count: 4, operands: [0], weight: 4 },
    { ...flag, count: 4, relation: 'equal', operand: 5, against: { weight: 5 } },
    // 7 and 8: a table, and products
    { op: 'lookup', ...wide, count: 4, operand: 5, weight: 6, offset: -32, window: rowWindow({ rows: 4, length: 1 }) },
    { op: 'product', ...wide, count: 4, operands: [7, 5], shift: 0 },
    // 9 and 10: all answers
    { op: 'move', ...wide, count: 8, operands: [6, 8], weight: 8 },
    { op: 'move', ...wide, count: 56, operands: [3, 4, 9], weight: 7 },
  ]
  const weights = [
    Int32Array.from({ length: 36 }, (_, index) => ((index * 37) % 15) - 7),
    Int32Array.of(5, -100, 300),
    new Int32Array(24),
    Int32Array.from({ length: 24 }, (_, index) => 5 * index),
    Int32Array.of(0, 1, 2, 3),
    Int32Array.of(-5, 0, 7, 31),
    Int32Array.from({ length: 64 }, (_, index) => (index * index * 7) % 251),
    Int32Array.from({ length: 56 }, (_, index) => index),
    Int32Array.from({ length: 8 }, (_, index) => index),
  ]
  return constantGraph({ nodes, weights, input: { count: inputs, lo: -32, hi: 31 } })
}
