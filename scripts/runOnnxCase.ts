import { evaluateFloat } from '@assay/circuits/evaluateFloat'
import { parseOnnx } from '@assay/circuits/parseOnnx'
import type { OnnxCase, OnnxRun } from './onnxCases.ts'

/** What became of a case: every output computed as expected, an output refused in every variant, or computed and not as expected. */
export type OnnxOutcome = { result: 'passed' } | { result: 'refused' | 'wrong'; reason: string }

/** An error of the importer's; anything else that is thrown is a fault of ours. */
const refusals = ['UnsupportedOperatorError', 'UnsupportedModelError', 'WeightNotFiniteError']

/**
 * Imports an official case in each of its variants and compares what the float graph computes with what is expected, within 1e-5 of
 * the value (a float16's precision where it is one).
 */
export function runOnnxCase({ runs }: OnnxCase): OnnxOutcome {
  const computed = new Set<number>()
  let refusal = 'there is nothing to compute'
  for (const run of runs) {
    for (const [index, output] of run.outputs.entries()) {
      const found = compute(run, output)
      if (typeof found === 'string') {
        refusal = found
        continue
      }
      const difference = compare(found, output)
      if (difference !== undefined) return { result: 'wrong', reason: `${run.variant} "${output.name}": ${difference}` }
      computed.add(index)
    }
  }
  const all = runs[0]?.outputs.every((_, index) => computed.has(index)) ?? false
  return all ? { result: 'passed' } : { result: 'refused', reason: refusal }
}

type Found = { values: Float32Array; shape: number[] }

/** The output's values, or the sentence with which it is refused. */
function compute({ model, input }: OnnxRun, { name }: OnnxRun['outputs'][number]): Found | string {
  try {
    const graph = parseOnnx(model, { output: name })
    return { values: evaluateFloat(graph, input), shape: graph.output.shape }
  } catch (error) {
    if (error instanceof Error && refusals.includes(error.name)) return error.message
    throw error
  }
}

/** Says where and by how much values differ; undefined where they agree. */
function compare({ values, shape }: Found, expected: OnnxRun['outputs'][number]): string | undefined {
  if (shape.join() !== expected.shape.join()) return `its shape is [${shape}], expected is [${expected.shape}]`
  for (const [index, wanted] of expected.values.entries()) {
    const actual = values[index] ?? Number.NaN
    const same = Object.is(actual, wanted) || actual === wanted
    if (same || Math.abs(actual - wanted) <= expected.tolerance * Math.max(1, Math.abs(wanted))) continue
    return `element ${index} is ${actual}, expected is ${wanted}`
  }
  return undefined
}

/**
 * Cases whose expected values contradict the operator's text: sums of int8 that leave the range wrap around in them, where the text says
 * that they saturate, as they do here and in onnxruntime.
 */
export const contradictoryCases: ReadonlySet<string> = new Set([
  'test_qlinearmatmul_2D_int8_float16',
  'test_qlinearmatmul_2D_int8_float32',
  'test_qlinearmatmul_3D_int8_float16',
  'test_qlinearmatmul_3D_int8_float32',
])
