import { evaluate } from './evaluate.ts'
import { evaluateFloat } from './evaluateFloat.ts'
import type { FloatGraph } from './floatGraph.ts'
import { encodeGraph, graphId } from './graphFile.ts'
import { type GraphSignals, graphSignals } from './intervals.ts'
import { parseOnnx } from './parseOnnx.ts'
import { type QuantizedModel, quantize, quantizeInput } from './quantize.ts'

/** Steps of a check, for progress. */
export type CheckStep = 'parse' | 'quantize' | 'measure'

/** An input with its true class, for measuring accuracy; values in the ONNX model's element order. */
export type LabelledSample = { values: Float32Array; label: number }

/** What {@link checkModel} is told. */
export type CheckOptions = {
  onnx: Uint8Array
  /** real inputs in the ONNX model's element order; they set the scales */
  calibration: Float32Array[]
  /** measured on both the float and the exact model when given */
  samples?: LabelledSample[]
  inputBits?: number
  /** called when a step begins */
  onStep?: (step: CheckStep) => void
}

/** A model before its setup: what `check` reports. */
export type CheckedModel = {
  float: FloatGraph
  quantized: QuantizedModel
  graph: Uint8Array
  graphId: `0x${string}`
  signals: GraphSignals
  /** shares of right answers, 0 … 1 */
  accuracy?: { samples: number; float: number; exact: number }
}

/**
 * Parses and quantizes an ONNX model and measures it.
 * @throws the errors of parseOnnx and quantize
 */
export function checkModel({ onnx, calibration, samples, inputBits, onStep }: CheckOptions): CheckedModel {
  onStep?.('parse')
  const float = parseOnnx(onnx)
  onStep?.('quantize')
  const quantized = quantize(float, inputBits === undefined ? { calibration } : { calibration, inputBits })
  const { graph } = quantized
  const checked = { float, quantized, graph: encodeGraph(graph), graphId: graphId(graph), signals: graphSignals(graph) }
  if (samples === undefined || samples.length === 0) return checked
  onStep?.('measure')
  return { ...checked, accuracy: measure(float, quantized, samples) }
}

function measure(float: FloatGraph, quantized: QuantizedModel, samples: LabelledSample[]) {
  let [floatRight, exactRight] = [0, 0]
  for (const { values, label } of samples) {
    if (argMax(evaluateFloat(float, values)) === label) floatRight += 1
    if (argMax(evaluate(quantized.graph, quantizeInput(values, quantized))) === label) exactRight += 1
  }
  return { samples: samples.length, float: floatRight / samples.length, exact: exactRight / samples.length }
}

/** Index of the greatest value; the first of equals. */
function argMax(values: Float32Array | Int32Array): number {
  let best = 0
  for (let index = 1; index < values.length; index += 1) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index
  }
  return best
}
