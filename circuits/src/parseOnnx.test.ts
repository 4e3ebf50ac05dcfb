import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { create } from '@bufbuild/protobuf'
import { evaluateFloat } from './evaluateFloat.ts'
import {
  conv,
  count,
  type FakeModel,
  type FakeNode,
  fakeOnnx,
  float,
  floats,
  gemm,
  int,
  int64s,
  ints,
  relu,
  smallChain,
  text,
  valueInfo,
} from './fakeOnnx.ts'
import { UnsupportedOperatorError } from './onnxErrors.ts'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
} from './onnxSchema.ts'
import { type OnnxLimits, parseOnnx } from './parseOnnx.ts'

const fixture = (name: string) => readFileSync(new URL(`../../test/fixtures/models/${name}.onnx`, import.meta.url))

async function runOnnxruntime(bytes: Uint8Array, shape: number[], values: number[]): Promise<number[]> {
  process.env.ORT_DISABLE_TELEMETRY = '1'
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 })
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.from(values), shape) })
  await session.release()
  assert.ok(y?.data instanceof Float32Array)
  return Array.from(y.data)
}

describe('parseOnnx', () => {
  for (const [name, operators] of [
    ['mnist-mlp', 'reshape gemm unary gemm'],
    ['mnist-cnn', 'conv unary conv unary reshape gemm'],
  ] as const) {
    it(`behavior: reads the committed model ${name}`, () => {
      const { input, nodes, output } = parseOnnx(fixture(name))

      assert.deepEqual(input, { name: 'image', shape: [1, 1, 28, 28], type: 'float' })
      assert.deepEqual(output, { name: 'scores', shape: [1, 10], type: 'float' })
      assert.equal(nodes.map(({ op }) => op).join(' '), operators)
    })
  }

  // each of these is one way in which exporters write the same few operators
  const forms: Record<string, FakeModel> = {
    'Gemm with transB and bias': {
      nodes: [{ ...gemm, input: ['x', 'w', 'b'], attribute: [int('transB', 1)] }],
      constants: [floats('w', [3, 4], count(12)), floats('b', [3], [1, 2, 3])],
    },
    'Gemm with alpha, beta and a single bias': {
      nodes: [{ ...gemm, input: ['x', 'w', 'b'], attribute: [float('alpha', 0.5), float('beta', 2)] }],
      constants: [floats('w', [4, 3], count(12)), floats('b', [], [7])],
    },
    'MatMul, Add with the constant first, Relu': {
      nodes: [
        { opType: 'MatMul', input: ['x', 'w'], output: ['m'] },
        { opType: 'Add', input: ['b', 'm'], output: ['a'] },
        { opType: 'Relu', input: ['a'], output: ['y'] },
      ],
      constants: [floats('w', [4, 3], count(12, -6)), floats('b', [1, 3], [1, 2, 3])],
    },
    'Conv with pads and strides': {
      input: ['batch', 2, 5, 4],
      nodes: [{ ...conv, input: ['x', 'w', 'b'], attribute: [ints('pads', [1, 0, 2, 1]), ints('strides', [2, 1])] }],
      constants: [floats('w', [3, 2, 3, 2], count(36)), floats('b', [3], [1, 2, 3])],
    },
    'Conv with auto_pad SAME_LOWER': {
      input: [1, 1, 6, 5],
      nodes: [{ ...conv, attribute: [text('auto_pad', 'SAME_LOWER'), ints('strides', [2, 2])] }],
      constants: [floats('w', [1, 1, 3, 4], count(12))],
    },
    'Conv with auto_pad SAME_UPPER': {
      input: [1, 1, 6, 5],
      nodes: [{ ...conv, attribute: [text('auto_pad', 'SAME_UPPER'), ints('kernel_shape', [3, 4])] }],
      constants: [floats('w', [1, 1, 3, 4], count(12))],
    },
    'Conv, Add for each channel, Reshape, Gemm': {
      input: [1, 1, 3, 3],
      nodes: [
        { ...conv, output: ['c'] },
        { opType: 'Add', input: ['c', 'b'], output: ['a'] },
        { opType: 'Reshape', input: ['a', 's'], output: ['f'] },
        { opType: 'Gemm', input: ['f', 'v'], output: ['y'] },
      ],
      constants: [
        floats('w', [2, 1, 2, 2], count(8)),
        floats('b', [1, 2, 1, 1], [5, -5]),
        int64s('s', [0, -1]),
        floats('v', [8, 2], count(16)),
      ],
    },
    'Conv, Relu, Dropout, Reshape, MatMul, Add, Gemm': smallChain,
    'Identity, Dropout, Constant nodes and weights as a list of floats': {
      nodes: [
        { opType: 'Identity', input: ['x'], output: ['i'] },
        { opType: 'Dropout', input: ['i'], output: ['d'] },
        {
          opType: 'Constant',
          output: ['w'],
          attribute: [
            {
              name: 'value',
              type: AttributeProto_AttributeType.TENSOR,
              t: { dims: [4n, 1n], dataType: TensorProto_DataType.FLOAT, floatData: [1, -2, 3, 4] },
            },
          ],
        },
        { opType: 'MatMul', input: ['d', 'w'], output: ['m'] },
        { opType: 'Identity', input: ['m'], output: ['y'] },
      ],
    },
  }
  for (const [title, fake] of Object.entries(forms)) {
    it(`behavior: means what onnxruntime computes: ${title}`, async () => {
      const bytes = fakeOnnx({
        output: fake.input?.length === 4 && !title.includes('Gemm') ? [1, 'a', 'b', 'c'] : [1, 'n'],
        ...fake,
      })
      const graph = parseOnnx(bytes)
      const values = count(graph.input.shape.reduce((a, b) => a * b)).map((n) => Math.sin(n))

      const actual = evaluateFloat(graph, Float32Array.from(values))

      const expected = await runOnnxruntime(bytes, graph.input.shape, values)
      assert.equal(actual.length, expected.length)
      assert.equal(
        graph.output.shape.reduce((a, b) => a * b),
        expected.length,
      )
      for (const [index, value] of expected.entries()) assert.ok(Math.abs(value - (actual[index] ?? NaN)) < 1e-4)
    })
  }

  it('behavior: reads weights from bytes given beside the model, by the name the model gives', () => {
    const stored = (entries: Record<string, string>) => ({
      ...floats('w', [4, 1], []),
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) => create(StringStringEntryProtoSchema, { key, value })),
    })
    const file = new Uint8Array(new Float32Array([9, 1, 2, 3, 4, 9]).buffer)
    const read = (entries: Record<string, string>) =>
      parseOnnx(fakeOnnx({ nodes: [gemm], constants: [stored(entries)] }), { external: new Map([['w.bin', file]]) })

    const graph = read({ location: 'w.bin', offset: '4', length: '16' })

    assert.deepEqual([...evaluateFloat(graph, Float32Array.of(1, 10, 100, 1000))], [4321])
    for (const [entries, name] of [
      [{ location: '../w.bin' }, 'UnsupportedModelError'],
      [{ location: 'w.bin', offset: '4', length: '24' }, 'OnnxFileError'],
      [{ location: 'w.bin', offset: '-4', length: '16' }, 'OnnxFileError'],
      [{ location: 'w.bin', offset: '1e1', length: '16' }, 'OnnxFileError'],
      [{ location: 'w.bin', offset: '4', length: '12' }, 'TensorShapeError'],
    ] as const) {
      assert.throws(() => read(entries), { name })
    }
  })

  it('behavior: what depends on constants alone is computed, and a shape is one', () => {
    const graph = parseOnnx(
      fakeOnnx({
        input: ['batch', 2, 3],
        nodes: [
          { opType: 'Shape', input: ['x'], output: ['s'] },
          { opType: 'Gather', input: ['s', 'first'], output: ['n'] },
          { opType: 'Concat', input: ['n', 'rest'], output: ['target'], attribute: [int('axis', 0)] },
          { opType: 'Reshape', input: ['x', 'target'], output: ['flat'] },
          { opType: 'Exp', input: ['w'], output: ['e'] },
          { opType: 'Mul', input: ['flat', 'e'], output: ['y'] },
        ],
        constants: [int64s('first', [0]), int64s('rest', [-1]), floats('w', [6], [0, 0, 0, 0, 0, 1])],
      }),
    )

    assert.deepEqual(
      graph.nodes.map(({ op, shape }) => [op, shape]),
      [
        ['reshape', [1, 6]],
        ['binary', [1, 6]],
      ],
    )
    assert.deepEqual(
      [...graph.constants.values()].map(({ values }) => values[5]),
      [Math.fround(Math.E)],
    )
  })

  it('error: of several outputs of floats one has to be named', () => {
    const bytes = fakeOnnx({
      nodes: [relu, { ...relu, name: 'second', opType: 'Neg', output: ['z'] }],
      change: (_, graph) => graph?.output.splice(0, 1, valueInfo('y', [1, 4]), valueInfo('z', [1, 4])),
    })

    assert.throws(() => parseOnnx(bytes), { name: 'UnsupportedModelError', what: '2 outputs', message: /"y", "z"/ })
    assert.throws(() => parseOnnx(bytes, { output: 'w' }), { name: 'UnsupportedModelError', what: 'no output "w"' })
    assert.equal(parseOnnx(bytes, { output: 'z' }).output.name, 'z')
  })

  it('error: constants that take too long to compute are refused before they are', () => {
    const side = 512
    const bytes = fakeOnnx({
      input: [1, side],
      nodes: [
        { opType: 'MatMul', input: ['w', 'w'], output: ['v'] },
        { opType: 'MatMul', input: ['x', 'v'], output: ['y'] },
      ],
      constants: [floats('w', [side, side], new Array(side * side).fill(1))],
    })

    assert.throws(() => parseOnnx(bytes, { limits: { work: 2 ** 20 } }), {
      name: 'OnnxLimitError',
      what: 'operations on constants alone',
    })
  })

  it('behavior: a batch without a fixed length becomes 1', () => {
    for (const batch of ['batch', 0, -1]) {
      assert.deepEqual(parseOnnx(fakeOnnx({ input: [batch, 4], nodes: [relu] })).input.shape, [1, 4])
    }
  })

  it('behavior: nodes and weights the output does not depend on are ignored', () => {
    const dead: FakeNode = { name: 'dead', opType: 'NonZero', input: ['x'], output: ['z'] }
    const constants = [floats('unused', [2], [Number.NaN, 1])]

    const graph = parseOnnx(fakeOnnx({ nodes: [dead, relu], constants }))

    assert.deepEqual(
      graph.nodes.map(({ name, inputs, output }) => ({ name, inputs, output })),
      [{ name: 'r', inputs: ['x'], output: 'y' }],
    )
    assert.equal(graph.constants.size, 0)
  })

  it('behavior: does not keep or change the bytes', () => {
    const bytes = Uint8Array.from(fixture('mnist-cnn'))
    const before = Uint8Array.from(bytes)
    const graph = parseOnnx(bytes)
    const weight = graph.constants.get('conv1.weight')?.values[0]
    assert.ok(weight)

    assert.deepEqual(bytes, before)
    bytes.fill(0)
    assert.equal(graph.constants.get('conv1.weight')?.values[0], weight)
  })
})

describe('parseOnnx refuses', () => {
  const operator = (fields: { nodeName: string; operator: string }) => ({ ...fields, name: 'UnsupportedOperatorError' })
  const refusals: Record<string, [FakeModel, object]> = {
    'an unknown operator': [
      { nodes: [{ ...relu, opType: 'NonZero' }] },
      operator({ nodeName: 'r', operator: 'NonZero' }),
    ],
    'an operator named like a property of objects': [
      { nodes: [{ ...relu, opType: 'constructor' }] },
      operator({ nodeName: 'r', operator: 'constructor' }),
    ],
    'an operator of another domain': [
      { nodes: [{ ...relu, domain: 'com.microsoft' }] },
      operator({ nodeName: 'r', operator: 'Relu' }),
    ],
    'groups in Conv that do not divide its channels': [
      {
        input: [1, 3, 4, 4],
        nodes: [{ ...conv, attribute: [int('group', 2)] }],
        constants: [floats('w', [2, 1, 1, 1], [1, 2])],
      },
      operator({ nodeName: 'c', operator: 'Conv' }),
    ],
    'a computed weight in Conv': [
      { input: [1, 1, 4, 4], nodes: [{ ...conv, input: ['x', 'x'] }] },
      operator({ nodeName: 'c', operator: 'Conv' }),
    ],
    'a kernel larger than its input': [
      { input: [1, 1, 2, 2], nodes: [conv], constants: [floats('w', [1, 1, 3, 3], count(9))] },
      operator({ nodeName: 'c', operator: 'Conv' }),
    ],
    'negative pads': [
      {
        input: [1, 1, 4, 4],
        nodes: [{ ...conv, attribute: [ints('pads', [0, 0, 0, -1])] }],
        constants: [floats('w', [1, 1, 1, 1], [1])],
      },
      operator({ nodeName: 'c', operator: 'Conv' }),
    ],
    'Gemm of an image': [
      { input: [1, 1, 2, 4], nodes: [gemm], constants: [floats('w', [4, 1], count(4))] },
      operator({ nodeName: 'g', operator: 'Gemm' }),
    ],
    'an attribute that is not the operator’s': [
      { nodes: [{ ...relu, attribute: [int('axis', 1)] }] },
      operator({ nodeName: 'r', operator: 'Relu' }),
    ],
    'factors whose lengths differ': [
      { nodes: [{ ...gemm, input: ['x', 'x'] }] },
      { name: 'TensorShapeError', tensor: 'x', actual: 'the shape [1, 4]', expected: '[4, out]' },
    ],
    'a computed reshape': [
      {
        nodes: [
          { opType: 'Relu', input: ['x'], output: ['s'] },
          { ...relu, opType: 'Reshape', input: ['x', 's'] },
        ],
      },
      operator({ nodeName: 'r', operator: 'Reshape' }),
    ],
    'a reshape with two free lengths': [
      { input: [1, 1], nodes: [{ ...relu, opType: 'Reshape', input: ['x', 's'] }], constants: [int64s('s', [-1, -1])] },
      operator({ nodeName: 'r', operator: 'Reshape' }),
    ],
    'operands that do not broadcast': [
      { nodes: [{ ...relu, opType: 'Add', input: ['x', 'w'] }], constants: [floats('w', [3], count(3))] },
      operator({ nodeName: 'r', operator: 'Add' }),
    ],
    'more than the greatest in TopK': [
      { nodes: [{ ...relu, opType: 'TopK', input: ['x', 'k'] }], constants: [int64s('k', [3])] },
      operator({ nodeName: 'r', operator: 'TopK' }),
    ],
    'an index outside of Gather’s axis': [
      {
        nodes: [{ ...relu, opType: 'Gather', input: ['x', 'i'], attribute: [int('axis', 1)] }],
        constants: [int64s('i', [4])],
      },
      operator({ nodeName: 'r', operator: 'Gather' }),
    ],
    'a slice of nothing': [
      {
        nodes: [{ ...relu, opType: 'Slice', input: ['x', 'b', 'b'] }],
        constants: [int64s('b', [0])],
      },
      operator({ nodeName: 'r', operator: 'Slice' }),
    ],
    'dropout in training mode': [
      {
        nodes: [{ ...relu, opType: 'Dropout', input: ['x', '', 't'] }],
        constants: [{ name: 't', dataType: TensorProto_DataType.BOOL, rawData: Uint8Array.of(1) }],
      },
      operator({ nodeName: 'r', operator: 'Dropout' }),
    ],
    'a dynamic dimension': [
      { input: [1, 1, 28, 'width'], nodes: [relu] },
      { name: 'DynamicShapeError', tensor: 'x', dimension: 'dimension 3 ("width")' },
    ],
    'two inputs': [
      { nodes: [relu], change: (_, graph) => graph?.input.push(valueInfo('z', [1])) },
      { name: 'UnsupportedModelError', what: '2 inputs' },
    ],
    'an input of another type': [
      { inputType: TensorProto_DataType.STRING, nodes: [relu] },
      { name: 'UnsupportedModelError', what: 'the string tensor "x"' },
    ],
    'an old operator set': [
      { nodes: [relu], opset: 8 },
      { name: 'UnsupportedModelError', what: 'operator set 8' },
    ],
    'an operator that meant something else in an old set': [
      { nodes: [{ ...relu, opType: 'Softmax' }], opset: 12 },
      operator({ nodeName: 'r', operator: 'Softmax' }),
    ],
    'a function that hides an operator': [
      { nodes: [relu], change: ({ functions }) => functions.push(create(FunctionProtoSchema, { name: 'Relu' })) },
      { name: 'UnsupportedModelError', what: 'the function "Relu" of its own' },
    ],
    'a graph inside a node': [
      { nodes: [{ ...relu, attribute: [create(AttributeProtoSchema, { name: 'body', g: {} })] }] },
      { name: 'UnsupportedModelError', what: 'a graph inside node "r" (Relu)' },
    ],
    'weights in another file': [
      {
        nodes: [gemm],
        constants: [
          {
            ...floats('w', [4, 1], []),
            dataLocation: TensorProto_DataLocation.EXTERNAL,
            externalData: [create(StringStringEntryProtoSchema, { key: 'location', value: '/etc/passwd' })],
          },
        ],
      },
      {
        name: 'UnsupportedModelError',
        what: 'the weights of tensor "w" in another file, "/etc/passwd", which was not given',
      },
    ],
    'a model that computes nothing': [{ nodes: [{ ...relu, opType: 'Identity' }] }, { name: 'UnsupportedModelError' }],
    'fewer elements than the shape says': [
      { nodes: [gemm], constants: [floats('w', [4, 1], [1, 2, 3])] },
      { name: 'TensorShapeError', tensor: 'w', actual: 'data for 3 elements', expected: '4 for its shape [4, 1]' },
    ],
    'half an element more than the shape says': [
      { nodes: [gemm], constants: [{ ...floats('w', [4, 1], []), rawData: new Uint8Array(18) }] },
      { name: 'TensorShapeError', tensor: 'w', actual: 'data for 4.5 elements' },
    ],
    'a negative dimension': [
      { nodes: [gemm], constants: [floats('w', [-4, 1], count(4))] },
      { name: 'TensorShapeError', tensor: 'w', actual: 'a dimension of -4' },
    ],
    'a weight of the wrong shape': [
      { nodes: [gemm], constants: [floats('w', [5, 1], count(5))] },
      { name: 'TensorShapeError', tensor: 'w', actual: 'the shape [5, 1]', expected: '[4, out]' },
    ],
    'a bias of the wrong length': [
      {
        nodes: [{ ...gemm, input: ['x', 'w', 'b'] }],
        constants: [floats('w', [4, 3], count(12)), floats('b', [4], count(4))],
      },
      { name: 'TensorShapeError', tensor: 'b', actual: 'the shape [4]' },
    ],
    'an output of another shape than declared': [
      { output: [1, 5], nodes: [relu] },
      { name: 'TensorShapeError', tensor: 'y', actual: 'the shape [1, 5]', expected: '[1, 4]' },
    ],
    'a weight that is not a number': [
      { nodes: [gemm], constants: [floats('w', [4, 1], [1, 2, Number.NaN, 4])] },
      { name: 'WeightNotFiniteError', tensor: 'w', index: 2, value: Number.NaN },
    ],
    'an infinite weight': [
      { nodes: [gemm], constants: [floats('w', [4, 1], [1, Number.NEGATIVE_INFINITY, 3, 4])] },
      { name: 'WeightNotFiniteError', tensor: 'w', index: 1, value: Number.NEGATIVE_INFINITY },
    ],
    'a weight that alpha makes infinite': [
      { nodes: [{ ...gemm, attribute: [float('alpha', 3e38)] }], constants: [floats('w', [4, 1], [1, 2, 3, 4])] },
      { name: 'WeightNotFiniteError', index: 1, value: Number.POSITIVE_INFINITY },
    ],
    'a node before what it reads': [
      { nodes: [relu, { opType: 'Relu', input: ['y'], output: ['x2'] }].map((node) => ({ ...node, input: ['x2'] })) },
      { name: 'OnnxFileError' },
    ],
    'a tensor made twice': [
      { nodes: [relu, { ...relu, name: 'again' }] },
      { name: 'OnnxFileError', problem: 'the tensor "y" is made twice' },
    ],
    'a model without an operator set': [
      {
        nodes: [relu],
        change: (model) => {
          model.opsetImport = []
        },
      },
      { name: 'OnnxFileError' },
    ],
  }
  for (const [title, [fake, expected]] of Object.entries(refusals)) {
    it(`error: ${title}`, () => assert.throws(() => parseOnnx(fakeOnnx(fake)), expected))
  }

  for (const [title, bytes, problem] of [
    ['an empty file', new Uint8Array(0), /empty/],
    ['zeros', new Uint8Array(1_000), /no field 0 at byte 0/],
    ['text', new TextEncoder().encode('{"this": "is not a model"}'), /not a readable ONNX file/],
    ['a truncated model', fixture('mnist-cnn').subarray(0, 9_000), /announced/],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), /not a readable ONNX file/],
  ] as const) {
    it(`error: ${title}`, () => assert.throws(() => parseOnnx(bytes), { name: 'OnnxFileError', message: problem }))
  }

  it('error: messages are one sentence that ends with the remedy and carries no control characters', () => {
    const name = `\u001b[31m${'x'.repeat(10_000)}\n`
    const bytes = fakeOnnx({ nodes: [{ ...relu, name, opType: 'Softmix' }] })

    assert.throws(
      () => parseOnnx(bytes),
      (error) =>
        error instanceof UnsupportedOperatorError &&
        /^Node "\\u001b\[31mx+…" \(Softmix\) .*\.$/.test(error.message) &&
        error.message.length < 400,
    )
  })
})

describe('parseOnnx limits', () => {
  const cases: Record<string, [Uint8Array, Partial<OnnxLimits>, object]> = {
    'bytes, before anything is read': [
      new Uint8Array(1_001),
      { bytes: 1_000 },
      { what: 'bytes', actual: 1_001, allowed: 1_000 },
    ],
    nodes: [fakeOnnx({ nodes: [relu, relu, relu] }), { nodes: 2 }, { what: 'nodes', actual: 3, allowed: 2 }],
    rank: [
      fakeOnnx({ nodes: [gemm], constants: [floats('w', [1, 1, 1, 1, 1, 1, 1, 4, 1], count(4))] }),
      {},
      { what: 'dimensions in a tensor', actual: 9, allowed: 8 },
    ],
    'elements of an input': [
      fakeOnnx({ input: [1, 2 ** 40], nodes: [relu] }),
      {},
      { what: 'elements in a tensor', actual: 2 ** 40, allowed: 2 ** 26 },
    ],
    'elements of a padded input': [
      fakeOnnx({
        input: [1, 1, 4, 4],
        nodes: [{ ...conv, attribute: [ints('pads', [0, 0, 2 ** 30, 2 ** 30])] }],
        constants: [floats('w', [1, 1, 1, 1], [1])],
      }),
      {},
      { what: 'elements in a tensor', allowed: 2 ** 26 },
    ],
    'weights, counted at each use': [
      fakeOnnx({
        nodes: [
          { ...gemm, output: ['h'] },
          { ...gemm, input: ['h', 'w'] },
        ],
        constants: [floats('w', [4, 4], count(16))],
      }),
      { weights: 31 },
      { what: 'weights', actual: 32, allowed: 31 },
    ],
    'numbers that a few bytes ask for': [
      fakeOnnx({
        nodes: [{ opType: 'Tile', input: ['x', 'r'], output: ['y'] }],
        constants: [int64s('r', [1, 2 ** 24])],
      }),
      {},
      { what: 'operations on constants alone', allowed: 2 ** 30 },
    ],
    'nested messages': [nest(40), {}, { what: 'levels of nested messages', actual: 17, allowed: 16 }],
    'many small messages': [
      fakeOnnx({ nodes: Array.from({ length: 2_000 }, () => ({})) }),
      { messages: 1_000 },
      { what: 'messages', actual: 1_001, allowed: 1_000 },
    ],
    'many integers': [
      fakeOnnx({ nodes: [relu], constants: [int64s('s', count(2_000))] }),
      { integers: 1_000 },
      { what: 'integers in lists', allowed: 1_000 },
    ],
  }
  for (const [title, [bytes, limits, expected]] of Object.entries(cases)) {
    it(`error: ${title}`, () =>
      assert.throws(() => parseOnnx(bytes, { limits }), { name: 'OnnxLimitError', ...expected }))
  }

  it('error: eight megabytes of empty nodes are refused before they are decoded', () => {
    const nodes = new Uint8Array(2 ** 23)
    for (let offset = 0; offset < nodes.length; offset += 2) nodes[offset] = 0x0a
    const start = Uint8Array.of(0x3a, 0x80, 0x80, 0x80, 0x04) // the field graph, 2^23 bytes long
    const bytes = new Uint8Array(start.length + nodes.length)
    bytes.set(start)
    bytes.set(nodes, start.length)

    assert.throws(() => parseOnnx(bytes), { what: 'messages', actual: 2 ** 20 + 1, allowed: 2 ** 20 })
  })

  it('error: a file over the default limit is refused by its size alone', () => {
    // a view that only claims its length: reading any of it would give undefined
    const huge = Object.create(Uint8Array.prototype, { length: { value: 2 ** 30 } })

    assert.throws(() => parseOnnx(huge), { name: 'OnnxLimitError', what: 'bytes', actual: 2 ** 30, allowed: 2 ** 29 })
  })
})

/** A model whose graph holds a node that holds a graph, and so on. */
function nest(levels: number): Uint8Array {
  let graph: GraphProto = create(GraphProtoSchema)
  for (let level = 0; level < levels; level++)
    graph = create(GraphProtoSchema, { node: [{ attribute: [{ name: 'g', g: graph }] }] })
  return fakeOnnx({
    nodes: [],
    change: (model) => {
      model.graph = graph
    },
  })
}
