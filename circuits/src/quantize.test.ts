import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluate } from './evaluate.ts'
import { inputOf } from './exactGraph.ts'
import { type FakeNode, fakeOnnx, floats, int64s, ints } from './fakeOnnx.ts'
import { TensorProto_DataType } from './onnxSchema.ts'
import { parseOnnx } from './parseOnnx.ts'
import { quantize, quantizeInput } from './quantize.ts'
import { seededRandom } from './sampleCircuits.ts'

function randoms(count: number, seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => 2 * random() - 1)
}

const node = (opType: string, input: string[], output: string): FakeNode => ({
  ...{ name: output, opType, input, output: [output] },
})
const inputs = (count: number, length: number) =>
  Array.from({ length: count }, (_, seed) => Float32Array.from(randoms(length, seed + 100)))

/** 4 → 16 → 16 → 16 → 16 → 16 → 2 with ReLU: what worst-case bounds grow by is far more than what inputs reach. */
function deepModel() {
  const layers = [1, 2, 3, 4, 5].flatMap((layer) => [
    node('Gemm', [layer === 1 ? 'x' : `r${layer - 1}`, `w${layer}`], `g${layer}`),
    node('Relu', [`g${layer}`], `r${layer}`),
  ])
  return parseOnnx(
    fakeOnnx({
      nodes: [...layers, node('Gemm', ['r5', 'w6'], 'y')],
      constants: [
        floats('w1', [4, 16], randoms(64, 1)),
        floats('w2', [16, 16], randoms(256, 2)),
        floats('w3', [16, 16], randoms(256, 3)),
        floats('w4', [16, 16], randoms(256, 4)),
        floats('w5', [16, 16], randoms(256, 5)),
        floats('w6', [16, 2], randoms(32, 6)),
      ],
    }),
  )
}

describe('quantize', () => {
  it("behavior: an image's output has the ONNX model's order, and a scale that is a power of two", () => {
    const float = parseOnnx(
      fakeOnnx({
        input: [1, 2, 2, 3],
        nodes: [node('Mul', ['x', 'third'], 'm'), node('Transpose', ['m'], 't')].map((one) =>
          one.opType === 'Transpose' ? { ...one, output: ['y'], attribute: [ints('perm', [0, 2, 1, 3])] } : one,
        ),
        constants: [floats('third', [], [1 / 3])],
      }),
    )
    const input = Float32Array.from({ length: 12 }, (_, index) => index / 12)

    const quantized = quantize(float, { calibration: [input], inputBits: 10 })

    assert.deepEqual(
      [quantized.inputShape, quantized.outputShape],
      [
        [2, 3, 2],
        [2, 2, 3],
      ],
    )
    assert.ok(Number.isInteger(quantized.outputScale))
    const output = evaluate(quantized.graph, quantizeInput(input, quantized))
    const expected = [0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11].map((index) => index / 36)
    for (const [index, value] of expected.entries()) {
      assert.ok(Math.abs((output[index] ?? 0) / 2 ** quantized.outputScale - value) < 2 ** -9)
    }
  })

  it('behavior: a model that only moves elements gives its input back', () => {
    const float = parseOnnx(
      fakeOnnx({ input: [1, 6], nodes: [node('Reshape', ['x', 's'], 'y')], constants: [int64s('s', [1, 2, 3])] }),
    )
    const input = Float32Array.from([0, 1, 2, 3, 4, 5])

    const quantized = quantize(float, { calibration: [input], inputBits: 3 })

    assert.deepEqual([...evaluate(quantized.graph, quantizeInput(input, quantized))], [0, 1, 2, 3, 4, 5])
  })

  it('behavior: whole inputs keep their values, in as few bits as calibration needs', () => {
    const float = parseOnnx(
      fakeOnnx({
        input: [1, 3],
        inputType: TensorProto_DataType.INT64,
        nodes: [node('Gather', ['t', 'x'], 'y')],
        constants: [floats('t', [6, 2], randoms(12, 5))],
      }),
    )

    const quantized = quantize(float, { calibration: [Float32Array.of(0, 5, 2)] })

    const { lo, hi } = inputOf(quantized.graph)
    assert.deepEqual([lo, hi, quantized.inputScale], [0, 7, 0])
    assert.throws(() => quantize(float, { calibration: [Float32Array.of(0, 5, 2)], inputBits: 2 }), {
      name: 'QuantizeError',
    })
  })

  it('behavior: hidden values saturate where worst-case bounds leave what calibration reaches few bits', () => {
    const float = deepModel()
    const calibration = inputs(40, 4)
    const rangesOf = (saturation: 'never' | 'auto' | 'always') =>
      quantize(float, { calibration, saturation, saturationBits: 6 })
        .graph.nodes.filter(({ lo }) => lo === 0)
        .map(({ hi }) => hi)

    const [never, auto, always] = [rangesOf('never'), rangesOf('auto'), rangesOf('always')]

    assert.ok(
      never.every((hi) => hi > 511 && hi <= 1023),
      `${never}`,
    )
    assert.deepEqual([auto[0], auto[4]], [never[0], 63])
    assert.ok(
      always.every((hi) => hi <= 63),
      `${always}`,
    )
  })

  it('behavior: a node may have settings of its own', () => {
    const calibration = inputs(20, 4)

    const { graph } = quantize(deepModel(), { calibration, nodes: { g2: { weightBits: 4, activationBits: 6 } } })

    const weights = graph.weights
      .filter(({ values }) => values.length > 16)
      .map(({ values }) => Math.max(...values.map(Math.abs)))
    assert.deepEqual(
      weights.map((most) => most <= 7),
      [false, true, false, false, false, false],
    )
    assert.ok((graph.nodes[2]?.hi ?? 0) <= 63)
  })

  it('error: settings, calibration inputs and nodes that cannot be used', () => {
    const float = deepModel()
    const calibration = inputs(1, 4)
    const refused = { name: 'QuantizeError' }

    assert.throws(() => quantize(float, { calibration: [] }), refused)
    assert.throws(() => quantize(float, { calibration: inputs(1, 5) }), refused)
    assert.throws(() => quantize(float, { calibration: [Float32Array.of(0, Number.NaN, 0, 0)] }), refused)
    assert.throws(() => quantize(float, { calibration, inputBits: 17 }), refused)
    assert.throws(() => quantize(float, { calibration, weightBits: 1 }), refused)
    assert.throws(() => quantize(float, { calibration, nodes: { g1: { activationBits: 40 } } }), refused)
    assert.throws(() => quantize(float, { calibration, nodes: { nobody: { weightBits: 4 } } }), refused)
  })
})
