import { type Hex, zeroAddress } from 'viem'
import { addContent } from './content.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { hashOrder } from './order.ts'
import { encodeOrderFile } from './orderFile.ts'
import { preflightOrder } from './preflightOrder.ts'
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

// What a preflight says of an account that is no worker, after all that concerns the order itself.
const anyWorker: readonly PreflightReason[] = ['None', 'WorkerUnknown']

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
  const jobId = hashOrder(order, deployment)
  const asked = { call: 'claimSigned', account: zeroAddress, signature } as const
  const { reason, sentence } = await preflightOrder(client, { deployment, order, ...asked })
  if (!anyWorker.includes(reason)) throw new OrderRefusedError({ jobId, reason, sentence })
  const bytes = encodeOrderFile({ order, signature }, deployment)
  return { jobId, cid: await addContent({ apiUrl: contentApiUrl, bytes }, signal) }
}
