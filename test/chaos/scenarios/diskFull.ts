import { execFileSync } from 'node:child_process'
import { mkdirSync, statfsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkerProcess } from '../../integration/workerMarket.ts'
import { misbehaved, openJobStream } from '../jobStream.ts'
import type { Scenario } from '../scenario.ts'

const rounds = { short: 3, full: 20 } as const
/** What the disk holds when it is not full: room for what the model cache leaves free, and a little more. It costs no memory. */
const diskMb = 768

/** A disk whose size changes while it is used. */
type Disk = { fill: () => void; free: () => void; remove: () => void }

/** Lets the worker's disk run full at random moments, and restarts the worker on it. */
export const diskFull: Scenario = {
  name: 'disk',
  about: 'disk full at random moments, with restarts while it is',
  run: async (world) => {
    const { market, random, profile } = world
    const worker = await market.addWorker()
    const disk = mountDisk(worker.dataDir)
    if (typeof disk === 'string') return { skipped: disk }
    const stream = openJobStream(world, worker)
    let restarts = 0
    const died: string[] = []

    try {
      let daemon = worker.start()
      for (let round = 0; round < rounds[profile]; round++) {
        await stream.topUp(2)
        await sleep(random() * 3000)
        disk.fill()
        if (random() < 0.5) {
          daemon.signal('SIGKILL')
          await daemon.ended
          daemon = worker.start()
          restarts += 1
        }
        await sleep(1000 + random() * 2000)
        disk.free()
        const code = await endedBy(daemon)
        if (code !== undefined) {
          // As a service manager does: it may not start on a full disk, but a running worker has to bear one.
          if (daemon.lines.some(({ msg }) => msg === 'worker started')) died.push(`${code}: ${daemon.errorOutput()}`)
          daemon = worker.start()
        }
        if (random() < 0.7) await stream.drain(daemon, { count: 0 })
      }

      const findings = await stream.finish(daemon)
      const refusedWrites = market.log().filter((line) => /disk is full|ENOSPC/.test(JSON.stringify(line))).length
      const deaths = died.map((how) => misbehaved(`A running worker ended when its disk was full, with ${how}`))
      return {
        figures: { jobs: stream.jobs().length, full: rounds[profile], restarts, refusedWrites },
        findings: [...deaths, ...findings],
      }
    } finally {
      disk.remove()
    }
  },
}

/** Exit code of a worker that has ended; undefined while it runs. */
async function endedBy(daemon: WorkerProcess): Promise<number | string | undefined> {
  return Promise.race([daemon.ended, sleep(50, undefined)])
}

/** Mounts a small memory disk; a sentence that says why not where that is not allowed. */
function mountDisk(path: string): Disk | string {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux may mount a small disk'
  mkdirSync(path, { recursive: true })
  const size = (bytes: number) => `size=${bytes}`
  const all = diskMb * 1024 * 1024
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', size(all), 'assay-chaos', path], { stdio: 'pipe' })
  } catch (error) {
    return `this machine lets nobody mount a small disk (${error instanceof Error ? error.message.split('\n').at(-2) : error})`
  }
  const resize = (bytes: number) =>
    void execFileSync('mount', ['-o', `remount,${size(bytes)}`, path], { stdio: 'pipe' })
  const unmount = () => execFileSync('umount', ['--lazy', path])
  process.once('exit', unmount)
  return {
    fill: () => {
      for (let attempt = 1; ; attempt++) {
        // What is used stays, and not a page more fits. A size of 0 would be none at all.
        const { blocks, bfree, bsize } = statfsSync(path)
        try {
          return resize(Math.max(1, blocks - bfree) * bsize)
        } catch (error) {
          // What was written since it was counted does not fit the size asked for, and the system refuses to make the disk smaller.
          if (attempt === 100) throw error
        }
      }
    },
    free: () => resize(all),
    remove: () => {
      process.off('exit', unmount)
      unmount()
    },
  }
}
