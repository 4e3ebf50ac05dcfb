import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateFloat } from './evaluateFloat.ts'
import type { FloatGraph } from './floatGraph.ts'

const type = 'float' as const
const graph: FloatGraph = {
  input: { name: 'x', shape: [1, 1, 3, 3], type },
  output: { name: 'y', shape: [1, 2], type },
  constants: new Map([
    ['cw', { shape: [1, 1, 2, 2], type, values: Float32Array.of(1, 0, 0, -1) }],
    ['cb', { shape: [1], type, values: Float32Array.of(0.5) }],
    ['gw', { shape: [2, 4], type, values: Float32Array.of(1, 1, 1, 1, 0, 1, 0, -1) }],
    ['gb', { shape: [2], type, values: Float32Array.of(0, 10) }],
  ]),
  nodes: [
    {
      name: 'conv',
      op: 'conv',
      inputs: ['x', 'cw', 'cb'],
      output: 'c',
      kernel: [2, 2],
      stride: [2, 2],
      dilation: [1, 1],
      pads: [1, 1, 0, 0],
      group: 1,
      shape: [1, 1, 2, 2],
      type,
    },
    {
      name: 'r',
      op: 'unary',
      function: 'relu',
      alpha: 0,
      beta: 0,
      inputs: ['c'],
      output: 'r',
      shape: [1, 1, 2, 2],
      type,
    },
    { name: 'flatten', op: 'reshape', inputs: ['r'], output: 'f', shape: [1, 4], type },
    { name: 'gemm', op: 'gemm', inputs: ['f', 'gw', 'gb'], output: 'y', shape: [1, 2], type },
  ],
}

describe('evaluateFloat', () => {
  it('behavior: golden values of a padded, strided convolution, Relu and a full layer', () => {
    // The windows are 0 − 1, 0 − 3, 0 − 7 and 5 − 9, and 0.5 is added to each; Relu leaves nothing but 0.
    assert.deepEqual([...evaluateFloat(graph, Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9))], [0, 10])
    // Negated, they are 1.5, 3.5, 7.5 and 4.5.
    assert.deepEqual([...evaluateFloat(graph, Float32Array.of(-1, -2, -3, -4, -5, -6, -7, -8, -9))], [17, 9])
  })

  it('error: an input of another size names both sizes', () => {
    assert.throws(() => evaluateFloat(graph, new Float32Array(8)), {
      name: 'FloatInputError',
      message: /8 values.*takes 9/,
    })
  })
})
