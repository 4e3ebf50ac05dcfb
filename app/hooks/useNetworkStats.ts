import { getJobEvents } from '@assay/sdk/jobEvents'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Hash } from 'viem'
import { getBlockNumber, getTransactionReceipt } from 'viem/actions'
import {
  gasShares,
  type MarketNote,
  type NetworkFigures,
  networkFigures,
  noteOf,
  type SettledJob,
  settledJobs,
} from '../networkFigures'
import { blockTimes } from './blockTimes'
import { type Market, useMarket } from './useNetwork'

/** Blocks that the figures speak of: a day where one takes 12 seconds. */
const statsBlocks = 7200n
/** Blocks that are read again each time, as a reorganisation may change them. */
const unsettledBlocks = 64n
/** Settled jobs of the feed. */
const feedJobs = 8
/** Settled jobs whose gas is looked up. */
const gasJobs = 5

/** A settled job of the feed with its moments in unix seconds. */
export type FeedJob = SettledJob & { settledAt: number | undefined; requestedAt: number | undefined }

/** The market over the last blocks: `since` is the unix seconds of the first, `gas` the median of a job's three transactions. */
export type NetworkStats = {
  figures: NetworkFigures
  feed: FeedJob[]
  gas: bigint | undefined
  since: number | undefined
  blocks: bigint
}

/** Figures of the last blocks and the newest settled jobs. After the first time only new blocks are read. */
export function useNetworkStats() {
  const market = useMarket()
  return useQuery({
    queryKey: ['networkStats', market.scope],
    placeholderData: keepPreviousData,
    queryFn: () => readStats(market),
  })
}

async function readStats(market: Market): Promise<NetworkStats> {
  const { client, scope, network } = market
  const head = await getBlockNumber(client, { cacheTime: 0 })
  const oldest = BigInt(network.deploymentBlock)
  const first = head - statsBlocks + 1n > oldest ? head - statsBlocks + 1n : oldest
  const notes = await readNotes(market, { first, head })
  const feed = settledJobs(notes, feedJobs)
  const blocks = [first, ...feed.flatMap(({ block, requestBlock }) => [block, ...(requestBlock ? [requestBlock] : [])])]
  const [times, gas] = await Promise.all([blockTimes(client, { scope, blocks }), readGas(market, notes)])
  return {
    figures: networkFigures(notes),
    feed: feed.map((job) => ({
      ...job,
      settledAt: times.get(job.block),
      requestedAt: job.requestBlock === undefined ? undefined : times.get(job.requestBlock),
    })),
    gas,
    since: times.get(first),
    blocks: head - first + 1n,
  }
}

const kept = new Map<string, { upTo: bigint; notes: readonly MarketNote[] }>()

async function readNotes(
  { client, network, scope }: Market,
  { first, head }: { first: bigint; head: bigint },
): Promise<readonly MarketNote[]> {
  const known = kept.get(scope)
  const again = known === undefined ? first : known.upTo - unsettledBlocks + 1n
  const from = again > first ? again : first
  const events = await getJobEvents(client, { deployment: network, fromBlock: from, toBlock: head })
  const fresh = events.flatMap((event) => noteOf(event) ?? [])
  const old = known?.notes.filter(({ block }) => block >= first && block < from) ?? []
  const notes = [...old, ...fresh]
  kept.set(scope, { upTo: head, notes })
  return notes
}

const gasOf = new Map<Hash, bigint>()

/** Gas of the newest settled jobs whose request is among the notes, from request to payment; the middle one. */
async function readGas({ client }: Market, notes: readonly MarketNote[]): Promise<bigint | undefined> {
  const jobs = settledJobs(notes, gasJobs).filter(({ requestBlock }) => requestBlock !== undefined)
  const perJob = await Promise.all(
    jobs.map(async ({ jobId }) => {
      const shares = await Promise.all(
        gasShares(notes, jobId).map(async ({ hash, jobs: sharers }) => {
          const gas = gasOf.get(hash) ?? (await getTransactionReceipt(client, { hash })).gasUsed
          gasOf.set(hash, gas)
          return gas / BigInt(sharers)
        }),
      )
      return shares.reduce((sum, gas) => sum + gas, 0n)
    }),
  )
  return perJob.toSorted((a, b) => Number(a - b))[Math.floor(perJob.length / 2)]
}
