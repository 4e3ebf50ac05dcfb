import type { Hex } from 'viem'
import * as z from 'zod/v4/mini'
import type { Deployment } from './deployment.ts'
import { encodeOrderFile } from './orderFile.ts'
import type { SignedOrder } from './signOrder.ts'

/** What a worker has made of a signed order: `open` while it works on it, `declined`, or what became of the job. */
export type Offer = { jobId: Hex; status: string; stage: string; reason?: string; detail?: string }

/** A worker does not take a signed order. `retryable` says whether it may later. */
export class OfferRefusedError extends Error {
  override readonly name = 'OfferRefusedError'
  readonly url: string
  readonly reason: string
  readonly retryable: boolean

  constructor({
    url,
    reason,
    message,
    retryable,
  }: { url: string; reason: string; message: string; retryable: boolean }) {
    super(`${url} does not take the order (${reason}): ${message}`)
    this.url = url
    this.reason = reason
    this.retryable = retryable
  }
}

/** Nothing that takes signed orders answers at the URL. */
export class OrderDeskAwayError extends Error {
  override readonly name = 'OrderDeskAwayError'
  readonly url: string

  constructor({ url, cause }: { url: string; cause?: unknown }) {
    super(`No worker's desk for signed orders answers at ${url}; ask its operator for the URL (orders.port).`, {
      cause,
    })
    this.url = url
  }
}

const timeoutMs = 15_000
const offerSchema = z.object({
  jobId: z.pipe(
    z.string().check(z.regex(/^0x[0-9a-f]{64}$/)),
    // The pattern above is narrower than viem's Hex.
    z.transform((text) => text as Hex),
  ),
  status: z.string(),
  stage: z.string(),
  reason: z.optional(z.string()),
  detail: z.optional(z.string()),
})
const refusalSchema = z.object({ error: z.string(), message: z.string() })

/**
 * Hands a signed order to a worker's desk, which checks it on chain and works on it like on a request.
 * @param order.workerUrl the desk's URL, without a path
 * @returns what the worker makes of it so far; {@link readOffer} says it later
 * @throws OfferRefusedError, OrderDeskAwayError
 */
export async function offerOrder(
  { workerUrl, deployment, ...signed }: SignedOrder & { workerUrl: string; deployment: Deployment },
  signal?: AbortSignal,
): Promise<Offer> {
  const body = new Uint8Array(encodeOrderFile(signed, deployment))
  return ask(`${workerUrl}/orders`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }, signal)
}

/**
 * Asks a worker's desk what became of a signed order that it took.
 * @throws OfferRefusedError when it never took it, OrderDeskAwayError
 */
export async function readOffer(
  { workerUrl, jobId }: { workerUrl: string; jobId: Hex },
  signal?: AbortSignal,
): Promise<Offer> {
  return ask(`${workerUrl}/orders/${jobId}`, {}, signal)
}

async function ask(url: string, request: RequestInit, signal?: AbortSignal): Promise<Offer> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const stop = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  try {
    const response = await fetch(url, { ...request, signal: stop })
    const answer: unknown = await response.json()
    if (response.ok) return offerOf(offerSchema.parse(answer))
    const { error, message } = refusalSchema.parse(answer)
    throw new OfferRefusedError({ url, reason: error, message, retryable: response.status >= 500 })
  } catch (cause) {
    signal?.throwIfAborted()
    if (cause instanceof OfferRefusedError) throw cause
    throw new OrderDeskAwayError({ url, cause })
  }
}

/** Without members that are not there. */
function offerOf({ jobId, status, stage, reason, detail }: z.infer<typeof offerSchema>): Offer {
  return { jobId, status, stage, ...(reason !== undefined && { reason }), ...(detail !== undefined && { detail }) }
}
