import assert from 'node:assert/strict'
import { evaluate } from '../evaluate.ts'
import { evaluateFloat } from '../evaluateFloat.ts'
import { parseOnnx } from '../parseOnnx.ts'
import { checkPrimitive } from '../primitives/checkPrimitive.ts'
import { type QuantizedModel, type QuantizeOptions, quantize, quantizeInput } from '../quantize.ts'
import { seededRandom } from '../sampleCircuits.ts'

/** How a model is held against its exact graph. */
export type CheckLowering = {
  /** greatest difference, as a share of the greatest float output, or of 1 */
  tolerance?: number
  /** settings beside the finest that small models allow */
  options?: Omit<QuantizeOptions, 'calibration'>
  runs?: number
  seed?: number
  /** whether rows and witness are checked too, which takes small models */
  isProved?: boolean
}

/** Bits of the inputs' fractions; inputs lie in -1 … 1 and are exact. */
const fractionBits = 7

/**
 * For tests: quantizes an ONNX model and holds what its exact graph gives for random inputs against the float model, and all executors of
 * the exact graph against each other.
 */
export function checkLowering(
  onnx: Uint8Array,
  { tolerance = 2 ** -7, options = {}, runs = 20, seed = 1, isProved = true }: CheckLowering = {},
): QuantizedModel {
  const float = parseOnnx(onnx)
  const random = seededRandom(seed)
  const count = float.input.shape.reduce((product, length) => product * length, 1)
  const draw = () => Math.floor((2 * random() - 1) * 2 ** fractionBits) / 2 ** fractionBits
  const inputs = Array.from({ length: runs }, () => Float32Array.from({ length: count }, draw))
  const calibration = [...inputs, new Float32Array(count).fill(-1)]
  const fine = { inputBits: fractionBits + 1, weightBits: 12, activationBits: 14, saturationBits: 14, tableBits: 12 }
  const quantized = quantize(float, { calibration, ...fine, ...options })
  for (const input of inputs) {
    const expected = evaluateFloat(float, input)
    const actual = evaluate(quantized.graph, quantizeInput(input, quantized))
    assert.equal(actual.length, expected.length)
    const reach = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1)
    for (const [index, value] of expected.entries()) {
      const real = (actual[index] ?? 0) / 2 ** quantized.outputScale
      assert.ok(
        Math.abs(real - value) <= tolerance * reach,
        `output ${index} is ${real}, the float model's is ${value}`,
      )
    }
  }
  if (isProved) checkPrimitive(quantized.graph, { runs: 3 })
  return quantized
}
