import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '../evaluate.ts'
import type { FloatNode, FloatTensor } from '../floatGraph.ts'
import { quantize } from '../quantize.ts'
import { checkFloatGraph, floatGraph } from './checkFloatGraph.ts'

const indices: FloatTensor = { name: 'x', shape: [1, 3], type: 'integer' }

function gather([data, index]: [string, string], { axis, shape }: { axis: number; shape: number[] }): FloatNode {
  return { op: 'gather', axis, name: 'g', inputs: [data, index], output: 'g', shape, type: 'float' }
}

const rows = (count: number) => Array.from({ length: count }, (_, at) => Math.sin(at * 7))

test('behavior: rows of a constant are looked up along any axis', () => {
  const embedding = floatGraph({
    input: indices,
    constants: { table: { shape: [6, 4], values: rows(24) } },
    nodes: [gather(['table', 'x'], { axis: 0, shape: [1, 3, 4] })],
  })
  const columns = floatGraph({
    input: indices,
    constants: { table: { shape: [2, 6, 2], values: rows(24) } },
    nodes: [gather(['table', 'x'], { axis: 1, shape: [2, 1, 3, 2] })],
  })
  for (const float of [embedding, columns]) {
    const { graph } = checkFloatGraph({ float, reach: 5, isPositive: true, tolerance: 1e-4 })
    assert.deepEqual(
      graph.nodes.map(({ op }) => op).filter((op) => op !== 'move'),
      ['input', 'lookup'],
    )
  }
})

test('behavior: an index below zero counts from the end, and one outside takes the nearest', () => {
  const float = floatGraph({
    input: indices,
    constants: { table: { shape: [6], values: [10, 11, 12, 13, 14, 15] } },
    nodes: [gather(['table', 'x'], { axis: 0, shape: [1, 3] })],
  })
  checkFloatGraph({ float, reach: 5, tolerance: 1e-3 })
  const model = quantize(float, { calibration: [Float32Array.of(-6, 0, 5)] })
  const picked = (...values: number[]) =>
    evaluate(model.graph, Int32Array.from(values)).map((q) => q * 2 ** -model.outputScale)

  assert.deepEqual([...picked(-1, -6, 5)], [15, 10, 15])
  assert.deepEqual([...picked(-8, 7, 6)], [10, 15, 15])
})

test('behavior: constant indices move elements only', () => {
  const float = floatGraph({
    input: { name: 'x', shape: [1, 4, 3], type: 'float' },
    constants: { index: { shape: [2], values: [-1, 1], type: 'integer' } },
    nodes: [gather(['x', 'index'], { axis: 1, shape: [1, 2, 3] })],
  })
  const { graph } = checkFloatGraph({ float, reach: 2, tolerance: 0 })

  assert.deepEqual(
    graph.nodes.map(({ op }) => op),
    ['input', 'move'],
  )
})

test('behavior: computed elements at computed indices', () => {
  const shape = [1, 4, 3]
  const nodes: FloatNode[] = [
    { op: 'argMax', axis: 2, name: 'a', inputs: ['x'], output: 'a', shape: [1, 4], type: 'integer' },
    {
      op: 'slice',
      name: 's',
      inputs: ['a'],
      output: 's',
      shape: [1, 2],
      type: 'integer',
      starts: [0, 0],
      steps: [1, 1],
    },
    { op: 'gather', axis: 1, name: 'g', inputs: ['x', 's'], output: 'g', shape: [1, 1, 2, 3], type: 'float' },
  ]
  const float = floatGraph({ input: { name: 'x', shape, type: 'float' }, nodes })
  checkFloatGraph({ float, reach: 2, tolerance: 0, settings: { inputBits: 4 } })
})
