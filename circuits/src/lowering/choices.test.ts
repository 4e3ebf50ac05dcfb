import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FloatNode, FloatTensor, Relation } from '../floatGraph.ts'
import { checkFloatGraph, floatGraph } from './checkFloatGraph.ts'

const shape = [1, 3, 4]
const x: FloatTensor = { name: 'x', shape, type: 'float' }
const base = { shape, type: 'float' } as const

const relations: Relation[] = ['equal', 'less', 'lessOrEqual', 'greater', 'greaterOrEqual']

function compare(relation: Relation, [left, right]: [string, string]): FloatNode {
  return { ...base, op: 'compare', relation, name: 'c', inputs: [left, right], output: 'c', type: 'boolean' }
}

function where(inputs: [string, string, string]): FloatNode {
  return { ...base, op: 'where', name: 'w', inputs, output: 'w' }
}

/** The rows of x in another order, so that two tensors of the input are compared. */
const turned: FloatNode = {
  ...base,
  op: 'slice',
  name: 't',
  inputs: ['x'],
  output: 't',
  starts: [0, 2, 3],
  steps: [1, -1, -1],
}

test('behavior: comparisons with constants decide as the reals do, on either side and for every sign', () => {
  for (const relation of relations) {
    for (const inputs of [
      ['x', 'k'],
      ['k', 'x'],
      ['n', 'k'],
    ] as [string, string][]) {
      const neg: FloatNode = {
        ...base,
        op: 'unary',
        function: 'neg',
        name: 'n',
        inputs: ['x'],
        output: 'n',
        alpha: 0,
        beta: 0,
      }
      const float = floatGraph({
        input: x,
        // on the grid of the input, whose step is 1/32, and between its points where equality is not asked
        constants: { k: { shape: [4], values: relation === 'equal' ? [0.5, -0.25, 0, 9] : [0.5, -0.26, 0, 9] } },
        nodes: [...(inputs[0] === 'n' ? [neg] : []), compare(relation, inputs)],
      })
      const { difference } = checkFloatGraph({ float, reach: 4, tolerance: 0 })
      assert.equal(difference, 0)
    }
  }
})

test('behavior: two computed tensors compare in one step', () => {
  for (const relation of relations) {
    const float = floatGraph({ input: x, nodes: [turned, compare(relation, ['x', 't'])] })
    checkFloatGraph({ float, reach: 2, tolerance: 0, settings: { inputBits: 4 } })
  }
})

test('behavior: a comparison with a constant takes few rows', () => {
  const float = floatGraph({
    input: x,
    constants: { k: { shape: [4], values: [0.5, -0.25, 0, 1] } },
    nodes: [compare('greater', ['x', 'k'])],
  })
  const { rows } = checkFloatGraph({ float, reach: 4, tolerance: 0 })

  // 12 inputs of 8 bits, their commitment aside, and at most 7 rows for each threshold
  assert.ok(rows < 12 * (8 + 7) + 600, `${rows} rows`)
})

test('behavior: a choice takes what its condition says', () => {
  for (const inputs of [
    ['c', 'x', 't'],
    ['c', 'k', 'x'],
    ['c', 'x', 'k'],
    ['c', 'k', 'm'],
    ['c', 'k', 'k'],
  ] as [string, string, string][]) {
    for (const relation of ['greater', 'lessOrEqual'] as const) {
      const float = floatGraph({
        input: x,
        constants: {
          zero: { shape: [1], values: [0] },
          k: { shape: [4], values: [0.3, -0.77, 0, 2] },
          m: { shape: [3, 1], values: [0.3, 5, 0] },
        },
        nodes: [turned, compare(relation, ['x', 'zero']), where(inputs)],
      })
      checkFloatGraph({ float, reach: 4, tolerance: 1e-3 })
    }
  }
})

test('behavior: a constant condition costs nothing', () => {
  const float = floatGraph({
    input: x,
    constants: { c: { shape: [4], values: [0, 1, 1, 0], type: 'boolean' }, far: { shape: [], values: [-1e9] } },
    nodes: [where(['c', 'x', 'far']), { ...base, op: 'softmax', axis: 2, name: 's', inputs: ['w'], output: 's' }],
  })
  const { graph } = checkFloatGraph({ float, reach: 4, tolerance: 2e-3 })

  assert.ok(graph.nodes.every(({ op }) => op !== 'select'))
})

test('behavior: casts drop fractions toward zero, and are true of all but zero', () => {
  const toInteger: FloatNode = { ...base, op: 'cast', name: 'i', inputs: ['x'], output: 'i', type: 'integer' }
  const toBoolean: FloatNode = { ...base, op: 'cast', name: 'b', inputs: ['i'], output: 'b', type: 'boolean' }
  const toFloat: FloatNode = { ...base, op: 'cast', name: 'f', inputs: ['b'], output: 'f' }
  checkFloatGraph({ float: floatGraph({ input: x, nodes: [toInteger] }), reach: 4, tolerance: 0 })
  checkFloatGraph({ float: floatGraph({ input: x, nodes: [toInteger, toBoolean, toFloat] }), reach: 2, tolerance: 0 })
})

test('behavior: a product with a condition keeps or drops', () => {
  const float = floatGraph({
    input: x,
    constants: { zero: { shape: [1], values: [0.5] } },
    nodes: [
      compare('less', ['x', 'zero']),
      { ...base, op: 'cast', name: 'f', inputs: ['c'], output: 'f' },
      { ...base, op: 'binary', function: 'mul', name: 'p', inputs: ['f', 'x'], output: 'p' },
    ],
  })
  checkFloatGraph({ float, reach: 4, tolerance: 1e-3 })
})

test('behavior: powers, remainders and whole quotients by constants of each element', () => {
  const integers: FloatTensor = { name: 'x', shape, type: 'integer' }
  const by = (values: number[], type: 'float' | 'integer') => ({ k: { shape: [4], values, type } })
  for (const name of ['mod', 'fmod', 'div', 'pow'] as const) {
    const node: FloatNode = { ...base, op: 'binary', function: name, name: 'b', inputs: ['x', 'k'], output: 'b' }
    const whole = { ...node, type: 'integer' } as const
    const values = name === 'pow' ? [1, 2, 3, 0] : [3, -2, 5, 7]
    checkFloatGraph({
      float: floatGraph({ input: integers, constants: by(values, 'integer'), nodes: [whole] }),
      ...{ reach: 15, tolerance: 0 },
    })
  }
  const power: FloatNode = { ...base, op: 'binary', function: 'pow', name: 'b', inputs: ['x', 'k'], output: 'b' }
  checkFloatGraph({
    float: floatGraph({ input: x, constants: by([0.5, 1.5, 2, 3], 'float'), nodes: [power] }),
    ...{ reach: 2, isPositive: true, tolerance: 1e-3 },
  })
})

test('behavior: conditions are combined', () => {
  const boolean = { shape, type: 'boolean' } as const
  const nodes: FloatNode[] = [
    { ...boolean, op: 'compare', relation: 'less', name: 'a', inputs: ['x', 'k'], output: 'a' },
    { ...boolean, op: 'compare', relation: 'greaterOrEqual', name: 'b', inputs: ['x', 'zero'], output: 'b' },
    { ...boolean, op: 'unary', function: 'not', alpha: 0, beta: 0, name: 'n', inputs: ['b'], output: 'n' },
    { ...boolean, op: 'binary', function: 'mul', name: 'and', inputs: ['a', 'n'], output: 'and' },
    { ...boolean, op: 'binary', function: 'max', name: 'or', inputs: ['a', 'n'], output: 'or' },
    { ...boolean, op: 'compare', relation: 'equal', name: 'same', inputs: ['a', 'b'], output: 'same' },
    { ...boolean, op: 'unary', function: 'not', alpha: 0, beta: 0, name: 'xor', inputs: ['same'], output: 'xor' },
  ]
  for (const condition of ['and', 'or', 'xor', 'same', 'n']) {
    const count = nodes.findIndex(({ output }) => output === condition) + 1
    const float = floatGraph({
      input: x,
      constants: { k: { shape: [4], values: [0.5, -0.25, 1, -9] }, zero: { shape: [], values: [0.1] } },
      nodes: [
        ...nodes.slice(0, count),
        { ...base, op: 'where', name: 'w', inputs: [condition, 'x', 'k'], output: 'w' },
      ],
    })
    checkFloatGraph({ float, reach: 2, tolerance: 1e-3 })
  }
})
