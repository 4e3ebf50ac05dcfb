import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkerProcess } from '../../integration/workerMarket.ts'
import { openJobStream } from '../jobStream.ts'
import type { Scenario } from '../scenario.ts'

const kills = { short: 8, full: 200 } as const
/** From its start to the answer of a second job the worker writes about so many lines. */
const lines = 50
/** The longest time between two lines is that of a proof. */
const longestMs = 1200
/** A net below a worker that has nothing more to write. */
const idleMs = 20_000

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
      // A place in its log and a while after it, mostly a short one: so it gets as far on a busy machine as on an idle one.
      const line = Math.ceil(random() * lines)
      await Promise.race([linesWritten(daemon, line), sleep(idleMs)])
      await sleep(random() ** 3 * longestMs)
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
