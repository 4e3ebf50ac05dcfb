import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import {
  type Address,
  BaseError,
  formatLog,
  type Hex,
  HttpRequestError,
  hexToBytes,
  keccak256,
  numberToHex,
  parseEventLogs,
  type RpcLog,
  toEventSelector,
} from 'viem'
import { getBlock } from 'viem/actions'
import type { MarketEvent } from './jobEvents.ts'
import { callChain, type MarketChain } from './marketChain.ts'
import type { PlacedEvent } from './store.ts'

/** Reads the market's events. */
export type ChainLogs = {
  /** Events from a block on, as many blocks as the endpoint serves at once; `to` is the last one read. */
  inRange: (range: { from: number; to: number }) => Promise<{ events: PlacedEvent[]; to: number }>
  /** Events of one block by its hash (EIP-234): an endpoint that does not have it fails instead of giving none. */
  ofBlock: (hash: Hex) => Promise<PlacedEvent[]>
  /** Blocks that the next range will ask for. */
  width: () => number
}

const names = [
  'JobRequested',
  'JobClaimed',
  'JobExpired',
  'JobReleased',
  'JobCancelled',
  'JobRefunded',
  'JobSettled',
] as const
const selectors = jobMarketAbi.flatMap((item) =>
  item.type === 'event' && names.some((name) => name === item.name) ? [toEventSelector(item)] : [],
)

/** What providers say when a range is too wide or its answer too large; there is no common number for it. */
const tooWide =
  /range|too large|too many (results|logs|blocks)|more than \d+|exceed|limit|response size|timed? ?out|try with/i
const narrowest = 1

/**
 * Makes the reader. It asks for `maxBlocks` at once, for half of it when an endpoint refuses or takes too long, and for more again
 * with each range that went well.
 */
export function createChainLogs(
  { client, network }: Pick<MarketChain, 'client' | 'network'>,
  maxBlocks: number,
): ChainLogs {
  const address = network.addresses.jobMarket
  let width = maxBlocks

  async function read(where: { fromBlock: Hex; toBlock: Hex } | { blockHash: Hex }): Promise<PlacedEvent[]> {
    const logs: RpcLog[] = await client.request({
      method: 'eth_getLogs',
      params: [{ address, topics: [selectors], ...where }],
    })
    return parse(logs, address)
  }

  return {
    inRange: async ({ from, to }) => {
      for (;;) {
        const last = Math.min(to, from + width - 1)
        try {
          const events = await read({ fromBlock: numberToHex(from), toBlock: numberToHex(last) })
          // A quarter more each time finds a provider's limit again when it was one crowded range that was refused.
          if (last - from + 1 === width) width = Math.min(maxBlocks, Math.ceil(width * 1.25))
          return { events, to: last }
        } catch (error) {
          if (last === from || !isTooWide(error)) return callChain(() => Promise.reject(error))
          width = Math.max(narrowest, Math.floor((last - from + 1) / 2))
        }
      }
    },
    ofBlock: (blockHash) => callChain(() => read({ blockHash })),
    width: () => width,
  }
}

/** Whether a narrower range may be served. Messages as a whole are not looked at: they repeat the request and the endpoint's URL. */
function isTooWide(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false
  const isRefusal = (cause: unknown) =>
    (cause instanceof HttpRequestError && cause.status === 413) ||
    (cause instanceof BaseError && tooWide.test(`${cause.details} ${cause.name}`))
  return error.walk(isRefusal) !== null
}

function parse(logs: RpcLog[], market: Address): PlacedEvent[] {
  // Endpoints have been seen to answer for other addresses than they were asked for.
  const own = logs.map((log) => formatLog(log)).filter((log) => log.address.toLowerCase() === market.toLowerCase())
  return parseEventLogs({ abi: jobMarketAbi, logs: own, eventName: [...names], strict: true }).flatMap((log) => {
    const { blockNumber, blockHash, logIndex, removed } = log
    if (blockNumber === null || blockHash === null || logIndex === null || removed) return []
    return [{ blockNumber: Number(blockNumber), blockHash, logIndex, event: marketEventOf(log) }]
  })
}

type MarketLog = ReturnType<typeof parseEventLogs<typeof jobMarketAbi, true, (typeof names)[number][]>>[number]

function marketEventOf(log: MarketLog): MarketEvent {
  const { jobId } = log.args
  switch (log.eventName) {
    case 'JobRequested':
      return { type: 'requested', jobId, order: log.args.order, block: Number(log.blockNumber) }
    case 'JobClaimed':
      return { type: 'claimed', jobId, worker: log.args.worker, price: log.args.price, due: log.args.due }
    case 'JobExpired':
      return { type: 'expired', jobId, worker: log.args.worker }
    case 'JobReleased':
      return { type: 'released', jobId, worker: log.args.worker }
    case 'JobCancelled':
      return { type: 'cancelled', jobId }
    case 'JobRefunded':
      return { type: 'refunded', jobId }
    case 'JobSettled': {
      const { worker, workerShare, royalty, fee } = log.args
      return { type: 'settled', jobId, worker, workerShare, royalty, fee, transactionHash: log.transactionHash }
    }
  }
}

/** Whether a block's bloom filter leaves room for events of a contract (yellow paper, section 4.3.1); some chains keep none. */
export function mayHoldEvents(logsBloom: Hex | null | undefined, address: Address): boolean {
  if (!logsBloom) return false
  const bloom = hexToBytes(logsBloom)
  const digest = keccak256(hexToBytes(address), 'bytes')
  return [0, 2, 4].every((at) => {
    const bit = (((digest[at] ?? 0) << 8) | (digest[at + 1] ?? 0)) & 2047
    return (((bloom[255 - (bit >> 3)] ?? 0) >> (bit & 7)) & 1) === 1
  })
}

/** Reads a block by its height, or the latest one; undefined when the endpoint has none there. */
export async function readBlock({ client, network }: Pick<MarketChain, 'client' | 'network'>, number?: number) {
  try {
    const block = await getBlock(
      client,
      number === undefined ? { blockTag: 'latest' } : { blockNumber: BigInt(number) },
    )
    const { hash, parentHash, logsBloom } = block
    const mayHold = mayHoldEvents(logsBloom, network.addresses.jobMarket)
    return { number: Number(block.number), hash, parentHash, mayHoldEvents: mayHold }
  } catch (error) {
    if (error instanceof Error && error.name === 'BlockNotFoundError') return undefined
    return callChain(() => Promise.reject(error))
  }
}
