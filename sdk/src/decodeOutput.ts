import { unpackOutput } from '@assay/circuits/packing'
import { countOf, type ManifestOutput } from './manifest.ts'

/** One score of an answer. */
export type Score = {
  index: number
  /** The manifest's label, or the index as text. */
  label: string
  /** Real value of the score. */
  score: number
  /** Softmax share for display, 0…1. It says how far apart the scores are, not how likely the answer is true. */
  share: number
}

/** An answer in real values. */
export type DecodedOutput = {
  /** The model's exact integers. */
  values: Int32Array
  /** `real = q · 2^-scale`. */
  reals: number[]
  /** Present for outputs of the kind `scores`, in the model's order. */
  scores?: Score[]
  /** The highest score; the first of equals, as arg max is defined. */
  top?: Score
}

/**
 * Unpacks an answer's words.
 * @throws the unpacking's error for a wrong number of words or a word with bits beyond its values
 */
export function decodeOutput(output: ManifestOutput, words: readonly bigint[]): DecodedOutput {
  const values = unpackOutput([...words], { count: countOf(output.shape), bits: output.bits })
  const reals = Array.from(values, (value) => value * 2 ** -output.scale)
  if (output.kind !== 'scores') return { values, reals }
  const highest = Math.max(...reals)
  const weights = reals.map((real) => Math.exp(real - highest))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const scores = reals.map((score, index) => ({
    index,
    label: output.labels?.[index] ?? String(index),
    score,
    share: (weights[index] ?? 0) / total,
  }))
  const top = scores.find(({ score }) => score === highest)
  return top === undefined ? { values, reals, scores } : { values, reals, scores, top }
}
