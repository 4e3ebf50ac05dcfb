import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { workerRegistryAbi } from '@assay/sdk/abi/workerRegistry'
import { chainOf, type MarketClient, type Network } from '@assay/sdk/deployment'
import { type JobState, jobStates } from '@assay/sdk/getJob'
import {
  type Address,
  BaseError,
  ContractFunctionRevertedError,
  createClient,
  fallback,
  type Hex,
  http,
  type PrivateKeyAccount,
} from 'viem'
import { getBlock, getChainId, readContract } from 'viem/actions'
import { RetryableError } from './jobErrors.ts'

/** The market as the worker reaches it. */
export type MarketChain = { client: MarketClient; account: PrivateKeyAccount; network: Network }

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

/** Connects to the network's chain; `rpcUrls` replace the network file's one and are tried in their order. */
export function connectMarket(
  network: Network,
  { account, rpcUrls }: { account: PrivateKeyAccount; rpcUrls: string[] },
): MarketChain {
  const urls = rpcUrls.length > 0 ? rpcUrls : [network.rpcUrl]
  // Hiccups are retried here, everything longer by the worker's own loops; a call that hangs must not hold a job longer than this.
  const transports = urls.map((url) => http(url, { timeout: 10_000, retryCount: 2, retryDelay: 100 }))
  const [only] = transports
  const transport = transports.length === 1 && only !== undefined ? only : fallback(transports, { retryCount: 0 })
  const client = createClient({ account, chain: chainOf(network), transport, cacheTime: 0 })
  return { client, account, network }
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
    const worker = await callChain(() =>
      readContract(client, { ...registry, functionName: 'workerOf', args: [address] }),
    )
    const minStake = await callChain(() => readContract(client, { ...registry, functionName: 'minStake' }))
    return { address, free: worker.free, bonded: worker.bonded, minStake }
  } catch (error) {
    if (revertOf(error) === 'WorkerUnknown') return undefined
    throw error
  }
}

/** Reads what the market stores of a job now. */
export async function readJobState(
  { client, network }: MarketChain,
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

/** Unix seconds: the later of the latest block's time, which may run ahead on a local chain, and this machine's clock. */
export async function readNow({ client }: MarketChain): Promise<number> {
  const block = await callChain(() => getBlock(client, { blockTag: 'latest' }))
  return Math.max(Number(block.timestamp), Math.floor(Date.now() / 1000))
}
