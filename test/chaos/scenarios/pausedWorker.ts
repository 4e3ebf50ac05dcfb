import { setTimeout as sleep } from 'node:timers/promises'
import { expireJob } from '@assay/sdk/expireJob'
import { getJob } from '@assay/sdk/getJob'
import type { Hex } from 'viem'
import type { WorkerProcess } from '../../integration/workerMarket.ts'
import { openJobStream } from '../jobStream.ts'
import type { Scenario } from '../scenario.ts'

const rounds = { short: 3, full: 24 } as const

/**
 * Stops the worker with SIGSTOP in the middle of jobs. Of three pauses the first is short, the second lasts beyond the time that claimed
 * jobs are due, and after the third somebody has enforced their bonds as well: what is claimed then is the machine's fault.
 */
export const pausedWorker: Scenario = {
  name: 'pause',
  about: 'SIGSTOP for longer than claims last, then SIGCONT',
  run: async (world) => {
    const { market, random, profile } = world
    const { chain, network } = market
    const worker = await market.addWorker()
    const stream = openJobStream(world, worker)
    const missed = new Set<Hex>()
    let enforced = 0

    const daemon = worker.start()
    for (let round = 0; round < rounds[profile]; round++) {
      await stream.drain(daemon, { count: 0, except: missed })
      await stream.topUp(2 + missed.size)
      await claimSeen(daemon, stream.jobs().slice(-2))
      await sleep(random() * 1500)
      daemon.signal('SIGSTOP')
      await sleep(500 + random() * 1500)
      if (round % 3 > 0) {
        const held = await stream.inState('Claimed')
        await chain.passTime(301)
        for (const jobId of held) missed.add(jobId)
        for (const jobId of round % 3 === 2 ? held : []) {
          const { order } = await getJob(chain.clientOf(0), { deployment: network, jobId })
          await expireJob(chain.clientOf(0), { deployment: network, order })
          enforced += 1
        }
      }
      daemon.signal('SIGCONT')
    }

    const findings = await stream.finish(daemon, { missed })
    return { figures: { pauses: rounds[profile], jobs: stream.jobs().length, missed: missed.size, enforced }, findings }
  },
}

/** Waits until one of the jobs is claimed, so that the pause hits something. */
async function claimSeen(daemon: WorkerProcess, jobs: Hex[]): Promise<void> {
  await daemon.waitFor(({ msg, type, jobId }) => msg === 'event' && type === 'claimed' && jobs.includes(jobId as Hex))
}
