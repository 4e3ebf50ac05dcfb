import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FloatGraph, FloatNode, FloatTensor } from '../floatGraph.ts'
import { checkFloatGraph, floatGraph } from './checkFloatGraph.ts'
import { fuseLayerNorm } from './fuseLayerNorm.ts'

const shape = [1, 3, 4]
const x: FloatTensor = { name: 'x', shape, type: 'float' }

function binary(
  name: 'add' | 'sub' | 'mul' | 'div',
  inputs: [string, string],
  [output, rows]: [string, boolean],
): FloatNode {
  return { op: 'binary', function: name, name: output, inputs, output, shape: rows ? shape : [1, 3, 1], type: 'float' }
}

function mean([input, output]: [string, string], axes = [2]): FloatNode {
  return {
    op: 'reduce',
    function: 'mean',
    axes,
    name: output,
    inputs: [input],
    output,
    shape: [1, 3, 1],
    type: 'float',
  }
}

function unary(name: 'sqrt' | 'reciprocal', [input, output]: [string, string]): FloatNode {
  const rows = [1, 3, 1]
  return {
    ...{ op: 'unary', function: name, name: output, inputs: [input], output, shape: rows, type: 'float' },
    ...{ alpha: 0, beta: 0 },
  }
}

const start = [
  mean(['x', 'm']),
  binary('sub', ['x', 'm'], ['d', true]),
  binary('mul', ['d', 'd'], ['q', true]),
  mean(['q', 'v']),
  binary('add', ['v', 'epsilon'], ['a', false]),
  unary('sqrt', ['a', 's']),
]
const end = [binary('mul', ['n', 'scale'], ['w', true]), binary('add', ['w', 'bias'], ['y', true])]

function written(middle: FloatNode[]): FloatGraph {
  return floatGraph({
    input: x,
    constants: {
      epsilon: { shape: [], values: [1e-5] },
      scale: { shape: [4], values: [1, 0.5, -2, 1.5] },
      bias: { shape: [4], values: [0.1, -0.2, 0, 0.3] },
    },
    nodes: [...start, ...middle, ...end],
  })
}

const byQuotient = [binary('div', ['d', 's'], ['n', true])]
const byReciprocal = [unary('reciprocal', ['s', 'r']), binary('mul', ['r', 'd'], ['n', true])]

test('behavior: a layer normalization written out becomes one node, with its scale and bias behind it', () => {
  for (const float of [written(byQuotient), written(byReciprocal)]) {
    const { nodes, constants } = fuseLayerNorm(float)

    assert.deepEqual(
      nodes.map(({ op }) => op),
      ['layerNorm', 'binary', 'binary'],
    )
    assert.equal(constants.has('epsilon'), false)
    checkFloatGraph({ float, reach: 3, tolerance: 0.03 })
  }
})

test('behavior: other quotients stay what they are', () => {
  const other = written([binary('div', ['x', 's'], ['n', true])])
  const first = { ...mean(['x', 'm']), axes: [1], shape: [1, 1, 4] } as FloatNode
  const across = { ...written(byQuotient), nodes: [first, ...written(byQuotient).nodes.slice(1)] }

  assert.equal(fuseLayerNorm(other), other)
  assert.equal(fuseLayerNorm(across), across)
})

test('behavior: a normalization by the root of the mean square works without one', () => {
  const float = floatGraph({
    input: x,
    constants: { epsilon: { shape: [], values: [1e-5] } },
    nodes: [
      binary('mul', ['x', 'x'], ['q', true]),
      mean(['q', 'v']),
      binary('add', ['v', 'epsilon'], ['a', false]),
      unary('sqrt', ['a', 's']),
      binary('div', ['x', 's'], ['n', true]),
    ],
  })
  checkFloatGraph({ float, reach: 3, tolerance: 0.1 })
})
