import { fetchQuestion } from './fetchQuestion.ts'
import type { Model } from './getModel.ts'
import type { JobOrder } from './order.ts'

/**
 * Runs an order's model on its input here: what every honest worker answers, as an exact model has one answer on every machine. It needs
 * no proof, so it also tells whether an answer that is only signed is worth a challenge.
 * @returns the model's exact output integers, and the answer's words as the market's events hold them
 * @throws ModelMismatchError, InputMismatchError, and the errors of `fetchContent`, `fetchGraph` and circuits' `evaluate`
 */
export async function recomputeAnswer(
  { gatewayUrl, model, order }: { gatewayUrl: string; model: Model; order: JobOrder },
  signal?: AbortSignal,
): Promise<{ values: Int32Array; words: bigint[] }> {
  const { graph, signals, input } = await fetchQuestion({ gatewayUrl, model, order }, signal)
  // Loaded on demand, as verification does: a page that only lists jobs should not carry the primitives.
  const [{ evaluate }, { answerWords }] = await Promise.all([
    import('@assay/circuits/evaluate'),
    import('@assay/circuits/answerWords'),
  ])
  const values = evaluate(graph, input.values)
  return { values, words: answerWords(values, signals.output) }
}
