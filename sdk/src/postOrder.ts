import type { Hex } from 'viem'
import { addContent } from './content.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { inspectOrder } from './inspectOrder.ts'
import { encodeOrderFile } from './orderFile.ts'
import type { PreflightReason } from './preflightReasons.ts'
import type { SignedOrder } from './signOrder.ts'

/** The market would not take the order from anyone. */
export class OrderRefusedError extends Error {
  override readonly name = 'OrderRefusedError'
  readonly jobId: Hex
  readonly reason: PreflightReason

  constructor({ jobId, reason, sentence }: { jobId: Hex; reason: PreflightReason; sentence: string }) {
    super(`Order ${jobId} is refused with ${reason}: ${sentence}`)
    this.jobId = jobId
    this.reason = reason
  }
}

/**
 * Posts a signed order where workers can read it: checks its signature, terms and balance on chain, and stores it with a content service.
 * Hand the CID to workers, or to whoever relays it; {@link fetchOrder} reads it and {@link claimSigned} claims it.
 * @returns the order's id and the CID of its file
 * @throws OrderRefusedError, AddressMissingError, the content errors
 */
export async function postOrder(
  client: MarketClient,
  {
    deployment,
    contentApiUrl,
    order,
    signature,
    signal,
  }: SignedOrder & { deployment: Deployment; contentApiUrl: string; signal?: AbortSignal },
): Promise<{ jobId: Hex; cid: string }> {
  const { jobId, preflight } = await inspectOrder(client, { deployment, order, signature })
  if (!preflight.ok) throw new OrderRefusedError({ jobId, ...preflight })
  const bytes = encodeOrderFile({ order, signature }, deployment)
  return { jobId, cid: await addContent({ apiUrl: contentApiUrl, bytes }, signal) }
}
