import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluate } from '../evaluate.ts'
import { evaluateFloat } from '../evaluateFloat.ts'
import { parseOnnx } from '../parseOnnx.ts'
import { quantize, quantizeInput } from '../quantize.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { checkLowering } from './checkLowering.ts'
import { randomModel } from './randomModels.ts'

const seeds = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

/** √(Σ difference² / Σ output²) over ten inputs. */
function lossOf(seed: number): number {
  const float = parseOnnx(randomModel(seed))
  const random = seededRandom(seed)
  const length = float.input.shape.reduce((a, b) => a * b, 1)
  const inputs = Array.from({ length: 40 }, () => Float32Array.from({ length }, () => 2 * random() - 1))
  const quantized = quantize(float, { calibration: inputs.slice(10), inputBits: 8 })
  let [error, all] = [0, 0]
  for (const input of inputs.slice(0, 10)) {
    const exact = evaluate(quantized.graph, quantizeInput(input, quantized))
    for (const [index, value] of evaluateFloat(float, input).entries()) {
      error += ((exact[index] ?? 0) / 2 ** quantized.outputScale - value) ** 2
      all += value ** 2
    }
  }
  return Math.sqrt(error / Math.max(all, 1))
}

describe('random models', () => {
  it('behavior: what their exact graphs give is near what they give, with fine integers', () => {
    for (const seed of seeds(1, 200)) checkLowering(randomModel(seed), { tolerance: 2 ** -5, isProved: false })
  })

  it('behavior: every setting gives them an exact graph, near or not', () => {
    for (const seed of seeds(200, 260)) {
      for (const saturation of ['never', 'auto', 'always'] as const) {
        const options = { weightBits: 4 + (seed % 9), activationBits: 4 + (seed % 13), tableBits: 8, saturation }
        const others = { saturationBits: 4 + (seed % 5), perChannel: seed % 2 === 0, range: 'percentile' as const }

        checkLowering(randomModel(seed), {
          tolerance: 100,
          isProved: false,
          runs: 3,
          options: { ...options, ...others },
        })
      }
    }
  })

  it('behavior: at the default settings they lose little on inputs that they were not calibrated with', () => {
    // 1489 joins a raw sum with a coarse hidden value, and a layer reads both
    for (const seed of [...seeds(300, 400), 1489]) {
      const loss = lossOf(seed)
      assert.ok(loss < 0.1, `model ${seed} is off by ${loss} of its outputs`)
    }
  })

  it('invariant: all executors of their exact graphs agree', () => {
    for (const seed of [3, 7, 11]) checkLowering(randomModel(seed), { tolerance: 2 ** -5 })
  })
})
