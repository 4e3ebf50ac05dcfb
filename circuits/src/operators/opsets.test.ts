import { describe, it } from 'node:test'
import { count, type FakeModel, fakeOnnx, float, floats, int, int64s, ints, text } from '../fakeOnnx.ts'
import { TensorProto_DataType } from '../onnxSchema.ts'
import { compareWithRuntime } from './compareWithRuntime.ts'

const image = [1, 2, 4, 6]
const weights = (length: number) => count(length).map((n) => Math.sin(n))
const small = (name: string, values: number[], dims = [values.length]) => ({
  name,
  dims: dims.map(BigInt),
  dataType: TensorProto_DataType.INT8,
  int32Data: values,
})

// the official cases show each operator as its last version has it: these are forms of earlier ones, and of what no case shows
const forms: Record<string, FakeModel> = {
  ...Object.fromEntries(
    [
      'ReduceMean',
      'ReduceMax',
      'ReduceMin',
      'ReduceProd',
      'ReduceL1',
      'ReduceL2',
      'ReduceSumSquare',
      'ReduceLogSumExp',
    ].map((opType) => [
      `${opType} 13 with axes as an attribute`,
      {
        opset: 13,
        input: image,
        output: [1, 2, 1, 1],
        nodes: [{ opType, input: ['x'], output: ['y'], attribute: [ints('axes', [-1, 2])] }],
      },
    ]),
  ),
  'Split 13 with sizes': {
    opset: 13,
    input: image,
    output: [1, 2, 4, 4],
    nodes: [{ opType: 'Split', input: ['x', 's'], output: ['a', 'y'], attribute: [int('axis', 3)] }],
    constants: [int64s('s', [2, 4])],
  },
  'Split 18 into unequal parts': {
    opset: 18,
    input: [1, 7],
    output: [1, 1],
    nodes: [
      { opType: 'Split', input: ['x'], output: ['a', 'b', 'y'], attribute: [int('axis', 1), int('num_outputs', 3)] },
    ],
  },
  'Pad 13 in all dimensions': {
    opset: 13,
    input: [1, 2, 3],
    output: [1, 4, 4],
    nodes: [{ opType: 'Pad', input: ['x', 'p', 'v'], output: ['y'] }],
    constants: [int64s('p', [0, 1, 0, 0, 1, 1]), floats('v', [], [0.5])],
  },
  'Resize 13 with an empty region': {
    opset: 13,
    input: image,
    output: [1, 2, 8, 12],
    nodes: [
      {
        opType: 'Resize',
        input: ['x', '', 's'],
        output: ['y'],
        attribute: [text('coordinate_transformation_mode', 'asymmetric'), text('nearest_mode', 'floor')],
      },
    ],
    constants: [floats('s', [4], [1, 1, 2, 2])],
  },
  'Resize 13 to a size, linear': {
    opset: 13,
    input: image,
    output: [1, 2, 7, 9],
    nodes: [
      {
        opType: 'Resize',
        input: ['x', '', '', 's'],
        output: ['y'],
        attribute: [text('mode', 'linear'), text('coordinate_transformation_mode', 'half_pixel')],
      },
    ],
    constants: [int64s('s', [1, 2, 7, 9])],
  },
  'GroupNormalization 18 with a scale for each group': {
    opset: 18,
    input: [1, 4, 3, 3],
    output: [1, 4, 3, 3],
    nodes: [
      {
        opType: 'GroupNormalization',
        input: ['x', 's', 'b'],
        output: ['y'],
        attribute: [int('num_groups', 2), float('epsilon', 0.01)],
      },
    ],
    constants: [floats('s', [2], [2, 3]), floats('b', [2], [0.5, -1])],
  },
  'BatchNormalization 14 alone': {
    opset: 14,
    input: image,
    output: image,
    nodes: [{ opType: 'BatchNormalization', input: ['x', 's', 'b', 'm', 'v'], output: ['y'] }],
    constants: [
      floats('s', [2], [2, 3]),
      floats('b', [2], [0.5, -1]),
      floats('m', [2], [0.1, 0.2]),
      floats('v', [2], [1, 4]),
    ],
  },
  'AveragePool 13, the last window beyond the pads': {
    opset: 13,
    input: image,
    output: [1, 2, 3, 4],
    nodes: [
      {
        opType: 'AveragePool',
        input: ['x'],
        output: ['y'],
        attribute: [
          ints('kernel_shape', [3, 3]),
          ints('strides', [2, 2]),
          ints('pads', [1, 1, 1, 1]),
          int('ceil_mode', 1),
        ],
      },
    ],
  },
  'MaxPool 13 of one dimension': {
    opset: 13,
    input: [1, 2, 9],
    output: [1, 2, 4],
    nodes: [
      {
        opType: 'MaxPool',
        input: ['x'],
        output: ['y'],
        attribute: [ints('kernel_shape', [3]), ints('strides', [2])],
      },
    ],
  },
  'Conv 13 of one dimension, grouped and dilated': {
    opset: 13,
    input: [1, 4, 9],
    output: [1, 6, 7],
    nodes: [
      {
        opType: 'Conv',
        input: ['x', 'w'],
        output: ['y'],
        attribute: [int('group', 2), ints('dilations', [2]), ints('pads', [1, 1])],
      },
    ],
    constants: [floats('w', [6, 2, 3], weights(36))],
  },
  'ConvTranspose 13 of one dimension': {
    opset: 13,
    input: [1, 2, 5],
    output: [1, 3, 11],
    nodes: [{ opType: 'ConvTranspose', input: ['x', 'w'], output: ['y'], attribute: [ints('strides', [2])] }],
    constants: [floats('w', [2, 3, 3], weights(18))],
  },
  'ConvTranspose 13 with auto_pad SAME_UPPER': {
    opset: 13,
    input: [1, 1, 3, 3],
    output: [1, 1, 6, 6],
    nodes: [
      {
        opType: 'ConvTranspose',
        input: ['x', 'w'],
        output: ['y'],
        attribute: [ints('strides', [2, 2]), text('auto_pad', 'SAME_UPPER')],
      },
    ],
    constants: [floats('w', [1, 1, 3, 3], weights(9))],
  },
  'Squeeze and Unsqueeze 13': {
    opset: 13,
    input: [1, 3, 1, 2],
    output: [3, 1, 2],
    nodes: [
      { opType: 'Squeeze', input: ['x'], output: ['s'] },
      { opType: 'Unsqueeze', input: ['s', 'a'], output: ['y'] },
    ],
    constants: [int64s('a', [-2])],
  },
  'TopK of one, the greatest': {
    opset: 13,
    input: [2, 5],
    output: [2, 1],
    nodes: [{ opType: 'TopK', input: ['x', 'k'], output: ['y', 'i'] }],
    constants: [int64s('k', [1])],
  },
  'TopK of one, the least along the first dimension': {
    opset: 13,
    input: [3, 5],
    output: [1, 5],
    nodes: [{ opType: 'TopK', input: ['x', 'k'], output: ['y', 'i'], attribute: [int('axis', 0), int('largest', 0)] }],
    constants: [int64s('k', [1])],
  },
  'QuantizeLinear and DequantizeLinear 13 of one channel each': {
    opset: 13,
    input: image,
    output: image,
    nodes: [
      { opType: 'QuantizeLinear', input: ['x', 's', 'z'], output: ['q'], attribute: [int('axis', 1)] },
      { opType: 'DequantizeLinear', input: ['q', 's', 'z'], output: ['y'], attribute: [int('axis', 1)] },
    ],
    constants: [floats('s', [2], [0.25, 0.5]), small('z', [3, -2])],
  },
  'a constant matrix before a computed one': {
    opset: 13,
    input: [2, 4, 3],
    output: [2, 5, 3],
    nodes: [{ opType: 'MatMul', input: ['w', 'x'], output: ['y'] }],
    constants: [floats('w', [5, 4], weights(20))],
  },
  'Gemm of a transposed input with a bias for each row': {
    opset: 13,
    input: [4, 3],
    output: [3, 5],
    nodes: [
      { opType: 'Gemm', input: ['x', 'w', 'b'], output: ['y'], attribute: [int('transA', 1), float('alpha', 2)] },
    ],
    constants: [floats('w', [4, 5], weights(20)), floats('b', [3, 1], [1, 2, 3])],
  },
  'LayerNormalization 17 over two dimensions with a scale that broadcasts': {
    opset: 17,
    input: [1, 3, 4],
    output: [1, 3, 4],
    nodes: [{ opType: 'LayerNormalization', input: ['x', 's', 'b'], output: ['y'], attribute: [int('axis', 1)] }],
    constants: [floats('s', [3, 4], weights(12)), floats('b', [3, 4], weights(12))],
  },
  'attention: products and a softmax of computed operands': {
    opset: 17,
    input: [1, 6, 8],
    output: [1, 6, 8],
    nodes: [
      { opType: 'MatMul', input: ['x', 'q'], output: ['query'] },
      { opType: 'MatMul', input: ['x', 'k'], output: ['key'] },
      { opType: 'Transpose', input: ['key'], output: ['turned'], attribute: [ints('perm', [0, 2, 1])] },
      { opType: 'MatMul', input: ['query', 'turned'], output: ['scores'] },
      { opType: 'Softmax', input: ['scores'], output: ['shares'], attribute: [int('axis', -1)] },
      { opType: 'MatMul', input: ['shares', 'x'], output: ['y'] },
    ],
    constants: [floats('q', [8, 4], weights(32)), floats('k', [8, 4], weights(32))],
  },
}

describe('operators in the forms of earlier sets', () => {
  let state = 1
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
  for (const [title, model] of Object.entries(forms)) {
    it(`behavior: ${title} means what onnxruntime computes`, async () => {
      await compareWithRuntime(fakeOnnx(model), { outputs: ['y'], draw, runs: 3 })
    })
  }
})
