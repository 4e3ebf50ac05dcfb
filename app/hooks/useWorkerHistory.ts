import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { workerRegistryAbi } from '@assay/sdk/abi/workerRegistry'
import type { RequestedJob } from '@assay/sdk/inspectJobs'
import { type JobEvent, parseJobEvents } from '@assay/sdk/jobEvents'
import { useInfiniteQuery } from '@tanstack/react-query'
import {
  type Address,
  formatLog,
  type Hex,
  type Log,
  numberToHex,
  pad,
  parseEventLogs,
  type RpcLog,
  toEventSelector,
} from 'viem'
import { getBlockNumber } from 'viem/actions'
import { readWindows } from '../readWindows'
import { windowCache } from '../windowCache'
import type { JobNote, WorkerNote } from '../workerHistory'
import { blockTimes } from './blockTimes'
import { type Market, useMarket } from './useNetwork'

/** Notes of one page; an answered job has three. */
const pageNotes = 300
/** Blocks before a range in which the requests of its jobs are looked for: what public nodes answer at once. */
const requestBlocks = 10_000n
/** Blocks that are read again each time, as a reorganisation may change them. */
const unsettledBlocks = 128n

/** What happened to a worker, newest first, a page at a time: its jobs, what they paid or cost it, and its former signers. */
export function useWorkerHistory(operator: Address) {
  const market = useMarket()
  return useInfiniteQuery({
    queryKey: ['worker', operator, 'history'],
    initialPageParam: undefined as bigint | undefined,
    queryFn: ({ pageParam }) => readPage(market, { operator, toBlock: pageParam }),
    getNextPageParam: ({ nextToBlock }) => nextToBlock,
  })
}

type Asked = { operator: Address; toBlock: bigint | undefined }
type Page = { notes: WorkerNote[]; nextToBlock?: bigint }

// Each event of the market asks for all pages again, so that what cannot have changed in this visit is kept.
const kept = new Map<string, { upTo: bigint; page: Page }>()

async function readPage(market: Market, asked: Asked): Promise<Page> {
  const { client, scope } = market
  const { operator, toBlock } = asked
  const head = await getBlockNumber(client, { cacheTime: 0 })
  const key = `${scope}:${operator}:${toBlock ?? 'newest'}`
  const known = kept.get(key)
  // An older page that no reorganisation could change when it was read stays as it is; the newest one goes on with what came since.
  if (known && toBlock !== undefined && toBlock + unsettledBlocks <= known.upTo) return known.page
  const goesOn = known && toBlock === undefined && head >= known.upTo && head - known.upTo < requestBlocks
  const page = goesOn
    ? await addNewer(market, { operator, head, ...known })
    : await readOlder(market, { ...asked, head })
  kept.set(key, { upTo: head, page })
  return page
}

async function addNewer(
  market: Market,
  { operator, head, upTo, page }: { operator: Address; head: bigint; upTo: bigint; page: Page },
): Promise<Page> {
  // Blocks before the page are another page's.
  const first = page.nextToBlock === undefined ? BigInt(market.network.deploymentBlock) : page.nextToBlock + 1n
  const fromBlock = upTo - unsettledBlocks + 1n > first ? upTo - unsettledBlocks + 1n : first
  const newer = await readNotes(market, { operator, fromBlock, toBlock: head })
  return { ...page, notes: [...newer.toReversed(), ...page.notes.filter(({ block }) => block < fromBlock)] }
}

async function readOlder(market: Market, { operator, toBlock, head }: Asked & { head: bigint }): Promise<Page> {
  const { network, scope } = market
  const { items, nextToBlock } = await readWindows<WorkerNote>({
    deployment: network,
    head,
    toBlock: toBlock ?? head,
    limit: pageNotes,
    cache: windowCache<WorkerNote>(`worker:${scope}:${operator}`),
    read: (fromBlock, upTo) => readNotes(market, { operator, fromBlock, toBlock: upTo }),
  })
  return { notes: items, ...(nextToBlock !== undefined && { nextToBlock }) }
}

type Range = { fromBlock: bigint; toBlock: bigint }

async function readNotes(market: Market, { operator, ...range }: Range & { operator: Address }): Promise<WorkerNote[]> {
  const { jobMarket, workerRegistry } = market.network.addresses
  const own = pad(operator)
  const [jobLogs, keyLogs] = await Promise.all([
    readLogs(market, { ...range, address: jobMarket, topics: [jobSelectors, null, own] }),
    readLogs(market, { ...range, address: workerRegistry, topics: [keySelectors, own] }),
  ])
  const events = parseJobEvents(jobLogs, jobMarket)
  const requests = await readRequests(market, { ...range, jobIds: events.map(({ jobId }) => jobId) })
  const times = await readTimes(market, [...jobLogs, ...keyLogs])
  const placeOf = (block: bigint, index: number) => ({ block, index, at: times.get(block) ?? 0 })
  const jobNotes = events.flatMap((event): WorkerNote[] => {
    const note = noteOf(event, requests.get(event.jobId))
    return note ? [{ ...placeOf(event.blockNumber, event.logIndex), ...note }] : []
  })
  const keyNotes = parseEventLogs({ abi: workerRegistryAbi, logs: keyLogs, strict: true }).flatMap(
    ({ eventName, args, blockNumber, logIndex }): WorkerNote[] => {
      // Only a log that waits to be mined has no block, and none is asked for.
      const place = placeOf(blockNumber ?? 0n, logIndex ?? 0)
      if (eventName === 'SignerEnds')
        return [{ ...place, name: eventName, signer: args.signer, validUntil: args.validUntil }]
      if (eventName !== 'EquivocationProved') return []
      return [{ ...place, name: eventName, jobId: args.jobId, amount: args.penalty }]
    },
  )
  return [...jobNotes, ...keyNotes].sort((a, b) => Number(a.block - b.block) || a.index - b.index)
}

function noteOf(event: JobEvent, request: RequestedJob | undefined): JobNote | undefined {
  const { jobId } = event
  switch (event.name) {
    case 'JobClaimed':
    case 'JobAnswered':
      return { name: event.name, jobId, request }
    case 'JobSettled':
      return { name: event.name, jobId, request, amount: event.workerShare }
    case 'PayeePaid':
      return { name: event.name, jobId, request, amount: event.amount }
    case 'JobExpired':
    case 'JobOverturned':
      return { name: event.name, jobId, request, amount: event.slashed }
    case 'JobReleased':
      return { name: event.name, jobId, request, amount: event.penalty }
    default:
      return undefined
  }
}

/** The requests of jobs, where they were made within or shortly before a range of blocks. */
async function readRequests(
  market: Market,
  { fromBlock, toBlock, jobIds }: Range & { jobIds: readonly Hex[] },
): Promise<Map<Hex, RequestedJob>> {
  if (jobIds.length === 0) return new Map()
  const address = market.network.addresses.jobMarket
  const topics = [requestSelectors, [...new Set(jobIds)]]
  const oldest = BigInt(market.network.deploymentBlock)
  const first = fromBlock - requestBlocks > oldest ? fromBlock - requestBlocks : oldest
  const logs = await Promise.all([
    readLogs(market, { address, topics, fromBlock: first, toBlock: fromBlock - 1n }),
    readLogs(market, { address, topics, fromBlock, toBlock }),
  ])
  return new Map(
    parseJobEvents(logs.flat(), address).flatMap((event) =>
      event.name === 'JobRequested'
        ? [[event.jobId, { jobId: event.jobId, order: event.order, requestBlock: event.blockNumber }] as const]
        : [],
    ),
  )
}

const selectorsOf = (abi: typeof jobMarketAbi | typeof workerRegistryAbi, names: readonly string[]) =>
  abi.flatMap((item) => (item.type === 'event' && names.includes(item.name) ? [toEventSelector(item)] : []))
const jobSelectors = selectorsOf(jobMarketAbi, [
  'JobClaimed',
  'JobAnswered',
  'JobSettled',
  'PayeePaid',
  'JobExpired',
  'JobOverturned',
  'JobReleased',
])
const requestSelectors = selectorsOf(jobMarketAbi, ['JobRequested'])
const keySelectors = selectorsOf(workerRegistryAbi, ['SignerEnds', 'EquivocationProved'])

async function readLogs(
  { client }: Market,
  { address, topics, fromBlock, toBlock }: Range & { address: Address; topics: (Hex | Hex[] | null)[] },
): Promise<Log[]> {
  if (toBlock < fromBlock) return []
  // viem's own getLogs filters by arguments for a single event only.
  const logs: RpcLog[] = await client.request({
    method: 'eth_getLogs',
    params: [{ address, topics, fromBlock: numberToHex(fromBlock), toBlock: numberToHex(toBlock) }],
  })
  return logs.map((log) => formatLog(log))
}

/** Unix seconds of the blocks of logs; nodes that do not tell are asked for the blocks. */
async function readTimes({ client, scope }: Market, logs: readonly Log[]): Promise<Map<bigint, number>> {
  const known = new Map<bigint, number>()
  for (const { blockNumber, blockTimestamp } of logs) {
    if (blockNumber !== null && blockTimestamp !== undefined) known.set(blockNumber, Number(blockTimestamp))
  }
  const blocks = logs.flatMap(({ blockNumber }) =>
    blockNumber === null || known.has(blockNumber) ? [] : [blockNumber],
  )
  return new Map([...known, ...(await blockTimes(client, { scope, blocks }))])
}
