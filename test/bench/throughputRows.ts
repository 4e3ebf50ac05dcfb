import { getJobEvents, type JobEvent } from '@assay/sdk/jobEvents'
import type { Hex } from 'viem'
import { createClient, webSocket } from 'viem'
import { watchBlocks } from 'viem/actions'
import { type BenchMarket, stopWorker, untilReady, untilSettled } from './benchMarket.ts'
import { type BenchRow, measuredRow, quantile } from './benchRow.ts'

const jobsAtOnce = 12
/** Requested beyond what is worked on, so that the worker never waits for the requester. */
const waiting = 8

/**
 * Digits that the worker answers, proves and settles a second, on a real chain with answers handed in together: from the block of the
 * first request to the block that settled the last, as viem's watcher in another process sees them. The first job proves the model.
 */
export async function throughputRows(market: BenchMarket, jobs: number): Promise<BenchRow[]> {
  const { network } = market
  const seen = new Map<bigint, number>()
  const client = createClient({ transport: webSocket(network.rpcUrl.replace(/^http/, 'ws')) })
  const unwatch = watchBlocks(client, { onBlock: ({ number }) => void seen.set(number, Date.now()), emitMissed: true })
  const worker = market.startServing({
    LIMITS_JOBS: `${jobsAtOnce}`,
    CHAIN_BATCH_ABOVE_GWEI: '0',
    CHAIN_BATCH_WAIT_SECONDS: '1',
  })
  try {
    await untilReady(worker)
    await untilSettled(worker, await market.requestDigit(0))
    const jobIds: Hex[] = []
    let asked = 0
    async function keepBusy(): Promise<void> {
      while (asked < jobs) {
        asked += 1
        const jobId = await market.requestDigit(asked)
        jobIds.push(jobId)
        await untilSettled(worker, jobId)
      }
    }
    await Promise.all(Array.from({ length: jobsAtOnce + waiting }, keepBusy))

    const lives = await Promise.all(jobIds.map(async (jobId) => lifeOf(await eventsOf(market, jobId), seen)))
    const begun = Math.min(...lives.map(({ requested }) => requested))
    const ended = Math.max(...lives.map(({ settled }) => settled))
    const took = lives.map(({ requested, settled }) => settled - requested)
    const batches = new Set(lives.map(({ transaction }) => transaction)).size
    return [
      measuredRow({
        what: `digits answered, proved and settled, ${jobsAtOnce} at once, batches of up to 8`,
        measured: (jobs * 1000) / (ended - begun),
        unit: 'jobs/s',
        target: { atLeast: 5 },
        beside: `${jobs} in ${((ended - begun) / 1000).toFixed(1)} s by ${batches} transactions; block → settlement median ${quantile(took, 0.5).toFixed(0)} ms, p95 ${quantile(took, 0.95).toFixed(0)}, with ${waiting} waiting`,
      }),
    ]
  } finally {
    unwatch()
    await stopWorker(worker)
    ;(await client.transport.getRpcClient()).close()
  }
}

function eventsOf({ client, network }: BenchMarket, jobId: Hex): Promise<JobEvent[]> {
  return getJobEvents(client(0), { deployment: network, jobId })
}

function lifeOf(events: JobEvent[], seen: Map<bigint, number>) {
  const at = (name: JobEvent['name']) => {
    const event = events.find((candidate) => candidate.name === name)
    const time = event && seen.get(event.blockNumber)
    if (event === undefined || time === undefined) throw new Error(`The watcher did not see the block of a ${name}.`)
    return { time, transaction: event.transactionHash }
  }
  const settled = at('JobSettled')
  return { requested: at('JobRequested').time, settled: settled.time, transaction: settled.transaction }
}
