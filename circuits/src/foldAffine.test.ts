import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateFloat } from './evaluateFloat.ts'
import { conv, count, type FakeModel, type FakeNode, fakeOnnx, floats, int, ints } from './fakeOnnx.ts'
import { foldAffine } from './foldAffine.ts'
import { compareWithRuntime } from './operators/compareWithRuntime.ts'
import { parseOnnx } from './parseOnnx.ts'

const normalization: FakeNode = {
  name: 'bn',
  opType: 'BatchNormalization',
  input: ['c', 'scale', 'shift', 'mean', 'variance'],
  output: ['y'],
}
const statistics = (channels: number) => [
  floats(
    'scale',
    [channels],
    count(channels).map((n) => n / 2 - 0.3),
  ),
  floats('shift', [channels], count(channels)),
  floats(
    'mean',
    [channels],
    count(channels).map((n) => n / 10),
  ),
  floats(
    'variance',
    [channels],
    count(channels).map((n) => n / 3),
  ),
]
const weights = (length: number) => count(length).map((n) => Math.sin(n))
const draw = () => Math.random() * 2 - 1

const models: Record<string, [FakeModel, string]> = {
  'a BatchNormalization after Conv': [
    {
      input: [1, 2, 5, 5],
      output: [1, 3, 3, 3],
      nodes: [{ ...conv, output: ['c'] }, normalization],
      constants: [floats('w', [3, 2, 3, 3], weights(54)), ...statistics(3)],
    },
    'conv',
  ],
  'a BatchNormalization after a grouped ConvTranspose': [
    {
      input: [1, 4, 3, 3],
      output: [1, 6, 5, 5],
      nodes: [
        {
          ...conv,
          opType: 'ConvTranspose',
          output: ['c'],
          attribute: [
            ints('strides', [2, 2]),
            int('group', 2),
            ints('pads', [1, 1, 1, 1]),
            ints('output_padding', [0, 0]),
          ],
        },
        normalization,
      ],
      constants: [floats('w', [4, 3, 3, 3], weights(108)), ...statistics(6)],
    },
    'convTranspose',
  ],
  'additions, subtractions, factors and divisors after MatMul': [
    {
      output: [1, 3],
      nodes: [
        { opType: 'MatMul', input: ['x', 'w'], output: ['a'] },
        { opType: 'Add', input: ['b', 'a'], output: ['c'] },
        { opType: 'Sub', input: ['b', 'c'], output: ['d'] },
        { opType: 'Mul', input: ['d', 'f'], output: ['e'] },
        { opType: 'Div', input: ['e', 'b'], output: ['y'] },
      ],
      constants: [floats('w', [4, 3], weights(12)), floats('b', [3], [1, 2, 4]), floats('f', [], [0.75])],
    },
    'gemm',
  ],
}

describe('foldAffine', () => {
  for (const [title, [model, op]] of Object.entries(models)) {
    it(`behavior: ${title} becomes part of the layer and means what onnxruntime computes`, async () => {
      const bytes = fakeOnnx(model)

      assert.deepEqual(
        parseOnnx(bytes).nodes.map((node) => node.op),
        [op],
      )
      await compareWithRuntime(bytes, { outputs: ['y'], draw, runs: 5 })
    })
  }

  it('behavior: a layer that something else reads too, or a constant that varies within a channel, stays as it is', () => {
    const shared = fakeOnnx({
      output: [1, 3],
      nodes: [
        { opType: 'MatMul', input: ['x', 'w'], output: ['a'] },
        { opType: 'Mul', input: ['a', 'f'], output: ['b'] },
        { opType: 'Add', input: ['a', 'b'], output: ['y'] },
      ],
      constants: [floats('w', [4, 3], weights(12)), floats('f', [3], [1, 2, 3])],
    })
    const varying = fakeOnnx({
      input: [1, 1, 2, 2],
      output: [1, 1, 2, 2],
      nodes: [
        { ...conv, output: ['c'] },
        { opType: 'Mul', input: ['c', 'f'], output: ['y'] },
      ],
      constants: [floats('w', [1, 1, 1, 1], [2]), floats('f', [2, 2], [1, 2, 3, 4])],
    })

    assert.deepEqual(
      parseOnnx(shared).nodes.map(({ op }) => op),
      ['gemm', 'binary', 'binary'],
    )
    const graph = parseOnnx(varying)
    assert.deepEqual(
      graph.nodes.map(({ op }) => op),
      ['conv', 'binary'],
    )
    assert.deepEqual([...evaluateFloat(graph, Float32Array.of(1, 1, 1, 1))], [2, 4, 6, 8])
  })

  it('behavior: a factor that would make a weight infinite stays a node of its own', () => {
    const graph = parseOnnx(
      fakeOnnx({
        output: [1, 1],
        nodes: [
          { opType: 'MatMul', input: ['x', 'w'], output: ['a'] },
          { opType: 'Mul', input: ['a', 'f'], output: ['y'] },
        ],
        constants: [floats('w', [4, 1], [3e38, 0, 0, 0]), floats('f', [1], [10])],
      }),
    )

    assert.deepEqual(
      foldAffine(graph).nodes.map(({ op }) => op),
      ['gemm', 'binary'],
    )
  })
})
