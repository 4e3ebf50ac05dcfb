import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '../evaluate.ts'
import { evaluateFloat } from '../evaluateFloat.ts'
import type { FloatGraph } from '../floatGraph.ts'
import { checkPrimitive } from '../primitives/checkPrimitive.ts'
import { type QuantizeOptions, quantize, quantizeInput } from '../quantize.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { randomFunctions } from './randomFunctions.ts'

const seeds = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

/** Inputs on the grid of seven bits. */
function inputsOf(seed: number): Float32Array[] {
  const random = seededRandom(seed)
  const draw = () => Math.floor(random() * 127 - 63) / 32
  return Array.from({ length: 30 }, () => Float32Array.from({ length: 12 }, draw))
}

function exactOf(float: FloatGraph, { seed, ...options }: Omit<QuantizeOptions, 'calibration'> & { seed: number }) {
  return quantize(float, { calibration: inputsOf(seed), ...options })
}

const fine = { inputBits: 7, activationBits: 14, weightBits: 14, tableBits: 12, saturationBits: 14 }

test('behavior: random graphs of functions, attention and normalizations are near their floats', () => {
  for (const seed of seeds(1, 150)) {
    const float = randomFunctions(seed)
    const exact = exactOf(float, { seed, ...fine })

    let [error, all] = [0, 0]
    for (const input of inputsOf(seed)) {
      const actual = evaluate(exact.graph, quantizeInput(input, exact))
      for (const [at, value] of evaluateFloat(float, input).entries()) {
        error += ((actual[at] ?? 0) * 2 ** -exact.outputScale - value) ** 2
        all += value ** 2
      }
    }
    const loss = Math.sqrt(error / Math.max(all, 1))
    assert.ok(loss < 0.03, `graph ${seed} is off by ${loss} of its outputs`)
  }
})

test('behavior: graphs that jump, mask and divide by zero have exact graphs at any setting', () => {
  const settings = [
    { inputBits: 4 },
    { inputBits: 16, activationBits: 16, weightBits: 16, tableBits: 16, saturationBits: 16 },
    { inputBits: 5, activationBits: 4, weightBits: 3, tableBits: 4, perChannel: true, range: 'mse' },
    { inputBits: 6, saturation: 'always', range: 'percentile' },
    { inputBits: 6, saturation: 'never' },
  ] as const
  for (const seed of seeds(200, 300)) {
    const float = randomFunctions(seed, { isRough: true })
    const exact = exactOf(float, { seed, ...settings[seed % settings.length] })

    for (const input of inputsOf(seed)) {
      assert.equal(evaluate(exact.graph, quantizeInput(input, exact)).length, 12)
    }
  }
})

test('invariant: all executors of random exact graphs agree', () => {
  for (const seed of seeds(300, 320)) {
    const { graph } = exactOf(randomFunctions(seed, { isRough: true }), { seed, inputBits: 4, tableBits: 6 })
    checkPrimitive(graph, { runs: 3, seed })
  }
})
