import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkerProcess } from '../../integration/workerMarket.ts'
import { openJobStream } from '../jobStream.ts'
import type { Scenario } from '../scenario.ts'

const kills = { short: 15, full: 200 } as const
/** A run of the worker from its start to the answer of a second job writes about so many lines. */
const lines = 90
const longestMs = 7000

/** Ends the worker with SIGKILL at random points of a stream of jobs, start-up included, and starts it again on the same data. */
export const killWorker: Scenario = {
  name: 'kill',
  about: 'kill -9 at random points, restart on the same data',
  run: async (world) => {
    const { market, random, profile } = world
    const worker = await market.addWorker()
    const stream = openJobStream(world, worker)

    for (let kill = 0; kill < kills[profile]; kill++) {
      await stream.topUp(3)
      const daemon = worker.start()
      // Half of the points are places in the program, half are moments.
      const line = random() < 0.5 ? Math.ceil(random() * lines) : Number.POSITIVE_INFINITY
      await Promise.race([linesWritten(daemon, line), sleep(random() * longestMs)])
      await sleep(random() * 20)
      daemon.signal('SIGKILL')
      await daemon.ended
    }

    const findings = await stream.finish(worker.start())
    return { figures: { kills: kills[profile], jobs: stream.jobs().length }, findings }
  },
}

async function linesWritten(daemon: WorkerProcess, count: number): Promise<void> {
  // A worker that ends before has nothing to be waited for.
  await daemon.waitFor(() => daemon.lines.length >= count).catch(() => undefined)
}
