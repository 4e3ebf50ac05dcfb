import type { ExactGraph } from '@assay/circuits/exactGraph'
import type { GraphSignals } from '@assay/circuits/intervals'
import type { EncodedInput } from './encodeInput.ts'
import { fetchGraph } from './fetchGraph.ts'
import { fetchInput } from './fetchInput.ts'
import type { Model } from './getModel.ts'
import type { Manifest } from './manifest.ts'
import type { JobOrder } from './order.ts'
import { InputMismatchError } from './verifyErrors.ts'

/** A model's exact graph, and the input that an order asks it about. */
export type ExactQuestion = { manifest: Manifest; graph: ExactGraph; signals: GraphSignals; input: EncodedInput }

/**
 * Fetches what an order asks: the registered graph, and the input, which has to be the one that the order commits to.
 * @throws ModelMismatchError, InputMismatchError, and the errors of `fetchContent` and `fetchGraph`
 */
export async function fetchQuestion(
  { gatewayUrl, model, order }: { gatewayUrl: string; model: Model; order: JobOrder },
  signal?: AbortSignal,
): Promise<ExactQuestion> {
  const { manifest, graph } = await fetchGraph({ gatewayUrl, model }, signal)
  const { graphSignals } = await import('@assay/circuits/intervals')
  const signals = graphSignals(graph)
  const input = await fetchInput({ gatewayUrl, order, signals }, signal)
  if (input.inputCommitment !== order.inputCommitment) {
    const [actual, expected] = [String(input.inputCommitment), String(order.inputCommitment)]
    throw new InputMismatchError({ what: 'commitment', actual, expected })
  }
  return { manifest, graph, signals, input }
}
