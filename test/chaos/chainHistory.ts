import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import type { MarketClient, Network } from '@assay/sdk/deployment'
import { getWorker } from '@assay/sdk/getWorker'
import { skipReasons } from '@assay/sdk/jobEvents'
import { hashOrder, type JobOrder } from '@assay/sdk/order'
import {
  type Address,
  decodeFunctionData,
  formatLog,
  type Hex,
  isAddressEqual,
  numberToHex,
  parseEventLogs,
} from 'viem'
import { getBlock, getBlockNumber, getTransactionReceipt } from 'viem/actions'

/** Where something stands on the chain; `time` is its block's, in unix seconds. */
type Place = { jobId: Hex; block: number; time: number; transactionHash: Hex }

/** One event of one job; `skipped` is an answer of a batch that the market did not accept. */
export type HistoryEvent = Place &
  (
    | { type: 'requested'; order: JobOrder }
    | { type: 'claimed'; worker: Address; price: bigint; due: number }
    | { type: 'settled'; worker: Address; workerShare: bigint; royalty: bigint; fee: bigint }
    | { type: 'expired'; worker: Address; slashed: bigint }
    | { type: 'released'; worker: Address }
    | { type: 'skipped'; reason: string }
    | { type: 'cancelled' | 'refunded' }
  )

/** A mined transaction of the worker to the market, and what it was for. */
export type WorkerTransaction = {
  hash: Hex
  block: number
  action: 'claim' | 'submit' | 'other'
  jobIds: Hex[]
  isReverted: boolean
}

/** All that the chain knows of a market and of one worker in it. */
export type ChainHistory = {
  operator: Address
  /** In the chain's order. */
  events: HistoryEvent[]
  transactions: WorkerTransaction[]
  /** Hash of each block since the market's deployment, by height. */
  blocks: Map<number, Hex>
  head: number
  /** Time of the latest block in unix seconds. */
  now: number
  /** The worker's stake in the registry in wei. */
  stake: { free: bigint; bonded: bigint }
}

/** Blocks that are asked for at once. */
const atOnce = 50

/** Reads every block since the market's deployment, the market's events in them, and what the worker sent. */
export async function readHistory(
  client: MarketClient,
  { network, operator }: { network: Network; operator: Address },
): Promise<ChainHistory> {
  const first = network.deploymentBlock
  const head = Number(await getBlockNumber(client, { cacheTime: 0 }))
  const blocks = new Map<number, Hex>()
  const times = new Map<number, number>()
  const transactions: WorkerTransaction[] = []

  async function readBlock(number: number): Promise<WorkerTransaction[]> {
    const block = await getBlock(client, { blockNumber: BigInt(number), includeTransactions: true })
    blocks.set(number, block.hash)
    times.set(number, Number(block.timestamp))
    const own = block.transactions.filter(({ from }) => isAddressEqual(from, operator))
    return Promise.all(
      own.map(async ({ hash, to, input }) => {
        const { status } = await getTransactionReceipt(client, { hash })
        const isOfMarket = to !== null && isAddressEqual(to, network.addresses.jobMarket)
        const meaning = isOfMarket ? meaningOf(input, network) : ({ action: 'other', jobIds: [] } as const)
        return { hash, block: number, isReverted: status === 'reverted', ...meaning, jobIds: [...meaning.jobIds] }
      }),
    )
  }

  for (let from = first; from <= head; from += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, head - from + 1) }, (_, index) => from + index)
    transactions.push(...(await Promise.all(numbers.map(readBlock))).flat())
  }
  const worker = await getWorker(client, { deployment: network, operator })
  return {
    operator,
    events: await readEvents(client, { network, times, head }),
    transactions,
    blocks,
    head,
    now: times.get(head) ?? 0,
    stake: { free: worker?.free ?? 0n, bonded: worker?.bonded ?? 0n },
  }
}

function meaningOf(data: Hex, network: Network): Pick<WorkerTransaction, 'action' | 'jobIds'> {
  const { functionName, args } = decodeFunctionData({ abi: jobMarketAbi, data })
  if (functionName === 'claimJob') return { action: 'claim', jobIds: [hashOrder(args[0], network)] }
  if (functionName === 'submitResult') return { action: 'submit', jobIds: [hashOrder(args[0], network)] }
  if (functionName !== 'submitResults') return { action: 'other', jobIds: [] }
  return { action: 'submit', jobIds: args[0].map(({ order }) => hashOrder(order, network)) }
}

async function readEvents(
  client: MarketClient,
  { network, times, head }: { network: Network; times: Map<number, number>; head: number },
): Promise<HistoryEvent[]> {
  const raw = await client.request({
    method: 'eth_getLogs',
    params: [
      {
        address: network.addresses.jobMarket,
        fromBlock: numberToHex(network.deploymentBlock),
        toBlock: numberToHex(head),
      },
    ],
  })
  // Raw logs are formatted by viem as its own actions do.
  const logs = parseEventLogs({ abi: jobMarketAbi, logs: raw.map((log) => formatLog(log)), strict: true })
  return logs.flatMap((log): HistoryEvent[] => {
    const block = Number(log.blockNumber)
    if (!('jobId' in log.args)) return []
    const place = { jobId: log.args.jobId, block, time: times.get(block) ?? 0, transactionHash: log.transactionHash }
    switch (log.eventName) {
      case 'JobRequested':
        return [{ type: 'requested', ...place, order: log.args.order }]
      case 'JobClaimed':
        return [{ type: 'claimed', ...place, worker: log.args.worker, price: log.args.price, due: log.args.due }]
      case 'JobSettled': {
        const { worker, workerShare, royalty, fee } = log.args
        return [{ type: 'settled', ...place, worker, workerShare, royalty, fee }]
      }
      case 'JobExpired':
        return [{ type: 'expired', ...place, worker: log.args.worker, slashed: log.args.slashed }]
      case 'JobReleased':
        return [{ type: 'released', ...place, worker: log.args.worker }]
      case 'JobCancelled':
        return [{ type: 'cancelled', ...place }]
      case 'JobRefunded':
        return [{ type: 'refunded', ...place }]
      case 'EntrySkipped':
        return [{ type: 'skipped', ...place, reason: skipReasons[log.args.reason] ?? 'None' }]
      default:
        return []
    }
  })
}
