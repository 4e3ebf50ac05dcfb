import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '../evaluate.ts'
import { inputOf } from '../exactGraph.ts'
import type { FloatNode, UnaryFunction } from '../floatGraph.ts'
import { type QuantizedModel, quantize } from '../quantize.ts'
import { unaryFunction } from '../unaryFunctions.ts'
import { checkFloatGraph, floatGraph } from './checkFloatGraph.ts'

const shape = [1, 6]
const x = { name: 'x', shape, type: 'float' } as const

function unary(name: UnaryFunction, { input = 'x', output = 'y', alpha = 0, beta = 0 } = {}): FloatNode {
  return { op: 'unary', function: name, name: output, inputs: [input], output, shape, type: 'float', alpha, beta }
}

function binary(name: 'add' | 'mul' | 'div', [left, right, output]: [string, string, string]): FloatNode {
  return { op: 'binary', function: name, name: output, inputs: [left, right], output, shape, type: 'float' }
}

/** Functions with parameters, and the range that they are tried on: from 0 on, or to both sides of it. */
const functions: [UnaryFunction, { alpha?: number; beta?: number; reach?: number; isPositive?: boolean }][] = [
  ['acos', { reach: 0.99 }],
  ['asin', { reach: 0.99 }],
  ['atan', {}],
  ['ceil', {}],
  ['celu', { alpha: 1.5 }],
  ['cos', {}],
  ['elu', { alpha: 1 }],
  ['erf', {}],
  ['exp', {}],
  ['floor', {}],
  ['gelu', {}],
  ['geluTanh', {}],
  ['hardSigmoid', { alpha: 0.2, beta: 0.5 }],
  ['hardSwish', {}],
  ['mish', {}],
  ['power', { alpha: 1.5, isPositive: true }],
  ['round', {}],
  ['selu', { alpha: 1.6732632, beta: 1.0507009 }],
  ['sigmoid', {}],
  ['sign', {}],
  ['sin', {}],
  ['softplus', {}],
  ['softsign', {}],
  ['sqrt', { isPositive: true }],
  ['tan', { reach: 1 }],
  ['tanh', {}],
  ['thresholdedRelu', { alpha: 1 }],
]

/** What the exact model makes of every integer of its input, with the real number that it stands for. */
function sweep({ graph, inputScale, outputScale }: QuantizedModel): { real: number; result: number }[] {
  const { lo, hi, count } = inputOf(graph)
  const results: { real: number; result: number }[] = []
  for (let first = lo; first <= hi; first += count) {
    const integers = Int32Array.from({ length: count }, (_, at) => Math.min(first + at, hi))
    const outputs = evaluate(graph, integers)
    for (const [at, integer] of integers.entries()) {
      results.push({ real: integer * 2 ** -inputScale, result: (outputs[at] ?? 0) * 2 ** -outputScale })
    }
  }
  return results
}

test('behavior: every function is within half a step of its own on every integer of its input', () => {
  for (const [name, { alpha = 0, beta = 0, reach = 4, isPositive = false }] of functions) {
    const float = floatGraph({ input: x, nodes: [unary(name, { alpha, beta })] })
    const calibration = [new Float32Array(6).fill(reach), new Float32Array(6).fill(isPositive ? 0 : -reach)]
    const model = quantize(float, { calibration, inputBits: 8 })

    const f = unaryFunction({ function: name, alpha, beta })
    const limit = 2 ** -model.outputScale / 2 + 1e-9
    for (const { real, result } of sweep(model)) {
      if (Number.isFinite(f(real))) assert.ok(Math.abs(result - f(real)) <= limit, `${name} of ${real} is ${result}`)
    }
    assert.ok(limit < 1e-2, `${name} has steps of ${limit}`)
  }
})

test('behavior: executors agree on functions that are looked up', () => {
  for (const [name, { alpha = 0, beta = 0, reach = 4, isPositive = false }] of functions) {
    const float = floatGraph({ input: x, nodes: [unary(name, { alpha, beta })] })
    checkFloatGraph({ ...{ float, reach, isPositive, tolerance: 0.01, runs: 20 }, settings: { inputBits: 5 } })
  }
})

test('behavior: where the argument is rounded to the table, the error is half a step of it by the slope, half of the result, and what flat ends change', () => {
  const slopes: [UnaryFunction, number][] = [
    ['sigmoid', 1 / 4],
    ['tanh', 1],
    ['erf', 2 / Math.sqrt(Math.PI)],
    ['gelu', 1.13],
    ['softplus', 1],
    ['sin', 1],
  ]
  for (const [name, slope] of slopes) {
    const float = floatGraph({ input: x, nodes: [unary(name)] })
    const calibration = [new Float32Array(6).fill(7.9), new Float32Array(6).fill(-8)]
    const model = quantize(float, { calibration, inputBits: 12 })

    const rounding = model.graph.nodes.find((node) => node.op === 'requantize')
    assert.ok(rounding?.op === 'requantize')
    const tableStep = 2 ** (rounding.shift - model.inputScale)
    assert.ok(tableStep <= 2 ** -4)
    const f = unaryFunction({ function: name, alpha: 0, beta: 0 })
    // flat ends, where the argument saturates, change by this part of what the function spans
    const flat = 2 ** -12 * Math.max(1, f(8) - f(-8))
    const limit = (tableStep / 2) * slope + 2 ** -model.outputScale / 2 + flat
    // the last half step of 2^8 saturates
    for (const { real, result } of sweep(model)) {
      if (real < 8 - tableStep) assert.ok(Math.abs(result - f(real)) <= limit, `${name} of ${real} is ${result}`)
    }
  }
})

test('behavior: entries of a table are spent where its function changes, and a steep one has more', () => {
  const tableOf = (name: UnaryFunction, reals: number[]) => {
    const float = floatGraph({ input: x, nodes: [unary(name)] })
    const { graph, inputScale } = quantize(float, { calibration: [Float32Array.from(reals)], inputBits: 16 })
    const [rounding, table] = [graph.nodes[1], graph.weights[0]]
    assert.ok(rounding?.op === 'requantize' && table)
    return { step: 2 ** (rounding.shift - inputScale), entries: table.values.length }
  }

  // 256 entries over -100 … 100 would be steps of 1; tanh is flat beyond 5
  assert.ok(tableOf('tanh', [-100, 100, -1, 1, 0.3, 2]).step <= 2 ** -4)
  assert.ok(tableOf('tanh', [-100, 100, -1, 1, 0.3, 2]).entries <= 256)
  assert.ok(tableOf('log', [100, 0.01, 0.02, 0.05, 1, 3]).entries > 1024)
})

test('behavior: what several nodes write of one tensor is one table', () => {
  const swish = floatGraph({ input: x, nodes: [unary('sigmoid', { output: 's' }), binary('mul', ['x', 's', 'y'])] })
  const gelu = floatGraph({
    input: x,
    constants: {
      root: { shape: [], values: [Math.SQRT2] },
      one: { shape: [1], values: [1] },
      half: { shape: [], values: [0.5] },
    },
    nodes: [
      binary('div', ['x', 'root', 'd']),
      unary('erf', { input: 'd', output: 'e' }),
      binary('add', ['e', 'one', 'a']),
      binary('mul', ['x', 'a', 'm']),
      binary('mul', ['m', 'half', 'y']),
    ],
  })
  for (const float of [swish, gelu]) {
    const { graph } = checkFloatGraph({ float, reach: 4, tolerance: 2e-4 })

    assert.deepEqual(
      graph.nodes.map(({ op }) => op),
      ['input', 'lookup'],
    )
  }
})

test('behavior: a clamp of a clamp is no table, and what it is multiplied with makes it one', () => {
  const clip: FloatNode = { ...unary('clip', { input: 'r', output: 'c' }), beta: 6 } as FloatNode
  const relu6 = floatGraph({ input: x, nodes: [unary('relu', { output: 'r' }), clip] })
  const constants = { three: { shape: [], values: [3] }, six: { shape: [], values: [6] } }
  const hardSwish = floatGraph({
    ...{ input: x, constants },
    nodes: [
      binary('add', ['x', 'three', 'a']),
      unary('relu', { input: 'a', output: 'r' }),
      clip,
      binary('mul', ['x', 'c', 'm']),
      binary('div', ['m', 'six', 'y']),
    ],
  })
  const plain = checkFloatGraph({ float: relu6, reach: 8, tolerance: 1e-6 })
  const product = checkFloatGraph({ float: hardSwish, reach: 8, tolerance: 1e-3 })

  assert.ok(plain.graph.nodes.every(({ op }) => op === 'input' || op === 'requantize'))
  assert.deepEqual(
    product.graph.nodes.map(({ op }) => op),
    ['input', 'lookup'],
  )
})

test('behavior: functions of functions of a tensor end in tables of bounded size', () => {
  const nodes: FloatNode[] = []
  for (let level = 0; level < 40; level++) {
    const from = level === 0 ? 'x' : `y${level - 1}`
    nodes.push(unary('sigmoid', { input: from, output: `s${level}` }), binary('mul', [from, `s${level}`, `y${level}`]))
  }
  checkFloatGraph({ float: floatGraph({ input: x, nodes }), reach: 4, tolerance: 1e-3, runs: 5 })
})

test('behavior: a function that the model rounds to its own steps gives those', () => {
  const code = { name: 'q', output: 'q', shape, axis: 0, inputs: ['s', 'step', 'zero'] }
  const float = floatGraph({
    input: x,
    constants: { step: { shape: [], values: [0.011] }, zero: { shape: [], values: [-3], type: 'integer' } },
    nodes: [
      unary('sigmoid', { output: 's' }),
      { op: 'quantizeLinear', ...code, type: 'integer', lo: -128, hi: 127 },
      { op: 'dequantizeLinear', ...code, inputs: ['q', 'step', 'zero'], name: 'y', output: 'y', type: 'float' },
    ],
  })
  checkFloatGraph({ float, reach: 4, tolerance: 1e-3 })
})

test('behavior: channels with factors of their own have tables of their own', () => {
  const float = floatGraph({
    input: x,
    constants: {
      factor: { shape: [6], values: [0.5, 1, 2, 0.25, 3, 0] },
      addend: { shape: [6], values: [0, 1, 0, -1, 0.5, 0.7] },
    },
    nodes: [
      binary('mul', ['x', 'factor', 'm']),
      binary('add', ['m', 'addend', 'a']),
      unary('tanh', { input: 'a', output: 'y' }),
    ],
  })
  const { graph } = checkFloatGraph({ float, reach: 2, tolerance: 1e-3 })

  assert.equal(graph.nodes.filter(({ op }) => op === 'lookup').length, 1)
})

test('behavior: a function that is not defined everywhere, or has a pole, is total', () => {
  for (const name of ['log', 'sqrt', 'reciprocal'] as const) {
    const float = floatGraph({ input: x, nodes: [unary(name)] })
    const calibration = [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(-1, 1, 1, 2, 3, 0.5)]
    const model = quantize(float, { calibration, inputBits: 8 })

    const f = unaryFunction({ function: name, alpha: 0, beta: 0 })
    const limit = 2 ** -model.outputScale / 2 + 1e-9
    for (const { real, result } of sweep(model)) {
      assert.ok(Number.isFinite(result))
      if (real >= 0.5 && real <= 6) assert.ok(Math.abs(result - f(real)) <= limit, `${name} of ${real} is ${result}`)
    }
  }
})

test('behavior: infinite values of the calibration set no range', () => {
  const nodes = [unary('reciprocal', { output: 'r' }), binary('mul', ['r', 'r', 'y'])]
  const float = floatGraph({ input: x, nodes })
  const model = quantize(float, { calibration: [Float32Array.of(0, 1, 2, 3, 0.5, 4)], inputBits: 8 })

  for (const { real, result } of sweep(model)) {
    if (real >= 0.5) assert.ok(Math.abs(result - real ** -2) < 0.05, `1 / ${real}² is ${result}`)
  }
})

test('behavior: an absolute value and a leaky ReLU are a rounding and a sum', () => {
  for (const [name, alpha] of [
    ['abs', 0],
    ['leakyRelu', 0.1],
  ] as const) {
    const float = floatGraph({ input: x, nodes: [unary(name, { alpha })] })
    const { graph } = checkFloatGraph({ float, reach: 4, tolerance: 1e-3 })

    assert.deepEqual(
      graph.nodes.map(({ op }) => op),
      ['input', 'requantize', 'move', 'linear'],
    )
  }
})
