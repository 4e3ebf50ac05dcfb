import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import { getJob, type Job, type JobState, jobStates, terminalStates } from '@assay/sdk/getJob'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { Hex } from 'viem'
import { getBlockNumber, getLogs, readContract } from 'viem/actions'
import type { DisputeMark } from '../decidedDisputes'
import { readWindows } from '../readWindows'
import { windowCache } from '../windowCache'
import { blockTimes } from './blockTimes'
import { type Market, useMarket } from './useNetwork'

/** Answers that came without a proof, by page: what happened to them, their present states, and all of those that are not decided. */
export type DisputePage = {
  marks: DisputeMark[]
  states: ReadonlyMap<Hex, JobState>
  pending: Job[]
  /** Unix seconds of the blocks of challenges and verdicts. */
  times: ReadonlyMap<bigint, number>
  nextToBlock?: bigint
}

/** Events of one page; a job has one to three of them. */
const pageMarks = 40

/** Answers that were handed in without a proof, newest first, a page at a time. */
export function useDisputes() {
  const market = useMarket()
  return useInfiniteQuery({
    queryKey: ['disputes'],
    initialPageParam: undefined as bigint | undefined,
    queryFn: ({ pageParam }) => readPage(market, pageParam),
    getNextPageParam: ({ nextToBlock }) => nextToBlock,
  })
}

const events = jobMarketAbi.filter(
  (item) =>
    item.type === 'event' &&
    (item.name === 'AnswerPending' || item.name === 'JobChallenged' || item.name === 'JobOverturned'),
)

async function readPage(market: Market, toBlock: bigint | undefined): Promise<DisputePage> {
  const { network, client, scope } = market
  const head = await getBlockNumber(client, { cacheTime: 0 })
  const { items, nextToBlock } = await readWindows<DisputeMark>({
    deployment: network,
    head,
    toBlock: toBlock ?? head,
    limit: pageMarks,
    cache: windowCache<DisputeMark>(`disputes:${scope}`),
    read: async (fromBlock, to) => {
      const address = network.addresses.jobMarket
      const logs = await getLogs(client, { address, events, fromBlock, toBlock: to, strict: true })
      return logs.map(({ blockNumber: block, eventName: name, args }) =>
        name === 'AnswerPending'
          ? { block, name, jobId: args.jobId }
          : { block, name, jobId: args.jobId, challenger: args.challenger },
      )
    },
  })
  const jobIds = [...new Set(items.map(({ jobId }) => jobId))]
  const states = new Map(await Promise.all(jobIds.map(async (id) => [id, await readState(market, id)] as const)))
  const isPending = (jobId: Hex) => states.get(jobId) === 'Answered' || states.get(jobId) === 'Challenged'
  const pending = await Promise.all(
    jobIds.filter(isPending).map((jobId) => getJob(client, { deployment: network, jobId })),
  )
  const disputed = items.flatMap(({ name, block }) => (name === 'AnswerPending' ? [] : [block]))
  const times = await blockTimes(client, { scope, blocks: disputed })
  return { marks: items, states, pending, times, ...(nextToBlock !== undefined && { nextToBlock }) }
}

// A job never leaves a terminal state, so each is asked for once in a visit.
const ended = new Map<string, JobState>()

async function readState({ network, client, scope }: Market, jobId: Hex): Promise<JobState> {
  const key = `${scope}:${jobId}`
  const known = ended.get(key)
  if (known) return known
  const address = network.addresses.jobMarket
  const stored = await readContract(client, { address, abi: jobMarketAbi, functionName: 'jobOf', args: [jobId] })
  const state = jobStates[stored.state] ?? 'None'
  if (terminalStates.includes(state)) ended.set(key, state)
  return state
}
