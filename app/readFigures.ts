import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import {
  type Address,
  formatLog,
  type Hex,
  numberToHex,
  parseEventLogs,
  type RpcLog,
  toEventSelector,
  zeroAddress,
} from 'viem'
import { getBlockNumber } from 'viem/actions'
import { blockTimes } from './hooks/blockTimes'
import type { Market } from './hooks/useNetwork'
import { type FigureEnd, type FigureRequest, type ModelFigures, modelFigures } from './modelFigures'

/** What counts as recent: at most so many blocks and, beyond the first reads, so many requests. */
const recentBlocks = 20_000n
const enoughRequests = 200
/** The first read's blocks; each further one asks for four times as many, up to what public nodes answer at once. */
const firstBlocks = 256n
const mostBlocks = 10_000n

type EventName = 'JobRequested' | 'JobSettled' | 'JobRefunded'

const eventNames: readonly string[] = ['JobRequested', 'JobSettled', 'JobRefunded'] satisfies EventName[]
// A selector is a hash that the parser takes anew of each event of the ABI that it is given.
const eventAbi = jobMarketAbi.flatMap((item) => (item.type === 'event' && eventNames.includes(item.name) ? [item] : []))
const selectors = new Map(eventAbi.map((item) => [item.name, toEventSelector(item)] as const))

/**
 * Reads what the recent jobs of some models cost, how long they took and how many were answered, all in a few requests to the node.
 * Models that nobody asked recently are left out.
 */
export async function readFigures(market: Market, modelIds: readonly Hex[]): Promise<Map<Hex, ModelFigures>> {
  if (modelIds.length === 0) return new Map()
  const head = await getBlockNumber(market.client, { cacheTime: 0 })
  const { requests, oldest } = await readRequests(market, { modelIds, head })
  const ends = await readEnds(market, { jobIds: requests.map(({ jobId }) => jobId), oldest, head })
  return modelFigures(requests, ends)
}

async function readRequests(market: Market, { modelIds, head }: { modelIds: readonly Hex[]; head: bigint }) {
  const deployed = BigInt(market.network.deploymentBlock)
  const limit = head - recentBlocks > deployed ? head - recentBlocks : deployed
  const requests: FigureRequest[] = []
  let blocks = firstBlocks
  let next = head
  while (next >= limit && requests.length < enoughRequests) {
    const first = next - blocks + 1n > limit ? next - blocks + 1n : limit
    const logs = await readLogs(market, { events: ['JobRequested'], topics: [null, modelIds], first, last: next })
    requests.push(...logs.flatMap((log) => (log.eventName === 'JobRequested' ? [requestOf(log.args)] : [])))
    next = first - 1n
    blocks = blocks * 4n < mostBlocks ? blocks * 4n : mostBlocks
  }
  return { requests, oldest: next + 1n }
}

async function readEnds(
  market: Market,
  { jobIds, oldest, head }: { jobIds: readonly Hex[]; oldest: bigint; head: bigint },
): Promise<Map<Hex, FigureEnd>> {
  const ends = new Map<Hex, FigureEnd>()
  if (jobIds.length === 0) return ends
  const events = ['JobSettled', 'JobRefunded'] as const
  for (let first = oldest; first <= head; first += mostBlocks) {
    const last = first + mostBlocks - 1n < head ? first + mostBlocks - 1n : head
    const logs = await readLogs(market, { events, topics: [jobIds], first, last })
    const untimed = logs.flatMap((log) => (log.blockTimestamp === undefined ? [log.blockNumber] : []))
    const times = await blockTimes(market.client, { scope: market.scope, blocks: untimed })
    for (const log of logs) {
      if (log.eventName === 'JobRefunded') ends.set(log.args.jobId, 'refunded')
      if (log.eventName !== 'JobSettled') continue
      const { jobId, workerShare, royalty, fee } = log.args
      const at = Number(log.blockTimestamp ?? times.get(log.blockNumber) ?? 0)
      ends.set(jobId, { price: workerShare + royalty + fee, royalty, at })
    }
  }
  return ends
}

async function readLogs(
  { network, client }: Market,
  asked: {
    events: readonly EventName[]
    topics: readonly (readonly Hex[] | null)[]
    first: bigint
    last: bigint
  },
) {
  const address: Address = network.addresses.jobMarket
  const signatures = asked.events.flatMap((name) => selectors.get(name) ?? [])
  // viem's own getLogs filters by arguments for a single event only, and not by several values of one.
  const logs: RpcLog[] = await client.request({
    method: 'eth_getLogs',
    params: [
      {
        address,
        topics: [signatures, ...asked.topics.map((topic) => topic && [...topic])],
        fromBlock: numberToHex(asked.first),
        toBlock: numberToHex(asked.last),
      },
    ],
  })
  const mined = logs
    .map((log) => formatLog(log))
    .flatMap((log) => (log.blockNumber === null ? [] : [{ ...log, blockNumber: log.blockNumber }]))
  return parseEventLogs({ abi: eventAbi, logs: mined, eventName: [...asked.events], strict: true }).map((log) => ({
    ...log,
    // Kept by the parser as it was; its type forgets that the log was mined.
    blockNumber: log.blockNumber ?? 0n,
    blockTimestamp: log.blockTimestamp ?? undefined,
  }))
}

function requestOf({
  jobId,
  modelId,
  order,
}: {
  jobId: Hex
  modelId: Hex
  order: { rampStart: number; token: Address }
}): FigureRequest {
  return { jobId, modelId, rampStart: order.rampStart, inCoin: order.token === zeroAddress }
}
