import {
  BaseError,
  createTransport,
  type EIP1193RequestFn,
  HttpRequestError,
  http,
  RpcRequestError,
  TimeoutError,
  type Transport,
} from 'viem'
import { type Breaker, type BreakerLimits, type BreakerState, createBreaker } from './breaker.ts'

/** One way to the chain. */
type Endpoint = { label: string; request: EIP1193RequestFn; breaker: Breaker; head: number }

/** How an endpoint stands, for /health. `head` is the highest block it told of, 0 before the first. */
export type EndpointState = { label: string; breaker: BreakerState; head: number }

/** All ways to one chain, behind one. */
export type Endpoints = {
  /** A viem transport that asks the first endpoint that works and is not behind, and the next one when it fails. */
  transport: Transport
  /** A transport for each endpoint alone, those that are to be asked first in front. */
  separate: () => { label: string; transport: Transport }[]
  states: () => EndpointState[]
}

/** No endpoint may be asked now: all of them failed a short while ago. */
export class EndpointsDownError extends BaseError {
  override readonly name = 'EndpointsDownError'
  readonly labels: string[]

  constructor(labels: string[]) {
    super(`No RPC endpoint answers (${labels.join(', ')}); they are tried again shortly: check chain.rpcUrls.`)
    this.labels = labels
  }
}

/** Blocks that an endpoint may be behind the best one before others are asked first. */
const allowedLag = 2
const rateLimited = /rate|too many|throttl|capacity|credits/i

/**
 * Puts several RPC endpoints behind one transport. A signed transaction goes to all of them. Endpoints are known by their host
 * alone, since keys of providers stand in the path.
 */
export function createEndpoints(
  urls: readonly string[],
  { timeoutMs = 10_000, breaker }: { timeoutMs?: number; breaker: BreakerLimits },
): Endpoints {
  const endpoints = urls.map((url, index): Endpoint => {
    // Retries are for the transport around all of them, which may take another endpoint.
    const { request } = http(url, { timeout: timeoutMs, retryCount: 0 })({ retryCount: 0 })
    return { label: `${index + 1}:${new URL(url).host}`, request, breaker: createBreaker(breaker), head: 0 }
  })

  function inOrder(): Endpoint[] {
    const best = Math.max(...endpoints.map(({ head }) => head))
    const isBehind = ({ head }: Endpoint) => head !== 0 && head + allowedLag < best
    return endpoints.toSorted((a, b) => Number(isBehind(a)) - Number(isBehind(b)))
  }

  async function ask(endpoint: Endpoint, call: { method: string; params?: unknown }): Promise<unknown> {
    try {
      // Methods and parameters are the caller's; viem checked them against its own schema.
      const result: unknown = await endpoint.request(call as never)
      endpoint.breaker.succeeded()
      const height = heightIn(call.method, result)
      if (height !== undefined) endpoint.head = Math.max(endpoint.head, height)
      return result
    } catch (error) {
      if (isEndpointFault(error, call.method)) endpoint.breaker.failed()
      else endpoint.breaker.succeeded()
      throw error
    }
  }

  async function askInTurn(call: { method: string; params?: unknown }): Promise<unknown> {
    let last: unknown
    for (const endpoint of inOrder()) {
      if (!endpoint.breaker.admits()) continue
      try {
        return await ask(endpoint, call)
      } catch (error) {
        if (!isEndpointFault(error, call.method)) throw error
        last = error
      }
    }
    throw last ?? new EndpointsDownError(endpoints.map(({ label }) => label))
  }

  /** One that takes it is enough; what the others say is that they know it, or what is wrong with it. */
  async function broadcast(call: { method: string; params?: unknown }): Promise<unknown> {
    const asked = inOrder().filter(({ breaker }) => breaker.admits())
    if (asked.length === 0) throw new EndpointsDownError(endpoints.map(({ label }) => label))
    const answers = await Promise.allSettled(asked.map((endpoint) => ask(endpoint, call)))
    const taken = answers.find((answer) => answer.status === 'fulfilled')
    if (taken !== undefined) return taken.value
    const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []))
    throw refusals.find((refusal) => !isEndpointFault(refusal, call.method)) ?? refusals[0]
  }

  const transportOf =
    (request: (call: { method: string; params?: unknown }) => Promise<unknown>): Transport =>
    () =>
      createTransport({
        key: 'endpoints',
        name: 'RPC endpoints',
        type: 'endpoints',
        // The results are as viem's own transports give them.
        request: request as EIP1193RequestFn,
        retryCount: 2,
        retryDelay: 100,
        timeout: timeoutMs,
      })

  return {
    transport: transportOf((call) => (call.method === 'eth_sendRawTransaction' ? broadcast(call) : askInTurn(call))),
    separate: () =>
      inOrder().map((endpoint) => ({
        label: endpoint.label,
        transport: transportOf(async (call) => {
          if (!endpoint.breaker.admits()) throw new EndpointsDownError([endpoint.label])
          return ask(endpoint, call)
        }),
      })),
    states: () => endpoints.map(({ label, breaker, head }) => ({ label, breaker: breaker.state(), head })),
  }
}

/** Whether the endpoint is to blame, so that another may give a better answer; what a node says of a call is an answer. */
function isEndpointFault(error: unknown, method: string): boolean {
  if (error instanceof HttpRequestError || error instanceof TimeoutError || error instanceof EndpointsDownError)
    return true
  if (!(error instanceof RpcRequestError)) return !(error instanceof BaseError)
  if (error.code === -32_601) return true
  // A refusal of a wide range of logs is an answer to it, whatever its number.
  return method !== 'eth_getLogs' && (error.code === -32_005 || error.code === 429) && rateLimited.test(error.details)
}

/** Height of the chain that an answer tells of. */
function heightIn(method: string, result: unknown): number | undefined {
  if (method === 'eth_blockNumber' && typeof result === 'string') return Number(result)
  if (method !== 'eth_getBlockByNumber' || typeof result !== 'object' || result === null) return undefined
  return 'number' in result && typeof result.number === 'string' ? Number(result.number) : undefined
}
