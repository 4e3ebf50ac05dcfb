import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '../evaluate.ts'
import type { FloatNode, FloatTensor } from '../floatGraph.ts'
import { quantize } from '../quantize.ts'
import { checkFloatGraph, floatGraph } from './checkFloatGraph.ts'

const shape = [1, 4, 6]
const x = { name: 'x', shape, type: 'float' } as const

function softmax(axis: number): FloatNode {
  return { op: 'softmax', axis, name: 's', inputs: ['x'], output: 's', shape, type: 'float' }
}

test('behavior: shares along any axis are within the bound of their tables', () => {
  const [bits, length] = [15, 6]
  for (const axis of [1, 2]) {
    for (const reach of [0.5, 4, 40]) {
      for (const tableBits of [6, 8, 10]) {
        // the four errors that softmax.ts names: of a power twice, of the reciprocal's argument and entry, and the last rounding
        const power = Math.expm1(2 ** -tableBits / 2)
        const reciprocal = length / 2 ** 14 + length / 2 ** 14
        const tolerance = 2 * power + reciprocal + (length + 1) * 2 ** -(bits + 1) + 2 ** -bits
        const float = floatGraph({ input: x, nodes: [softmax(axis)] })
        // one run of all executors is enough
        const check = { float, reach, tolerance, settings: { tableBits }, runs: 30 }
        checkFloatGraph(tableBits === 8 && reach === 4 ? check : { ...check, isProved: false })
      }
    }
  }
})

test('behavior: shares of one element are whole', () => {
  const one: FloatTensor = { name: 'x', shape: [1, 3, 1], type: 'float' }
  const node: FloatNode = {
    op: 'softmax',
    axis: 2,
    name: 's',
    inputs: ['x'],
    output: 's',
    shape: one.shape,
    type: 'float',
  }
  checkFloatGraph({ float: floatGraph({ input: one, nodes: [node] }), reach: 4, tolerance: 1e-3 })
})

test('behavior: what a mask adds leaves masked elements out', () => {
  const masked = floatGraph({
    input: x,
    constants: {
      mask: { shape: [4, 6], values: Array.from({ length: 24 }, (_, at) => (at % 6 > at / 6 ? -3.4e38 : 0)) },
    },
    nodes: [
      { op: 'binary', function: 'add', name: 'a', inputs: ['x', 'mask'], output: 'a', shape, type: 'float' },
      { ...softmax(2), inputs: ['a'] },
    ],
  })
  const plain = checkFloatGraph({ float: floatGraph({ input: x, nodes: [softmax(2)] }), reach: 4, tolerance: 4e-3 })
  const { rows } = checkFloatGraph({ float: masked, reach: 4, tolerance: 4e-3 })

  assert.ok(rows < 0.8 * plain.rows, `${rows} rows with a mask, ${plain.rows} without`)
})

test('behavior: a row that is masked in all of its elements has shares like any other', () => {
  const float = floatGraph({
    input: x,
    constants: { mask: { shape: [], values: [-3e38] }, zero: { shape: [6], values: [0, 0, 0, 0, 0, 0] } },
    nodes: [
      { op: 'binary', function: 'add', name: 'z', inputs: ['x', 'zero'], output: 'z', shape, type: 'float' },
      { op: 'binary', function: 'add', name: 'a', inputs: ['z', 'mask'], output: 'a', shape, type: 'float' },
      { ...softmax(2), inputs: ['a'] },
    ],
  })
  const model = quantize(float, { calibration: [new Float32Array(24).fill(1), new Float32Array(24).fill(-1)] })
  const shares = evaluate(model.graph, new Int32Array(24))

  assert.ok(shares.every((share) => Math.abs(share * 2 ** -model.outputScale - 1 / 6) < 1e-3))
})

test('behavior: what looks for shares that are no numbers costs nothing', () => {
  const guarded = floatGraph({
    input: x,
    constants: { zero: { shape: [], values: [0] } },
    nodes: [
      softmax(2),
      {
        ...{ op: 'unary', function: 'isNaN', alpha: 0, beta: 0, name: 'n', inputs: ['s'], output: 'n' },
        ...{ shape, type: 'boolean' },
      },
      { op: 'where', name: 'w', inputs: ['n', 'zero', 's'], output: 'w', shape, type: 'float' },
    ],
  })
  const plain = checkFloatGraph({ float: floatGraph({ input: x, nodes: [softmax(2)] }), reach: 4, tolerance: 4e-3 })
  const { rows } = checkFloatGraph({ float: guarded, reach: 4, tolerance: 4e-3 })

  assert.ok(rows <= plain.rows, `${rows} rows, ${plain.rows} without the guard`)
})

test('behavior: rows are brought to mean 0 and deviation 1, then scaled', () => {
  for (const [axis, count] of [
    [2, 6],
    [1, 24],
  ] as const) {
    const within = shape.slice(axis)
    const float = floatGraph({
      input: x,
      constants: {
        scale: { shape: within, values: Array.from({ length: count }, (_, at) => 1 + Math.sin(at)) },
        bias: { shape: within, values: Array.from({ length: count }, (_, at) => Math.cos(at)) },
      },
      nodes: [
        {
          op: 'layerNorm',
          axis,
          epsilon: 1e-5,
          name: 'n',
          inputs: ['x', 'scale', 'bias'],
          output: 'n',
          shape,
          type: 'float',
        },
      ],
    })
    for (const reach of [0.1, 100]) checkFloatGraph({ float, reach, tolerance: 0.03 })
  }
})

test('behavior: the logarithm of a softmax, and a leaky choice, meet steps that are no multiples of each other', () => {
  const rows = [1, 4, 1]
  const reduce = (name: 'max' | 'sum', [input, output]: [string, string]): FloatNode => ({
    ...{ op: 'reduce', function: name, axes: [2], name: output, inputs: [input], output, shape: rows, type: 'float' },
  })
  const sub = (inputs: [string, string], output: string): FloatNode => ({
    ...{ op: 'binary', function: 'sub', name: output, inputs, output, shape, type: 'float' },
  })
  const unary = (name: 'exp' | 'log', [input, output]: [string, string], size: number[]): FloatNode => ({
    ...{ op: 'unary', function: name, name: output, inputs: [input], output, shape: size, type: 'float' },
    ...{ alpha: 0, beta: 0 },
  })
  const logSoftmax = floatGraph({
    input: x,
    nodes: [
      reduce('max', ['x', 'm']),
      sub(['x', 'm'], 'd'),
      unary('exp', ['d', 'e'], shape),
      reduce('sum', ['e', 's']),
      unary('log', ['s', 'l'], rows),
      sub(['d', 'l'], 'y'),
    ],
  })
  const leaky = floatGraph({
    input: x,
    constants: { zero: { shape: [], values: [0] }, slope: { shape: [], values: [0.013] } },
    nodes: [
      { op: 'compare', relation: 'less', name: 'c', inputs: ['x', 'zero'], output: 'c', shape, type: 'boolean' },
      { op: 'binary', function: 'mul', name: 'p', inputs: ['x', 'slope'], output: 'p', shape, type: 'float' },
      { op: 'where', name: 'w', inputs: ['c', 'p', 'x'], output: 'w', shape, type: 'float' },
    ],
  })
  checkFloatGraph({ float: logSoftmax, reach: 8, tolerance: 0.03, settings: { tableBits: 10 } })
  checkFloatGraph({ float: leaky, reach: 4, tolerance: 2e-3 })
})

test('behavior: products of computed matrices', () => {
  const nodes: FloatNode[] = [
    { op: 'transpose', order: [0, 2, 1], name: 't', inputs: ['x'], output: 't', shape: [1, 6, 4], type: 'float' },
    { op: 'matMul', name: 'm', inputs: ['x', 't'], output: 'm', shape: [1, 4, 4], type: 'float' },
  ]
  checkFloatGraph({ float: floatGraph({ input: x, nodes }), reach: 1, tolerance: 1e-3 })
})

test('behavior: attention, and the softmax of a masked product', () => {
  const nodes: FloatNode[] = [
    { op: 'transpose', order: [0, 2, 1], name: 't', inputs: ['x'], output: 't', shape: [1, 6, 4], type: 'float' },
    { op: 'matMul', name: 'm', inputs: ['x', 't'], output: 'm', shape: [1, 4, 4], type: 'float' },
    { op: 'binary', function: 'add', name: 'a', inputs: ['m', 'mask'], output: 'a', shape: [1, 4, 4], type: 'float' },
    { op: 'softmax', axis: 2, name: 's', inputs: ['a'], output: 's', shape: [1, 4, 4], type: 'float' },
    { op: 'matMul', name: 'o', inputs: ['s', 'x'], output: 'o', shape, type: 'float' },
  ]
  const mask = {
    shape: [4, 4],
    values: Array.from({ length: 16 }, (_, at) => (at % 4 > Math.floor(at / 4) ? -1e9 : 0)),
  }
  const float = floatGraph({ input: x, constants: { mask }, nodes })
  checkFloatGraph({ float, reach: 1.5, tolerance: 0.03, settings: { saturationBits: 10 } })
})
