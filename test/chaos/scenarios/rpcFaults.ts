import { type ChainFaults, type ChainProxy, startChainProxy } from '../chainProxy.ts'
import { openJobStream } from '../jobStream.ts'
import type { Scenario } from '../scenario.ts'

const jobs = { short: 2, full: 20 } as const

/** What one endpoint does on its own, one after the other, and what two do side by side. */
const weathers: { first: Partial<ChainFaults>; second?: Partial<ChainFaults> }[] = [
  { first: { swallow: 0.3, error: 0.05, delayMs: 50 } },
  { first: { error: 0.1, cut: 0.1, swallow: 0.3, delayMs: 100 } },
  { first: { stale: 0.3, behind: 3, swallow: 0.3, delayMs: 20 } },
  {
    first: { stale: 1, behind: 2 },
    second: { error: 0.15, swallow: 0.3, delayMs: 50 },
  },
]

/** Puts endpoints between worker and chain that fail, delay, cut, drop 30 % of transactions and lag behind. */
export const rpcFaults: Scenario = {
  name: 'rpc',
  about: 'RPC errors, delays, cut answers, stale heads, 30 % of transactions dropped',
  run: async (world) => {
    const { market, random, profile } = world
    const worker = await market.addWorker()
    const stream = openJobStream(world, worker)
    const target = market.chain.rpcUrl
    const one = await startChainProxy({ target, random })
    const other = await startChainProxy({ target, random })

    let daemon = worker.start({ ASSAY_WORKER_CHAIN_RPC_URLS: one.url })
    // Blocks come without transactions too, or an endpoint that is behind would stay so.
    const mining = setInterval(() => void market.control.mine({ blocks: 1 }), 500)
    try {
      for (const { first, second } of weathers) {
        if (second !== undefined) {
          daemon.signal('SIGTERM')
          await daemon.ended
          daemon = worker.start({ ASSAY_WORKER_CHAIN_RPC_URLS: `${one.url},${other.url}` })
        }
        one.set(first)
        other.set(second ?? {})
        for (let job = 0; job < jobs[profile]; job++) {
          await stream.request()
          await stream.drain(daemon, { count: 1 })
        }
        await stream.drain(daemon, { count: 0 })
      }
    } finally {
      clearInterval(mining)
      one.set({})
      other.set({})
    }

    const findings = await stream.finish(daemon)
    await Promise.all([one.close(), other.close()])
    return { figures: { jobs: stream.jobs().length, ...sum([one, other]) }, findings }
  },
}

function sum(proxies: ChainProxy[]): Record<string, number> {
  const total: Record<string, number> = {}
  for (const { counts } of proxies) {
    for (const [fault, count] of Object.entries(counts)) total[fault] = (total[fault] ?? 0) + count
  }
  return total
}
