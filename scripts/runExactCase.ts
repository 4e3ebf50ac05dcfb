import { evaluate } from '@assay/circuits/evaluate'
import { evaluateFloat } from '@assay/circuits/evaluateFloat'
import type { FloatGraph } from '@assay/circuits/floatGraph'
import { parseOnnx } from '@assay/circuits/parseOnnx'
import { type QuantizedModel, quantize, quantizeInput } from '@assay/circuits/quantize'
import type { OnnxCase, OnnxRun } from './onnxCases.ts'
import { contradictoryCases } from './runOnnxCase.ts'

/**
 * What became of a case in integers: every output that the importer reads is near what is expected, or one is refused, or one is not
 * near; nothing is there to try where the importer refuses the case or computes all of it from constants.
 */
export type ExactOutcome =
  | { result: 'passed'; error: number }
  | { result: 'refused' | 'wrong'; reason: string }
  | { result: 'none' }

/** Settings of fine integers: a case's tensors are small. */
export const exactSettings = { inputBits: 16, weightBits: 16, activationBits: 16, tableBits: 12, saturationBits: 16 }

/** By how much of the greatest expected value, or of 1, a real number of an exact graph may differ. */
export const exactTolerance = 2 ** -8

const importRefusals = ['UnsupportedOperatorError', 'UnsupportedModelError', 'WeightNotFiniteError']
const exactRefusals = ['QuantizeError', 'GraphInvalidError']

/**
 * Quantizes an official case, calibrated on its own input, in each variant that has computed inputs, and compares what the exact graph
 * gives with what is expected: whole numbers and booleans exactly, codes of a quantization within one step, reals within {@link exactTolerance}.
 */
export function runExactCase({ name, runs }: OnnxCase): ExactOutcome {
  let error = -1
  let refusal: string | undefined
  const computed = new Set<number>()
  for (const run of runs.filter(({ variant }) => variant !== 'none')) {
    for (const [index, output] of run.outputs.entries()) {
      const found = compute(run, output)
      if (found === undefined) continue
      if (typeof found === 'string') {
        refusal ??= `${run.variant} "${output.name}": ${found}`
        continue
      }
      const expected = contradictoryCases.has(name) ? found.float : output.values
      const difference = differenceOf(found, expected)
      if (!(difference <= 1)) {
        // in powers of two, so that a page that quotes it stays when another rounding moves the last digits
        const times = Number.isFinite(difference) ? `${2 ** Math.floor(Math.log2(difference))} times` : 'far from'
        return { result: 'wrong', reason: `${run.variant} "${output.name}": ${times} the tolerance, or more` }
      }
      error = Math.max(error, difference)
      computed.add(index)
    }
  }
  if (computed.size === 0) return refusal === undefined ? { result: 'none' } : { result: 'refused', reason: refusal }
  return { result: 'passed', error }
}

type Found = { values: Float64Array; float: Float32Array; kind: 'real' | 'whole' | 'code' }

/** The output's values, the sentence with which it is refused in integers, or undefined where the importer refuses it. */
function compute(run: OnnxRun, { name }: OnnxRun['outputs'][number]): Found | string | undefined {
  const made = quantizeRun(run, name)
  if (made === undefined || typeof made === 'string') return made
  const { float, exact } = made
  const integers = evaluate(exact.graph, quantizeInput(run.input, exact))
  const values = Float64Array.from(integers, (value) => value / 2 ** exact.outputScale)
  return { values, float: evaluateFloat(float, run.input), kind: kindOf(float) }
}

/**
 * One output of one variant of a case as a float model and its exact graph, calibrated on the case's own input; the sentence with which it
 * is refused in integers, or undefined where the importer refuses it.
 */
export function quantizeRun(
  { model, input }: OnnxRun,
  output: string,
): { float: FloatGraph; exact: QuantizedModel } | string | undefined {
  const float = readCase(model, output)
  if (float === undefined) return undefined
  const { inputBits, ...others } = exactSettings
  const isWhole = float.input.type !== 'float'
  const own = isWhole ? { calibration: [input] } : { calibration: [input, withRoom(input)], inputBits }
  try {
    return { float, exact: quantize(float, { ...others, ...own }) }
  } catch (error) {
    if (error instanceof Error && exactRefusals.includes(error.name)) return error.message
    throw error
  }
}

function readCase(model: Uint8Array, output: string): FloatGraph | undefined {
  try {
    return parseOnnx(model, { output })
  } catch (error) {
    if (error instanceof Error && importRefusals.includes(error.name)) return undefined
    throw error
  }
}

/** The input, a little larger where its greatest is a power of two, which an input's range may miss by one step. */
function withRoom(input: Float32Array): Float32Array {
  const most = input.reduce((a, value) => Math.max(a, value), 0)
  const isPower = most > 0 && Number.isInteger(Math.log2(most))
  return isPower ? input.map((value) => value * (1 + 2 ** -8)) : input
}

function kindOf({ output, nodes }: FloatGraph): Found['kind'] {
  if (output.type === 'float') return 'real'
  const isCode = nodes.some(({ op }) => op === 'quantizeLinear')
  return isCode ? 'code' : 'whole'
}

/** The greatest difference, as a share of the tolerance. */
function differenceOf({ values, kind }: Found, expected: ArrayLike<number>): number {
  const reach = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  let worst = values.length === expected.length ? 0 : Number.POSITIVE_INFINITY
  for (const [index, value] of values.entries()) {
    const difference = Math.abs(value - (expected[index] ?? Number.NaN))
    if (kind === 'whole') worst = difference === 0 ? worst : Number.POSITIVE_INFINITY
    else worst = Math.max(worst, difference / (kind === 'code' ? 1 : exactTolerance * reach))
    if (Number.isNaN(difference)) return Number.NaN
  }
  return worst
}
