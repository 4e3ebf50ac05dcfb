import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { workerRegistryAbi } from '@assay/sdk/abi/workerRegistry'
import { chainOf, type MarketClient, type Network } from '@assay/sdk/deployment'
import { type JobState, jobStates } from '@assay/sdk/getJob'
import type { JobOrder } from '@assay/sdk/order'
import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  createClient,
  type Hex,
  isAddressEqual,
  type LocalAccount,
} from 'viem'
import { getBlock, getChainId, readContract } from 'viem/actions'
import type { BreakerLimits } from './breaker.ts'
import { createEndpoints, type Endpoints } from './endpoints.ts'
import { RetryableError } from './jobErrors.ts'
import { toJson } from './jobRows.ts'

/** The market as the worker reaches it. */
export type MarketChain = { client: MarketClient; account: LocalAccount; network: Network; endpoints: Endpoints }

/** The worker, as the registry knows the account of its key. */
export type Operator = { address: Address; free: bigint; bonded: bigint; minStake: bigint }

/** The endpoint serves another chain than the network file says. */
export class WrongChainError extends Error {
  override readonly name = 'WrongChainError'
  readonly actual: number
  readonly expected: number

  constructor({ actual, expected }: { actual: number; expected: number }) {
    super(`The RPC endpoint serves chain ${actual}; the network file is of chain ${expected}: correct chain.rpcUrls.`)
    this.actual = actual
    this.expected = expected
  }
}

/** Endpoints did not say the same, or not two of them answered; no money moves on the word of one. */
function disagreement(detail: string, cause?: unknown): RetryableError {
  return new RetryableError({ reason: 'endpoints-disagree', detail, cause })
}

/** Connects to the network's chain; `rpcUrls` replace the network file's one. The first one that works is asked. */
export function connectMarket(
  network: Network,
  { account, rpcUrls, breaker }: { account: LocalAccount; rpcUrls: string[]; breaker: BreakerLimits },
): MarketChain {
  // Hiccups are retried by the endpoints, everything longer by the worker's own loops; a call that hangs must not hold a job longer.
  const endpoints = createEndpoints(rpcUrls.length > 0 ? rpcUrls : [network.rpcUrl], { timeoutMs: 10_000, breaker })
  const client = createClient({ account, chain: chainOf(network), transport: endpoints.transport, cacheTime: 0 })
  return { client, account, network, endpoints }
}

/**
 * Reads the same from two endpoints, as is due before money moves; with a single endpoint configured its word has to do.
 * @throws RetryableError with reason `endpoints-disagree` when they differ or fewer than two answer; reverts as viem throws them
 */
export async function agreeOn<T>(
  { account, network, endpoints, client }: MarketChain,
  read: (client: MarketClient) => Promise<T>,
): Promise<T> {
  const separate = endpoints.separate()
  if (separate.length < 2) return read(client)
  const answers: { label: string; value: T }[] = []
  let last: unknown
  for (const { label, transport } of separate) {
    if (answers.length === 2) break
    try {
      const alone = createClient({ account, chain: chainOf(network), transport, cacheTime: 0 })
      answers.push({ label, value: await read(alone) })
    } catch (error) {
      if (revertOf(error) !== undefined) throw error
      last = error
    }
  }
  const [first, second] = answers
  if (first === undefined || second === undefined) {
    throw disagreement('Fewer than two RPC endpoints answer, so none is trusted with money; see chain.rpcUrls.', last)
  }
  if (toJson(first.value) !== toJson(second.value)) {
    throw disagreement(`The RPC endpoints ${first.label} and ${second.label} tell different things of the chain.`)
  }
  return first.value
}

/**
 * Runs calls to the chain; whatever is not a revert of a contract is worth another try.
 * @throws RetryableError with reason `chain-unavailable`; reverts as viem throws them
 */
export async function callChain<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof BaseError) || revertOf(cause) !== undefined) throw cause
    throw new RetryableError({
      reason: 'chain-unavailable',
      detail: `The chain did not answer: ${cause.shortMessage}`,
      cause,
    })
  }
}

/** Name of the custom error that a contract reverted with; empty when it gave no reason, undefined when nothing reverted. */
export function revertOf(error: unknown): string | undefined {
  if (!(error instanceof BaseError)) return undefined
  const revert = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
  if (revert instanceof ContractFunctionRevertedError) return revert.data?.errorName ?? revert.reason ?? ''
  return undefined
}

/**
 * Names the chain and the market's deployment on it, so that what is remembered of another chain is not taken for this one's.
 * @throws WrongChainError, RetryableError
 */
export async function identifyChain({ client, network }: MarketChain): Promise<string> {
  const actual = await callChain(() => getChainId(client))
  if (actual !== network.chainId) throw new WrongChainError({ actual, expected: network.chainId })
  const block = await callChain(() => getBlock(client, { blockNumber: BigInt(network.deploymentBlock) }))
  return `${actual}:${network.addresses.jobMarket.toLowerCase()}:${block.hash}`
}

/** Reads whom the worker's key acts for and with which stake; undefined when the account is not registered. */
export async function readOperator({ client, account, network }: MarketChain): Promise<Operator | undefined> {
  const registry = { address: network.addresses.workerRegistry, abi: workerRegistryAbi } as const
  try {
    const address = await callChain(() =>
      readContract(client, { ...registry, functionName: 'operatorOf', args: [account.address] }),
    )
    const [worker, minStake] = await callChain(() =>
      Promise.all([
        readContract(client, { ...registry, functionName: 'workerOf', args: [address] }),
        readContract(client, { ...registry, functionName: 'minStake' }),
      ]),
    )
    return { address, free: worker.free, bonded: worker.bonded, minStake }
  } catch (error) {
    if (revertOf(error) === 'WorkerUnknown') return undefined
    throw error
  }
}

/** Reads the stake of a worker that is not locked; 0 when the key does not act for it any more. */
export async function readFreeStake({ client, account, network }: MarketChain, worker: Address): Promise<bigint> {
  const registry = { address: network.addresses.workerRegistry, abi: workerRegistryAbi } as const
  try {
    const [operator, { free }] = await callChain(() =>
      Promise.all([
        readContract(client, { ...registry, functionName: 'operatorOf', args: [account.address] }),
        readContract(client, { ...registry, functionName: 'workerOf', args: [worker] }),
      ]),
    )
    return isAddressEqual(operator, worker) ? free : 0n
  } catch (error) {
    if (revertOf(error) === 'WorkerUnknown') return 0n
    throw error
  }
}

/**
 * Reads an order's price now, by the later of the latest block's time, which may run ahead on a local chain, and this machine's clock.
 * @returns the price in wei; that time and the block's in unix seconds
 */
export async function readPrice(
  chain: MarketChain,
  order: JobOrder,
): Promise<{ price: bigint; now: number; blockTime: number }> {
  const { client, network } = chain
  const priceAt = (time: number) =>
    callChain(() =>
      readContract(client, {
        address: network.addresses.jobMarket,
        abi: jobMarketAbi,
        functionName: 'priceAt',
        args: [order, BigInt(time)],
      }),
    )
  const clock = Math.floor(Date.now() / 1000)
  const [blockTime, price] = await Promise.all([readBlockTime(chain), priceAt(clock)])
  return blockTime <= clock
    ? { price, now: clock, blockTime }
    : { price: await priceAt(blockTime), now: blockTime, blockTime }
}

/** Reads what the market stores of a job now. */
export async function readJobState(
  { client, network }: Pick<MarketChain, 'client' | 'network'>,
  jobId: Hex,
): Promise<{ state: JobState; worker: Address; due: number }> {
  const job = await callChain(() =>
    readContract(client, {
      address: network.addresses.jobMarket,
      abi: jobMarketAbi,
      functionName: 'jobOf',
      args: [jobId],
    }),
  )
  return { state: jobStates[job.state] ?? 'None', worker: job.worker, due: job.due }
}

/** Time of the latest block in unix seconds: the only clock by which the market ends anything. */
export async function readBlockTime({ client }: MarketChain): Promise<number> {
  const block = await callChain(() => getBlock(client, { blockTag: 'latest' }))
  return Number(block.timestamp)
}
