import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateFloat } from '../evaluateFloat.ts'
import { type FakeNode, fakeOnnx, floats } from '../fakeOnnx.ts'
import { floatOperatorName } from '../floatGraph.ts'
import { parseOnnx } from '../parseOnnx.ts'
import { checkLowering } from './checkLowering.ts'
import { splitDivisions } from './splitDivisions.ts'

const node = (opType: string, input: string[], output: string): FakeNode => ({ opType, input, output: [output] })
const weights = [
  floats('w', [4, 2], [0.5, -1, 0.25, 0.75, -0.5, 0.25, 1, -0.25]),
  floats('v', [4, 2], [0.1, 0.2, 0.2, -0.1, 0.1, 0.3, -0.2, 0.2]),
  floats('two', [], [2]),
]

/** x · w / (x · v + 2), whose divisor stays above 1. */
const quotient = fakeOnnx({
  nodes: [
    node('MatMul', ['x', 'w'], 'a'),
    node('MatMul', ['x', 'v'], 'b'),
    node('Add', ['b', 'two'], 'c'),
    node('Div', ['a', 'c'], 'y'),
  ],
  constants: weights,
})

describe('splitDivisions', () => {
  it('behavior: a quotient of computed tensors is a product with a reciprocal', () => {
    const graph = parseOnnx(quotient)
    const input = Float32Array.of(0.5, -0.25, 1, 0.125)

    const split = splitDivisions(graph)

    assert.deepEqual(split.nodes.slice(-2).map(floatOperatorName), ['reciprocal', 'mul'])
    const [expected, actual] = [evaluateFloat(graph, input), evaluateFloat(split, input)]
    for (const [index, value] of expected.entries()) assert.ok(Math.abs((actual[index] ?? 0) - value) < 1e-6)
  })

  it('behavior: the exact graph of a quotient is near the float model, and proved', () => {
    const { graph } = checkLowering(quotient, { options: { tableBits: 10 } })

    assert.ok(graph.nodes.some(({ op }) => op === 'lookup'))
  })

  it('behavior: a quotient by a constant stays', () => {
    const graph = parseOnnx(fakeOnnx({ nodes: [node('Div', ['x', 'two'], 'y')], constants: weights }))

    assert.deepEqual(splitDivisions(graph).nodes, graph.nodes)
  })
})
