import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluate } from '../evaluate.ts'
import { evaluateFloat } from '../evaluateFloat.ts'
import { type FakeNode, fakeOnnx, floats, int, ints } from '../fakeOnnx.ts'
import { TensorProto_DataType } from '../onnxSchema.ts'
import { parseOnnx } from '../parseOnnx.ts'
import { checkPrimitive } from '../primitives/checkPrimitive.ts'
import { quantize, quantizeInput } from '../quantize.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { checkLowering } from './checkLowering.ts'

const { INT8, UINT8, INT32 } = TensorProto_DataType
const node = (opType: string, input: string[], output: string, attribute: FakeNode['attribute'] = []): FakeNode => ({
  ...{ opType, input, output: [output], attribute },
})
const integers = (name: string, dims: number[], values: number[], dataType = UINT8) => ({
  ...{ name, dims: dims.map(BigInt), dataType, int32Data: values },
})

function randoms(count: number, seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => 2 * random() - 1)
}

/** Holds the codes of an exact graph against the float model's: within one step, and most of them the same. */
function checkCodes(onnx: Uint8Array, { length, isProved = true }: { length: number; isProved?: boolean }) {
  const float = parseOnnx(onnx)
  const inputs = Array.from({ length: 30 }, (_, seed) =>
    Float32Array.from(randoms(length, seed + 30), (value) => Math.floor(value * 128) / 128),
  )
  const calibration = [...inputs, new Float32Array(length).fill(-1)]
  const quantized = quantize(float, { calibration, inputBits: 9, weightBits: 14 })
  let [same, all] = [0, 0]
  for (const input of inputs) {
    const expected = evaluateFloat(float, input)
    const actual = evaluate(quantized.graph, quantizeInput(input, quantized))
    for (const [index, code] of expected.entries()) {
      const difference = Math.abs((actual[index] ?? Number.NaN) / 2 ** quantized.outputScale - code)
      assert.ok(difference <= 1, `code ${index} is off by ${difference}`)
      same += difference === 0 ? 1 : 0
      all += 1
    }
  }
  assert.ok(same > 0.9 * all, `${same} of ${all}`)
  if (isProved) checkPrimitive(quantized.graph, { runs: 3 })
  return quantized
}

describe('lowering quantized models', () => {
  it('behavior: a convolution between codes gives the codes of the model', () => {
    const nodes = [
      node('QuantizeLinear', ['x', 'sx', 'zx'], 'q'),
      node('QLinearConv', ['q', 'sx', 'zx', 'w', 'sw', 'zw', 'sy', 'zy', 'b'], 'y', [ints('pads', [1, 0, 0, 1])]),
    ]
    const weight = randoms(24, 3).map((value) => Math.round(100 * value))

    checkCodes(
      fakeOnnx({
        ...{ input: [1, 2, 3, 3], nodes },
        constants: [
          ...[floats('sx', [], [1 / 100]), integers('zx', [], [120]), floats('sw', [3], [0.01, 0.02, 0.004])],
          ...[integers('w', [3, 2, 2, 2], weight, INT8), integers('zw', [3], [0, 0, 0], INT8)],
          ...[floats('sy', [], [0.03]), integers('zy', [], [128]), integers('b', [3], [50, -100, 900], INT32)],
        ],
      }),
      { length: 18 },
    )
  })

  it('behavior: a product of matrices between codes gives the codes of the model', () => {
    checkCodes(
      fakeOnnx({
        input: [2, 4],
        nodes: [
          node('QuantizeLinear', ['x', 'sx', 'zx'], 'q'),
          node('QLinearMatMul', ['q', 'sx', 'zx', 'w', 'sw', 'zw', 'sy', 'zy'], 'y'),
        ],
        constants: [
          ...[floats('sx', [], [1 / 127]), integers('zx', [], [1], INT8), floats('sw', [], [0.01])],
          ...[
            integers(
              'w',
              [4, 3],
              randoms(12, 8).map((value) => Math.round(120 * value)),
              INT8,
            ),
            integers('zw', [], [2], INT8),
          ],
          ...[floats('sy', [], [0.02]), integers('zy', [], [-3], INT8)],
        ],
      }),
      { length: 8 },
    )
  })

  it('behavior: a product of two computed matrices is rounded to codes', () => {
    checkCodes(
      fakeOnnx({
        input: [2, 3],
        nodes: [
          node('Transpose', ['x'], 't', [ints('perm', [1, 0])]),
          node('MatMul', ['x', 't'], 'm'),
          node('QuantizeLinear', ['m', 'sy', 'zy'], 'y'),
        ],
        constants: [floats('sy', [], [0.011]), integers('zy', [], [100])],
      }),
      { length: 6 },
    )
  })

  it('behavior: a layer between codes is one node with its ReLU, whose rounding is the next codes’', () => {
    const { graph } = checkCodes(
      fakeOnnx({
        nodes: [
          node('QuantizeLinear', ['x', 'sx', 'zx'], 'q'),
          node('DequantizeLinear', ['q', 'sx', 'zx'], 'd'),
          node('Gemm', ['d', 'w'], 'g'),
          node('Relu', ['g'], 'r'),
          node('QuantizeLinear', ['r', 'sy', 'zy'], 'y'),
        ],
        constants: [
          ...[floats('sx', [], [1 / 100]), integers('zx', [], [128]), floats('w', [4, 3], randoms(12, 1))],
          ...[floats('sy', [], [0.01]), integers('zy', [], [10])],
        ],
      }),
      { length: 4 },
    )

    // the last one counts the output's codes from 0 instead of from their zero
    assert.deepEqual(
      graph.nodes.map(({ op }) => op),
      ['input', 'linear', 'linear', 'linear'],
    )
  })

  it('behavior: codes have one scale, or one for each element of an axis', () => {
    checkCodes(
      fakeOnnx({
        input: [2, 3],
        nodes: [node('QuantizeLinear', ['x', 's', 'z'], 'y', [int('axis', 1)])],
        constants: [floats('s', [3], [0.01, 0.02, 0.007]), integers('z', [3], [128, 100, 50])],
      }),
      { length: 6 },
    )
  })

  it('behavior: codes of one axis become reals with a step for each', () => {
    const onnx = fakeOnnx({
      input: [2, 3],
      nodes: [
        node('QuantizeLinear', ['x', 's', 'z'], 'q', [int('axis', 1)]),
        node('DequantizeLinear', ['q', 's', 'z'], 'd', [int('axis', 1)]),
        node('Gemm', ['d', 'w'], 'g'),
        node('QuantizeLinear', ['g', 'sy', 'zy'], 'y'),
      ],
      constants: [
        ...[floats('s', [3], [0.01, 0.02, 0.007]), integers('z', [3], [128, 100, 50])],
        ...[floats('w', [3, 2], randoms(6, 2)), floats('sy', [], [0.05]), integers('zy', [], [30])],
      ],
    })

    checkCodes(onnx, { length: 6 })
  })

  it('behavior: codes of the input are its own integers where those are no finer', () => {
    const onnx = fakeOnnx({
      nodes: [
        node('QuantizeLinear', ['x', 'sx', 'zx'], 'q'),
        node('DequantizeLinear', ['q', 'sx', 'zx'], 'd'),
        node('Gemm', ['d', 'w'], 'y'),
      ],
      constants: [floats('sx', [], [1 / 100]), integers('zx', [], [128]), floats('w', [4, 3], randoms(12, 1))],
    })
    const opsAt = (inputBits: number) => {
      const { graph } = checkLowering(onnx, { options: { inputBits }, tolerance: 2 ** -5, isProved: false })
      return graph.nodes.map(({ op }) => op)
    }

    assert.deepEqual(opsAt(8), ['input', 'linear'])
    assert.deepEqual(opsAt(9), ['input', 'linear', 'linear'])
  })
})
