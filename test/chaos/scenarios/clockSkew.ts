import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openJobStream } from '../jobStream.ts'
import type { Scenario } from '../scenario.ts'

/** Seconds by which the worker's clock steps away from the chain's while it works; the last ones are only of the full profile. */
const steps = [-3600, 45, 86_400, -86_400, 600, -45, 30 * 86_400, -7200, 86_400, 20, -30 * 86_400, 3600]
const rounds = { short: 4, full: steps.length } as const
const library = globSync('/usr/lib/*/faketime/libfaketime.so.1')[0]

/** Steps the worker's clock while jobs are claimed, back and forth, with a restart now and then. */
export const clockSkew: Scenario = {
  name: 'clock',
  about: 'clock of the worker days and hours off, stepping while it works',
  run: async (world) => {
    if (library === undefined) return { skipped: 'libfaketime is missing; install it with apt-get install faketime' }
    const { market, random, profile } = world
    const worker = await market.addWorker()
    const stream = openJobStream(world, worker)
    const clock = join(market.folder, 'clock')
    const environment = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_CACHE_DURATION: '1',
      // A machine's monotonic clock does not step.
      DONT_FAKE_MONOTONIC: '1',
    }
    const setClock = (seconds: number) => writeFileSync(clock, `${seconds < 0 ? '' : '+'}${seconds}\n`)
    let restarts = 0

    setClock(0)
    let daemon = worker.start(environment)
    for (const step of steps.slice(0, rounds[profile])) {
      const jobs = [await stream.request(), await stream.request()]
      await daemon.waitFor(
        ({ msg, type, jobId }) => msg === 'event' && type === 'claimed' && jobs.some((id) => id === jobId),
      )
      setClock(step)
      if (random() < 0.5) {
        daemon.signal('SIGKILL')
        await daemon.ended
        daemon = worker.start(environment)
        restarts += 1
      }
      jobs.push(await stream.request())
      // With a clock far ahead open jobs look too old to be claimed; what is claimed is answered all the same.
      await sleep(2000)
      const unclaimed = new Set(await stream.inState('Requested'))
      await stream.drain(daemon, { count: 0, except: unclaimed })
      setClock(0)
      await stream.drain(daemon, { count: 0 })
    }

    const findings = await stream.finish(daemon)
    return {
      figures: { steps: rounds[profile], restarts, jobs: stream.jobs().length },
      findings,
    }
  },
}
