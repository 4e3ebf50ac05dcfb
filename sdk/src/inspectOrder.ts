import { type Hex, zeroAddress } from 'viem'
import { readContract, verifyTypedData } from 'viem/actions'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import { getBalance } from './getBalance.ts'
import { type JobState, jobStates } from './getJob.ts'
import { getTime } from './getTime.ts'
import { hashOrder, jobOrderTypes, orderDomain } from './order.ts'
import { type Preflight, preflightOrder } from './preflightOrder.ts'
import { preflightSentences } from './preflightReasons.ts'
import type { SignedOrder } from './signOrder.ts'

/** What stands for and against a signed order now. Money in the token's smallest unit, times in unix seconds. */
export type OrderInspection = {
  jobId: Hex
  /** `None` as long as nobody took it to the chain. */
  state: JobState
  now: number
  /** What a claim costs now, and what the requester has free for it. */
  price: bigint
  free: bigint
  isSigned: boolean
  isNonceUsed: boolean
  /** What the market would say to a claim by some worker, beside what concerns that worker. */
  preflight: Preflight
}

/**
 * Looks at a signed order from all sides: its signature (EIP-712, or the requester's contract by ERC-1271), its nonce, the requester's balance, its
 * times and terms, and what became of its job.
 * @throws AddressMissingError
 */
export async function inspectOrder(
  client: MarketClient,
  { deployment, order, signature }: SignedOrder & { deployment: Deployment },
): Promise<OrderInspection> {
  const jobId = hashOrder(order, deployment)
  const market = { address: deployment.addresses.jobMarket, abi: jobMarketAbi } as const
  const { requester, token, nonce } = order
  const now = await getTime(client)
  const [stored, isNonceUsed, price, { free }, isSigned, preflight] = await Promise.all([
    readContract(client, { ...market, functionName: 'jobOf', args: [jobId] }),
    readContract(client, { ...market, functionName: 'nonceUsed', args: [requester, nonce] }),
    // Where the range is inverted the market computes no price, and says so in the preflight.
    order.minPrice > order.maxPrice
      ? order.maxPrice
      : readContract(client, { ...market, functionName: 'priceAt', args: [order, BigInt(now)] }),
    getBalance(client, { deployment, account: requester, token }),
    verifyTypedData(client, {
      address: requester,
      domain: orderDomain(deployment),
      types: jobOrderTypes,
      primaryType: 'JobOrder',
      message: order,
      signature,
    }),
    preflightOrder(client, { deployment, order, call: 'claimSigned', account: zeroAddress, signature }),
  ])
  const state = jobStates[stored.state] ?? 'None'
  return { jobId, state, now, price, free, isSigned, isNonceUsed, preflight: besideWorker(preflight) }
}

/** The account that was asked for is no worker, which the market says after all that concerns the order. */
function besideWorker(preflight: Preflight): Preflight {
  return preflight.reason === 'WorkerUnknown'
    ? { ok: true, reason: 'None', sentence: preflightSentences.None }
    : preflight
}
