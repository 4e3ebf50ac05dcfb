import {
  type Address,
  formatLog,
  type Hash,
  type Hex,
  type Log,
  numberToHex,
  parseEventLogs,
  type RpcLog,
  toEventSelector,
} from 'viem'
import { getBlockNumber } from 'viem/actions'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { JobOrder } from './order.ts'

/** Where an event stands on chain. */
export type EventPosition = {
  blockNumber: bigint
  blockHash: Hash
  transactionHash: Hash
  logIndex: number
}

/** One event of one job, as the market emits it. */
export type JobEvent = EventPosition & { jobId: Hex } & (
    | { name: 'JobRequested'; modelId: Hex; requester: Address; order: JobOrder }
    | { name: 'JobClaimed'; worker: Address; price: bigint; due: number }
    | { name: 'JobReleased'; worker: Address; penalty: bigint }
    | { name: 'JobAnswered'; worker: Address; outputs: readonly bigint[] }
    | { name: 'AnswerPending'; until: number }
    | { name: 'JobChallenged'; challenger: Address; until: number }
    | { name: 'JobOverturned'; worker: Address; slashed: bigint; challenger: Address }
    | { name: 'EntrySkipped'; index: bigint; reason: number }
    | { name: 'JobSettled'; worker: Address; workerShare: bigint; royalty: bigint; fee: bigint }
    | { name: 'PayeePaid'; payee: Address; amount: bigint }
    | { name: 'CallbackFailed'; callback: Address; data: Hex }
    | { name: 'CallbackRetried'; callback: Address }
    | { name: 'JobExpired'; worker: Address; slashed: bigint; enforcer: Address }
    | { name: 'JobCancelled' }
    | { name: 'JobRefunded'; amount: bigint }
  )

/** Why an entry of a batch was skipped, in the order of the contract's enum; the `reason` of EntrySkipped. */
export const skipReasons = ['None', 'WrongState', 'WrongTime', 'EvidenceRejected', 'AssuranceFailed'] as const

/** One of {@link skipReasons}. */
export type SkipReason = (typeof skipReasons)[number]

/** Names of {@link JobEvent}. */
export type JobEventName = JobEvent['name']

/** Most blocks asked for in one eth_getLogs; public nodes refuse wider ranges. */
export const logRangeBlocks = 10_000n

const jobEventNames: readonly string[] = [
  'JobRequested',
  'JobClaimed',
  'JobReleased',
  'JobAnswered',
  'AnswerPending',
  'JobChallenged',
  'JobOverturned',
  'EntrySkipped',
  'JobSettled',
  'PayeePaid',
  'CallbackFailed',
  'CallbackRetried',
  'JobExpired',
  'JobCancelled',
  'JobRefunded',
] satisfies JobEventName[]

// viem's parser hashes each event of the ABI that it is given, for each call: it is given those of jobs only.
const eventAbi = jobMarketAbi.flatMap((item) =>
  item.type === 'event' && jobEventNames.includes(item.name) ? [item] : [],
)
const selectors = eventAbi.map((item) => toEventSelector(item))
const requestedSelector = selectors[eventAbi.findIndex(({ name }) => name === 'JobRequested')] ?? null

/** The market's events about jobs among logs, in the logs' order; others are skipped. */
export function parseJobEvents(logs: Log[], market: Address): JobEvent[] {
  const own = logs.filter((log) => log.address.toLowerCase() === market.toLowerCase())
  return parseEventLogs({ abi: eventAbi, logs: own, strict: true }).flatMap((log) => {
    if (!jobEventNames.includes(log.eventName) || log.blockNumber === null) return []
    const { blockNumber, blockHash, transactionHash, logIndex } = log
    // Names and arguments come from the ABI that JobEvent restates; the position is set on every mined log.
    return [{ name: log.eventName, ...log.args, blockNumber, blockHash, transactionHash, logIndex } as JobEvent]
  })
}

/**
 * Reads events of jobs in a range of blocks, in bounded steps, oldest first.
 * @param filter.jobId events of this job only
 * @param filter.requestsOnly JobRequested only; with `requester` and `modelId` as further filters
 */
export async function getJobEvents(
  client: MarketClient,
  {
    deployment,
    fromBlock,
    toBlock,
    ...filter
  }: {
    deployment: Deployment
    fromBlock?: bigint
    toBlock?: bigint
    jobId?: Hex
    requestsOnly?: boolean
    requester?: Address
    modelId?: Hex
  },
): Promise<JobEvent[]> {
  const first = fromBlock ?? BigInt(deployment.deploymentBlock)
  const last = toBlock ?? (await getBlockNumber(client, { cacheTime: 0 }))
  const topics = filter.requestsOnly
    ? [requestedSelector, filter.jobId ?? null, filter.modelId ?? null, padAddress(filter.requester)]
    : [selectors, filter.jobId ?? null]
  const events: JobEvent[] = []
  for (let from = first; from <= last; from += logRangeBlocks) {
    const to = from + logRangeBlocks - 1n < last ? from + logRangeBlocks - 1n : last
    // viem's own getLogs filters by arguments for a single event only; a job's events share their first topic.
    const logs: RpcLog[] = await client.request({
      method: 'eth_getLogs',
      params: [
        { address: deployment.addresses.jobMarket, topics, fromBlock: numberToHex(from), toBlock: numberToHex(to) },
      ],
    })
    events.push(
      ...parseJobEvents(
        logs.map((log) => formatLog(log)),
        deployment.addresses.jobMarket,
      ),
    )
  }
  return events
}

function padAddress(address: Address | undefined): Hex | null {
  return address === undefined ? null : `0x${address.slice(2).toLowerCase().padStart(64, '0')}`
}
