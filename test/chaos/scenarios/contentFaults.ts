import { type ContentFaults, startContentProxy } from '../contentProxy.ts'
import { openJobStream } from '../jobStream.ts'
import type { Scenario } from '../scenario.ts'

const jobs = { short: 2, full: 12 } as const

/** What the gateway does, one after the other; a worker with an empty cache fetches model and input through the first. */
const weathers: Partial<ContentFaults>[] = [
  { corrupt: 0.4 },
  { error: 0.2, cut: 0.2 },
  { slow: 0.8, slowMs: 1000 },
  { corrupt: 0.15, error: 0.1, cut: 0.1, slow: 0.2, slowMs: 500 },
]

/** Puts a gateway between worker and content that corrupts, cuts, delays and fails. */
export const contentFaults: Scenario = {
  name: 'content',
  about: 'content corrupt, cut, slow and failing',
  run: async (world) => {
    const { market, random, profile } = world
    const worker = await market.addWorker()
    const stream = openJobStream(world, worker)
    const proxy = await startContentProxy({ target: market.network.gatewayUrl, random })

    const daemon = worker.start({ ASSAY_WORKER_CONTENT_GATEWAY_URLS: proxy.url })
    for (const weather of weathers) {
      proxy.set(weather)
      for (let job = 0; job < jobs[profile]; job++) {
        await stream.request()
        await stream.drain(daemon, { count: 1 })
      }
    }

    proxy.set({})
    const findings = await stream.finish(daemon)
    await proxy.close()
    return { figures: { jobs: stream.jobs().length, ...proxy.counts }, findings }
  },
}
