import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCircuitBuilder, wire } from './circuitBuilder.ts'
import { compile } from './compile.ts'
import { countRows } from './countRows.ts'
import { type ExactGraph, rowWindow } from './exactGraph.ts'
import { emitPoseidon } from './primitives/poseidon.ts'

/** Two inputs of 4 bits and one ReLU of both, whose sum lies in -30 … 45. */
function reluGraph({ shift, hi }: { shift: number; hi: number }): ExactGraph {
  return {
    nodes: [
      { op: 'input', count: 2, width: 1, lo: 0, hi: 15 },
      {
        ...{ op: 'linear', count: 1, width: 2, lo: 0, hi, shift, operand: 0, weight: 0, bias: 1 },
        window: rowWindow({ rows: 1, length: 2, rowStride: 2 }),
      },
    ],
    weights: [
      { width: 1, values: Int32Array.of(3, -2) },
      { width: 4, values: Int32Array.of(0) },
    ],
    inputNode: 0,
    outputNode: 1,
  }
}

describe('countRows', () => {
  it('invariant: a ReLU over n bits takes n + 2 rows, after one row for each input bit', () => {
    assert.deepEqual(countRows(reluGraph({ shift: 2, hi: 100 })), [
      { op: 'input', count: 2, rows: 8 },
      { op: 'linear', count: 1, rows: 7 + 2, reluBound: 7 + 2 },
    ])
  })

  it('invariant: what the nodes take is all that a circuit takes beside a hash, its output words and the binding', () => {
    const graph = reluGraph({ shift: 2, hi: 100 })
    const hash = createCircuitBuilder({ outputCount: 1, publicInputCount: 1 })
    emitPoseidon(hash, { inputs: [wire(2)], output: 1 })
    const counted = countRows(graph).reduce((sum, { rows }) => sum + rows, 0)

    assert.equal(compile(graph).constraints.length, counted + hash.build().constraints.length + 1 + 1)
  })

  it('behavior: a ReLU that saturates takes more, and no bound is promised for it', () => {
    const [, relu] = countRows(reluGraph({ shift: 2, hi: 7 }))

    assert.equal(relu?.reluBound, undefined)
    assert.ok((relu?.rows ?? 0) > 7 + 2)
  })
})
