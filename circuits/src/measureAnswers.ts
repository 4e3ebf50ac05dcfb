import { createEvaluator } from './createEvaluator.ts'
import { evaluateFloat } from './evaluateFloat.ts'
import type { FloatGraph } from './floatGraph.ts'
import { type QuantizedModel, quantizeInput } from './quantize.ts'

/** An input, and where it is known what it should give: a class, or a real number. Values are in the ONNX model's element order. */
export type Sample = { values: Float32Array; label?: number | undefined }

/** The answers of an exact model beside those of the float model that it was made from. */
export type AnswerMeasure = {
  samples: number
  /** shares of right answers, 0 … 1, of a classifier with labels */
  accuracy?: { samples: number; float: number; exact: number }
  /** mean squared errors, of a model of one real number with labels */
  error?: { samples: number; float: number; exact: number }
  /** share of samples for which both models name the same class; of a classifier */
  agreement?: number
  /** √(Σ (exact - float)² / Σ float²) over all outputs */
  difference: number
}

/**
 * What answers mean: the greatest of several scores; a class, where the output is one whole number; else real numbers.
 * Of an output with several rows, the last row counts.
 */
export function answerKind({ output }: FloatGraph): 'scores' | 'class' | 'number' {
  const last = output.shape.at(-1) ?? 1
  const count = output.shape.reduce((product, length) => product * length, 1)
  if (count === 1) return output.type === 'float' ? 'number' : 'class'
  return output.type === 'float' && output.shape.length === 2 && last > 1 ? 'scores' : 'number'
}

/**
 * Evaluates both models on inputs, with labels where they are known.
 * @param models.onShare told after each input which share, 0 … 1, is done
 */
export function measureAnswers(
  { float, quantized, onShare }: { float: FloatGraph; quantized: QuantizedModel; onShare?: (share: number) => void },
  inputs: readonly Sample[],
): AnswerMeasure {
  const kind = answerKind(float)
  const right = { float: 0, exact: 0 }
  const squares = { float: 0, exact: 0 }
  let [same, labelled, missed, total] = [0, 0, 0, 0]
  const step = 2 ** -quantized.outputScale
  const evaluate = createEvaluator(quantized.graph)
  for (const [index, { values, label }] of inputs.entries()) {
    const expected = evaluateFloat(float, values)
    const exact = Float64Array.from(evaluate(quantizeInput(values, quantized)), (q) => q * step)
    for (const [at, value] of expected.entries()) {
      missed += ((exact[at] ?? 0) - value) ** 2
      total += value ** 2
    }
    const answers = { float: classOf(expected, kind), exact: classOf(exact, kind) }
    if (answers.float === answers.exact) same++
    onShare?.((index + 1) / inputs.length)
    if (label === undefined) continue
    labelled++
    for (const model of ['float', 'exact'] as const) {
      if (answers[model] === label) right[model]++
      squares[model] += (((model === 'float' ? expected : exact)[0] ?? 0) - label) ** 2
    }
  }
  const count = Math.max(1, labelled)
  const measure: AnswerMeasure = {
    samples: inputs.length,
    difference: total === 0 ? Math.sqrt(missed) : Math.sqrt(missed / total),
  }
  if (kind !== 'number') measure.agreement = same / Math.max(1, inputs.length)
  if (labelled === 0) return measure
  const shares = (of: { float: number; exact: number }) => ({
    ...{ samples: labelled, float: of.float / count, exact: of.exact / count },
  })
  if (kind !== 'number') return { ...measure, accuracy: shares(right) }
  return float.output.shape.every((length) => length === 1) ? { ...measure, error: shares(squares) } : measure
}

/**
 * What an exact model loses: points of accuracy (0 … 1) of a classifier with labels, answers that changed of one without, else the
 * relative difference of its outputs. Never below 0.
 */
export function lossOf({ accuracy, agreement, difference }: AnswerMeasure): number {
  if (accuracy) return Math.max(0, accuracy.float - accuracy.exact)
  return agreement === undefined ? difference : 1 - agreement
}

/** The class that an answer names: the first of the greatest scores. */
function classOf(values: ArrayLike<number>, kind: 'scores' | 'class' | 'number'): number {
  if (kind !== 'scores') return Math.round(values[0] ?? 0)
  let best = 0
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index
  }
  return best
}
