import { getJobEvents } from '@assay/sdk/jobEvents'
import type { Hex } from 'viem'
import { createClient, webSocket } from 'viem'
import { watchBlocks } from 'viem/actions'
import { type BenchMarket, stopWorker, untilReady, untilSettled } from './benchMarket.ts'
import { type BenchRow, measuredRow, quantile } from './benchRow.ts'

/**
 * From the block of a request, as viem's own watcher in another process sees it, to the claim's broadcast, as the worker logs it. One
 * digit at a time; a first one proves the model, which later ones need not wait for.
 */
export async function claimRows(market: BenchMarket, rounds: number): Promise<BenchRow[]> {
  const { network } = market
  const seen = new Map<bigint, number>()
  const client = createClient({ transport: webSocket(network.rpcUrl.replace(/^http/, 'ws')) })
  const unwatch = watchBlocks(client, { onBlock: ({ number }) => void seen.set(number, Date.now()) })
  const worker = market.startServing()
  try {
    await untilReady(worker)
    await untilSettled(worker, await market.requestDigit(0))
    const delays = { claim: [] as number[], event: [] as number[] }
    for (let round = 1; round <= rounds; round++) {
      const jobId = await market.requestDigit(round)
      await untilSettled(worker, jobId)
      const at = seen.get(await requestBlock(market, jobId))
      const timeOf = (test: Record<string, string>) =>
        Date.parse(
          String(worker.lines.find((line) => Object.entries(test).every(([key, value]) => line[key] === value))?.time),
        )
      if (at === undefined) throw new Error(`The watcher was not told of the block of job ${jobId}.`)
      delays.claim.push(timeOf({ msg: 'transaction sent', kind: 'claim', jobId }) - at)
      delays.event.push(timeOf({ msg: 'event', type: 'requested', jobId }) - at)
    }
    const shown = (values: number[]) => `${quantile(values, 0.5).toFixed(0)} (p95 ${quantile(values, 0.95).toFixed(0)})`
    return [
      measuredRow({
        what: `block seen by viem's watcher → claim sent by the worker, p95 of ${rounds}`,
        measured: quantile(delays.claim, 0.95),
        unit: 'ms',
        target: { atMost: 100 },
        beside: `median ${quantile(delays.claim, 0.5).toFixed(0)}; the event is stored after ${shown(delays.event)}`,
      }),
    ]
  } finally {
    unwatch()
    await stopWorker(worker)
    ;(await client.transport.getRpcClient()).close()
  }
}

async function requestBlock({ client, network }: BenchMarket, jobId: Hex): Promise<bigint> {
  const events = await getJobEvents(client(0), { deployment: network, jobId })
  const requested = events.find(({ name }) => name === 'JobRequested')
  if (requested === undefined) throw new Error(`Job ${jobId} has no request.`)
  return requested.blockNumber
}
