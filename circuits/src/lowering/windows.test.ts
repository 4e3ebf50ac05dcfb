import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FakeNode, fakeOnnx, floats, int, ints } from '../fakeOnnx.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { checkLowering } from './checkLowering.ts'

const attributes = (lists: Record<string, number[] | number>): FakeNode['attribute'] =>
  Object.entries(lists).map(([name, value]) => (typeof value === 'number' ? int(name, value) : ints(name, value)))

function randoms(count: number, seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => 2 * random() - 1)
}

type Form = { input: number[]; weight: number[]; channels: number; lists?: Record<string, number[] | number> }

function layer(opType: 'Conv' | 'ConvTranspose', { input, weight, channels, lists = {} }: Form): Uint8Array {
  return fakeOnnx({
    input,
    nodes: [{ name: 'n', opType, input: ['x', 'w', 'b'], output: ['y'], attribute: attributes(lists) ?? [] }],
    constants: [
      floats(
        'w',
        weight,
        randoms(
          weight.reduce((a, b) => a * b),
          3,
        ),
      ),
      floats('b', [channels], randoms(channels, 5)),
    ],
  })
}

const convolutions: Record<string, Form> = {
  plain: { input: [1, 2, 4, 4], weight: [3, 2, 3, 3], channels: 3 },
  'strides and pads': {
    ...{ input: [1, 2, 4, 5], weight: [2, 2, 3, 2], channels: 2 },
    lists: { strides: [2, 1], pads: [1, 0, 1, 2] },
  },
  dilation: { input: [1, 1, 5, 5], weight: [2, 1, 2, 2], channels: 2, lists: { dilations: [2, 3] } },
  'dilation of rows': { input: [1, 2, 5, 3], weight: [2, 2, 2, 2], channels: 2, lists: { dilations: [3, 1] } },
  groups: { input: [1, 4, 3, 3], weight: [6, 2, 2, 2], channels: 6, lists: { group: 2 } },
  'a kernel for each channel': {
    input: [1, 3, 4, 4],
    weight: [3, 1, 3, 3],
    channels: 3,
    lists: { group: 3, pads: [1, 1, 1, 1] },
  },
  'one dimension': { input: [1, 2, 8], weight: [3, 2, 3], channels: 3, lists: { strides: [2], pads: [1, 1] } },
}

const transposed: Record<string, Form> = {
  plain: { input: [1, 2, 3, 3], weight: [2, 2, 2, 2], channels: 2 },
  strides: { input: [1, 2, 2, 3], weight: [2, 2, 3, 3], channels: 2, lists: { strides: [2, 2], pads: [1, 1, 1, 1] } },
  'more at the end': {
    ...{ input: [1, 1, 3, 3], weight: [1, 2, 3, 3], channels: 2 },
    lists: { strides: [3, 2], output_padding: [1, 1] },
  },
  groups: { input: [1, 4, 2, 2], weight: [4, 1, 2, 2], channels: 2, lists: { group: 2 } },
  dilation: { input: [1, 1, 3, 3], weight: [1, 1, 2, 2], channels: 1, lists: { dilations: [2, 2] } },
  'one dimension': { input: [1, 2, 4], weight: [2, 2, 3], channels: 2, lists: { strides: [2] } },
}

describe('lowering windows', () => {
  for (const [name, form] of Object.entries(convolutions)) {
    it(`behavior: a convolution with ${name} is near the float model's, and proved`, () => {
      checkLowering(layer('Conv', form))
    })
  }

  for (const [name, form] of Object.entries(transposed)) {
    it(`behavior: a transposed convolution with ${name} is near the float model's, and proved`, () => {
      checkLowering(layer('ConvTranspose', form))
    })
  }

  it('behavior: images of a batch that a model makes itself are convolved one by one', () => {
    const { graph } = checkLowering(
      fakeOnnx({
        input: [1, 36],
        nodes: [
          { opType: 'Reshape', input: ['x', 's'], output: ['r'] },
          { opType: 'Conv', input: ['r', 'w'], output: ['c'], attribute: [ints('pads', [1, 1, 0, 0])] },
          { opType: 'Reshape', input: ['c', 't'], output: ['y'] },
        ],
        constants: [
          { name: 's', dims: [4n], dataType: 7, int64Data: [2n, 2n, 3n, 3n] },
          { name: 't', dims: [2n], dataType: 7, int64Data: [1n, -1n] },
          floats('w', [2, 2, 2, 2], randoms(16, 7)),
        ],
      }),
    )

    assert.equal(graph.nodes.filter(({ op }) => op === 'linear').length, 1)
  })

  const pools: Record<string, Record<string, number[] | number>> = {
    plain: { kernel_shape: [2, 2], strides: [2, 2] },
    'windows that overlap': { kernel_shape: [3, 2], strides: [1, 2] },
    pads: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
    'a last window beyond the end': { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 },
  }
  for (const [name, lists] of Object.entries(pools)) {
    it(`behavior: the greatest of windows, ${name}, is the float model's but for the input's rounding`, () => {
      const nodes = [{ name: 'n', opType: 'MaxPool', input: ['x'], output: ['y'], attribute: attributes(lists) ?? [] }]

      checkLowering(fakeOnnx({ input: [1, 2, 5, 5], nodes }), { tolerance: 2 ** -7 })
    })

    for (const count_include_pad of [0, 1]) {
      it(`behavior: means of windows, ${name}, ${count_include_pad ? 'with' : 'without'} pads, are near the float model's`, () => {
        const attribute = attributes({ ...lists, count_include_pad }) ?? []

        checkLowering(
          fakeOnnx({ input: [1, 2, 5, 5], nodes: [{ opType: 'AveragePool', input: ['x'], output: ['y'], attribute }] }),
        )
      })
    }
  }

  it('behavior: the greatest is taken before a ReLU, which then rounds fewer numbers', () => {
    const { graph } = checkLowering(
      fakeOnnx({
        input: [1, 1, 6, 6],
        nodes: [
          { opType: 'Conv', input: ['x', 'w'], output: ['c'] },
          { opType: 'Relu', input: ['c'], output: ['r'] },
          {
            opType: 'MaxPool',
            input: ['r'],
            output: ['p'],
            attribute: [ints('kernel_shape', [2, 2]), ints('strides', [2, 2])],
          },
          { opType: 'Conv', input: ['p', 'v'], output: ['y'] },
        ],
        constants: [floats('w', [2, 1, 3, 3], randoms(18, 2)), floats('v', [2, 2, 2, 2], randoms(16, 4))],
      }),
    )

    assert.deepEqual(
      graph.nodes.map(({ op, count }) => [op, count]),
      [
        ['input', 36],
        ['linear', 32],
        ['max', 8],
        ['requantize', 8],
        ['linear', 2],
      ],
    )
  })

  it('behavior: pads around values below zero are not the greatest', () => {
    const { graph } = checkLowering(
      fakeOnnx({
        input: [1, 1, 4, 4],
        nodes: [
          { opType: 'Sub', input: ['x', 'two'], output: ['below'] },
          {
            opType: 'MaxPool',
            input: ['below'],
            output: ['y'],
            attribute: [ints('kernel_shape', [3, 3]), ints('pads', [1, 1, 1, 1])],
          },
        ],
        constants: [floats('two', [1], [2])],
      }),
    )

    assert.ok(graph.nodes.some(({ op }) => op === 'max'))
  })

  it('behavior: a normalized image takes two bits more for zeros around it', () => {
    const { graph } = checkLowering(
      fakeOnnx({
        input: [1, 2, 4, 4],
        nodes: [
          { opType: 'Sub', input: ['x', 'mean'], output: ['centred'] },
          { opType: 'Div', input: ['centred', 'deviation'], output: ['normal'] },
          { opType: 'Conv', input: ['normal', 'w'], output: ['c'], attribute: [ints('pads', [1, 1, 1, 1])] },
          { opType: 'Relu', input: ['c'], output: ['y'] },
        ],
        constants: [
          ...[floats('mean', [2, 1, 1], [0.1307, -0.4]), floats('deviation', [2, 1, 1], [0.3081, 0.6])],
          floats('w', [3, 2, 3, 3], randoms(54, 11)),
        ],
      }),
    )

    assert.deepEqual(
      graph.nodes.map(({ op }) => op),
      ['input', 'linear', 'move', 'linear', 'move'],
    )
    const [, centred] = graph.nodes
    assert.ok(centred && Math.max(-centred.lo, centred.hi) < 2 ** (7 + 2 + 1), `${centred?.lo} … ${centred?.hi}`)
  })
})
