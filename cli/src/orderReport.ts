import { fetchOrder } from '@assay/sdk/fetchOrder'
import type { OrderInspection } from '@assay/sdk/inspectOrder'
import type { JobOrder } from '@assay/sdk/order'
import { maxOrderBytes, parseOrderFile } from '@assay/sdk/orderFile'
import type { SignedOrder } from '@assay/sdk/signOrder'
import { Argument } from 'commander'
import { formatEther, type Hex, isAddressEqual, zeroAddress } from 'viem'
import type { Context } from './context.ts'
import { readFileLimited } from './readFiles.ts'

/** One thing that a signed order needs, and whether it is so. */
export type OrderCheck = { name: string; ok: boolean; detail: string }

/** No worker can take the signed order to the chain now. */
export class OrderUnusableError extends Error {
  override readonly name = 'OrderUnusableError'
  readonly jobId: Hex

  constructor({ jobId, check }: { jobId: Hex; check: OrderCheck }) {
    super(`Order ${jobId} cannot be claimed, as its ${check.name} does not hold: ${check.detail}`)
    this.jobId = jobId
  }
}

/** The argument that names a signed order. */
export const orderArgument = () => new Argument('<order>', 'file of a signed order, or the CID that post printed')

/**
 * Reads a signed order from a file, or from the content service by its CID.
 * @throws OrderFileInvalidError, FileUnreadableError, the content errors
 */
export async function readOrder({ network, signal }: Context, named: string): Promise<SignedOrder> {
  const deployment = network()
  if (/^b[a-z2-7]{58}$/.test(named)) {
    return fetchOrder({ deployment, gatewayUrl: deployment.gatewayUrl, cid: named }, signal)
  }
  return parseOrderFile(readFileLimited(named, maxOrderBytes), deployment)
}

/** What a claim of a signed order needs, in the order in which the market asks for it. */
export function checkOrder(order: JobOrder, found: OrderInspection): OrderCheck[] {
  const { state, now, price, free, isSigned, isNonceUsed, preflight } = found
  const time = (seconds: number) => new Date(seconds * 1000).toISOString()
  const left = order.claimDeadline - now
  return [
    {
      name: 'signature',
      ok: isSigned,
      detail: isSigned ? `${order.requester} signed it` : `it is not that of ${order.requester}; have it signed again.`,
    },
    {
      name: 'nonce',
      ok: !isNonceUsed,
      detail: isNonceUsed
        ? `${order.nonce} is used or cancelled${state === 'None' ? '' : `: the job is ${state}`}; sign with another.`
        : `${order.nonce} is unused`,
    },
    {
      name: 'deadline',
      ok: left >= 0,
      detail:
        left >= 0
          ? `it can be claimed for ${left} s, until ${time(order.claimDeadline)}`
          : `it was ${time(order.claimDeadline)}; sign a new order.`,
    },
    {
      name: 'balance',
      ok: free >= price,
      detail: `${formatEther(free)} are free in the market, ${formatEther(price)} is the price now${free >= price ? '' : '; deposit the rest (assay balance deposit).'}`,
    },
    { name: 'terms', ok: preflight.ok, detail: preflight.sentence },
  ]
}

/** The terms of an order for a person. */
export function orderFacts({ order }: SignedOrder, { jobId, state, price }: OrderInspection): [string, string][] {
  const { minPrice, maxPrice, rampSeconds, requester, allowedWorker, modelId, nonce, proveSeconds } = order
  const coin = isAddressEqual(order.token, zeroAddress) ? 'ETH' : `of the token ${order.token}`
  return [
    ['job', jobId],
    ['state', state === 'None' ? 'signed only' : state],
    ['model', modelId],
    ['requester', requester],
    ['worker', isAddressEqual(allowedWorker, zeroAddress) ? 'any' : allowedWorker],
    [
      'price',
      `${formatEther(minPrice)} to ${formatEther(maxPrice)} ${coin} in ${rampSeconds} s; now ${formatEther(price)}`,
    ],
    ['to answer', `${proveSeconds} s from the claim`],
    ['nonce', String(nonce)],
  ]
}
