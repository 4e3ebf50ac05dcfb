import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FloatNode, FloatTensor } from '../floatGraph.ts'
import { checkFloatGraph, floatGraph } from './checkFloatGraph.ts'

const x: FloatTensor = { name: 'x', shape: [1, 3, 4], type: 'float' }

function reduce(name: 'sum' | 'mean' | 'max' | 'min' | 'prod', [axes, shape]: [number[], number[]]): FloatNode {
  return { op: 'reduce', function: name, axes, name: 'r', inputs: ['x'], output: 'r', shape, type: 'float' }
}

const axesOf: [number[], number[]][] = [
  [[2], [1, 3]],
  [[1], [1, 1, 4]],
  [
    [1, 2],
    [1, 1, 1],
  ],
  [[0], [3, 4]],
]

test('behavior: sums, means, least and greatest elements along any axes', () => {
  for (const name of ['sum', 'mean', 'max', 'min'] as const) {
    for (const along of axesOf) {
      const float = floatGraph({ input: x, nodes: [reduce(name, along)] })
      checkFloatGraph({ float, reach: 4, tolerance: name === 'mean' ? 4e-3 : 1e-6 })
    }
  }
})

test('behavior: products along any axes', () => {
  for (const along of axesOf) {
    const float = floatGraph({ input: x, nodes: [reduce('prod', along)] })
    checkFloatGraph({ float, reach: 1, tolerance: 1e-2 })
  }
})

test('behavior: elements with factors and addends of their own are reduced as the reals they stand for', () => {
  for (const name of ['sum', 'mean', 'max', 'min', 'prod'] as const) {
    const shape = [1, 3, 4]
    const float = floatGraph({
      input: x,
      constants: { k: { shape: [4], values: [0.5, -1, 0.25, 0] }, a: { shape: [3, 1], values: [0, 0.5, -1] } },
      nodes: [
        { op: 'binary', function: 'mul', name: 'm', inputs: ['x', 'k'], output: 'm', shape, type: 'float' },
        { op: 'binary', function: 'add', name: 'a', inputs: ['m', 'a'], output: 's', shape, type: 'float' },
        { ...reduce(name, [[2], [1, 3]]), inputs: ['s'] },
      ],
    })
    checkFloatGraph({ float, reach: 1, tolerance: 1e-2 })
  }
})

test('behavior: sums of negated elements that are compared next', () => {
  const shape = [1, 3, 4]
  const float = floatGraph({
    input: x,
    nodes: [
      {
        ...{ op: 'unary', function: 'neg', alpha: 0, beta: 0 },
        name: 'n',
        inputs: ['x'],
        output: 'n',
        shape,
        type: 'float',
      },
      { ...reduce('sum', [[2], [1, 3, 1]]), inputs: ['n'] },
      { op: 'binary', function: 'max', name: 'm', inputs: ['x', 'r'], output: 'm', shape, type: 'float' },
    ],
  })
  checkFloatGraph({ float, reach: 2, tolerance: 1e-6 })
})

test('behavior: the position of the greatest element, the first of equals', () => {
  for (const [axis, shape] of [
    [2, [1, 3]],
    [1, [1, 1, 4]],
  ] as [number, number[]][]) {
    const node: FloatNode = { op: 'argMax', axis, name: 'p', inputs: ['x'], output: 'p', shape, type: 'integer' }
    const float = floatGraph({ input: x, nodes: [node] })
    const { difference } = checkFloatGraph({ float, reach: 4, tolerance: 0, settings: { inputBits: 4 } })
    assert.equal(difference, 0)
  }
})
