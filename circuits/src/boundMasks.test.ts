import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundMasks } from './boundMasks.ts'
import type { FloatConstant, FloatGraph, FloatNode } from './floatGraph.ts'

const shape = [1, 3]
const mask = { shape, type: 'float', values: Float32Array.of(0, -Infinity, 0) } as const

function graph(node: FloatNode): FloatGraph {
  return {
    input: { name: 'x', shape, type: 'float' },
    output: { name: 'y', shape, type: 'float' },
    constants: new Map<string, FloatConstant>([
      ['mask', mask],
      ['c', { shape, type: 'boolean', values: Float64Array.of(0, 1, 0) }],
    ]),
    nodes: [node],
  }
}

function binary(name: 'add' | 'mul'): FloatNode {
  return { op: 'binary', function: name, name: 'y', inputs: ['x', 'mask'], output: 'y', shape, type: 'float' }
}

const where: FloatNode = { op: 'where', name: 'y', inputs: ['c', 'x', 'mask'], output: 'y', shape, type: 'float' }

test('behavior: minus infinity that is added or chosen becomes the least finite number', () => {
  for (const node of [binary('add'), where]) {
    const { constants } = boundMasks(graph(node))

    assert.deepEqual(constants.get('mask')?.values, Float32Array.of(0, -3.4028234663852886e38, 0))
    assert.deepEqual(mask.values, Float32Array.of(0, -Infinity, 0))
  }
})

test('behavior: any other infinity is left for the importer to refuse', () => {
  const { constants } = boundMasks(graph(binary('mul')))

  assert.equal(constants.get('mask')?.values[1], -Infinity)
})
