import type { FloatGraph } from './floatGraph.ts'
import { encodeGraph, graphId } from './graphFile.ts'
import { type GraphSignals, graphSignals } from './intervals.ts'
import { type AnswerMeasure, measureAnswers, type Sample } from './measureAnswers.ts'
import { parseOnnxModel } from './parseOnnx.ts'
import { type QuantizedLayer, type QuantizedModel, type QuantizeOptions, quantizeLayers } from './quantize.ts'

export type { Sample }

/** Steps of a check, for progress. */
export type CheckStep = 'parse' | 'quantize' | 'measure'

/** How far a step is: its done part, 0 … 1, or an estimate of the milliseconds that are left of it, where either is known. */
export type StepProgress = { share?: number; leftMs?: number }

/** What {@link checkModel} is told: how to quantize, with real inputs in the ONNX model's element order, which set the scales. */
export type CheckOptions = QuantizeOptions & {
  onnx: Uint8Array
  /** the output to compute, where the model has several; by default its only one of floats */
  output?: string
  /** measured on both the float and the exact model when given */
  samples?: Sample[]
  /** called when a step begins, and again with how far it is, where that is known */
  onStep?: (step: CheckStep, progress?: StepProgress) => void
}

/** A model before its setup: what `check` reports. */
export type CheckedModel = {
  /** as it was quantized: the nodes that `layers` speaks of */
  float: FloatGraph
  quantized: QuantizedModel
  layers: QuantizedLayer[]
  graph: Uint8Array
  graphId: `0x${string}`
  signals: GraphSignals
  /** what the model calls its classes, where it has a score for each */
  labels?: string[]
  /** shares of right answers, 0 … 1, of a classifier */
  accuracy?: { samples: number; float: number; exact: number }
  /** all that was measured on the samples */
  measured?: AnswerMeasure
}

/**
 * Parses and quantizes an ONNX model and measures it; `reportModel` says what it costs.
 * @throws the errors of parseOnnx and quantize
 */
export function checkModel({ onnx, output, samples, onStep, ...options }: CheckOptions): CheckedModel {
  onStep?.('parse')
  const parsed = parseOnnxModel(onnx, output === undefined ? {} : { output })
  onStep?.('quantize')
  const { float, quantized, layers } = quantizeLayers(parsed.graph, options)
  const { graph } = quantized
  const ids = { graph: encodeGraph(graph), graphId: graphId(graph), signals: graphSignals(graph) }
  const names = parsed.labels?.length === ids.signals.output.count ? { labels: parsed.labels } : {}
  const checked: CheckedModel = { float, quantized, layers, ...names, ...ids }
  if (samples === undefined || samples.length === 0) return checked
  onStep?.('measure')
  const measured = measureAnswers({ float, quantized, onShare: (share) => onStep?.('measure', { share }) }, samples)
  return { ...checked, measured, ...(measured.accuracy && { accuracy: measured.accuracy }) }
}
