import type { Hex } from 'viem'
import { signTypedData } from 'viem/actions'
import type { Deployment, MarketClient } from './deployment.ts'
import { hashOrder, type JobOrder, jobOrderTypes, orderDomain } from './order.ts'
import { accountOf } from './sendCall.ts'

/** An order and its requester's signature: enough for any worker to claim the job, with no transaction of the requester. */
export type SignedOrder = { order: JobOrder; signature: Hex }

/**
 * Signs an order with the client's account (EIP-712). The price of the claim comes out of the requester's free balance in
 * the market, so deposit before; {@link cancelNonces} takes the order back.
 * @param parameters.order from {@link buildOrder}, with a nonce that no other signed order has
 * @throws AccountMissingError
 */
export async function signOrder(
  client: MarketClient,
  { deployment, order }: { deployment: Pick<Deployment, 'chainId' | 'addresses'>; order: JobOrder },
): Promise<SignedOrder & { jobId: Hex }> {
  const signature = await signTypedData(client, {
    account: accountOf(client),
    domain: orderDomain(deployment),
    types: jobOrderTypes,
    primaryType: 'JobOrder',
    message: order,
  })
  return { jobId: hashOrder(order, deployment), order, signature }
}
