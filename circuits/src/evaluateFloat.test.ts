import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateFloat } from './evaluateFloat.ts'
import type { FloatGraph } from './floatChain.ts'

const graph: FloatGraph = {
  input: { name: 'x', shape: [1, 1, 3, 3] },
  nodes: [
    {
      name: 'conv',
      op: 'conv',
      input: 'x',
      output: 'c',
      weight: Float32Array.of(1, 0, 0, -1),
      bias: Float32Array.of(0.5),
      kernel: [2, 2],
      stride: [2, 2],
      pads: [1, 1, 0, 0],
      inShape: [1, 3, 3],
      outShape: [1, 2, 2],
    },
    { name: 'relu', op: 'relu', input: 'c', output: 'r' },
    { name: 'flatten', op: 'flatten', input: 'r', output: 'f', shape: [1, 2, 2] },
    {
      name: 'gemm',
      op: 'gemm',
      input: 'f',
      output: 'y',
      weight: Float32Array.of(1, 1, 1, 1, 0, 1, 0, -1),
      bias: Float32Array.of(0, 10),
      inCount: 4,
      outCount: 2,
    },
  ],
  output: { name: 'y', shape: [1, 2] },
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
