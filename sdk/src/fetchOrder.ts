import { fetchContent } from './content.ts'
import type { Deployment } from './deployment.ts'
import { maxOrderBytes, parseOrderFile } from './orderFile.ts'
import type { SignedOrder } from './signOrder.ts'

/**
 * Fetches a signed order that was posted ({@link postOrder}), by its CID. Its signature is checked by {@link preflightOrder} and the market.
 * @throws OrderFileInvalidError, and the errors of {@link fetchContent}
 */
export async function fetchOrder(
  { deployment, gatewayUrl, cid }: { deployment: Deployment; gatewayUrl: string; cid: string },
  signal?: AbortSignal,
): Promise<SignedOrder> {
  return parseOrderFile(await fetchContent({ gatewayUrl, cid, maxBytes: maxOrderBytes }, signal), deployment)
}
