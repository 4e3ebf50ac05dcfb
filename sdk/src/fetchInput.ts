import type { GraphSignals } from '@assay/circuits/intervals'
import { decodeTensor } from '@assay/circuits/tensorBytes'
import { digestToCid, fetchContent } from './content.ts'
import { type EncodedInput, encodeExactInput } from './encodeInput.ts'
import type { JobOrder } from './order.ts'

/**
 * Fetches the input that an order names by its CID, and encodes it again.
 * @param parameters.signals of the model's exact graph, which say how long an input is
 * @throws the errors of `fetchContent` and `encodeExactInput`
 */
export async function fetchInput(
  {
    gatewayUrl,
    order,
    signals,
  }: { gatewayUrl: string; order: Pick<JobOrder, 'inputCid'>; signals: Pick<GraphSignals, 'input'> },
  signal?: AbortSignal,
): Promise<EncodedInput> {
  const { count, width, lo, bits } = signals.input
  const maxBytes = count * width
  const cid = digestToCid(order.inputCid, maxBytes)
  const bytes = await fetchContent({ gatewayUrl, cid, maxBytes }, signal)
  const values = decodeTensor(bytes, { count, width })
  return encodeExactInput({ shape: [count], width, lo, bits }, values)
}
