import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchMarket, stopWorker, untilReady } from './benchMarket.ts'
import { type BenchRow, measuredRow, quantile } from './benchRow.ts'

/** From the start of the daemon's process to /ready, content served by it; first starts and restarts, beside a bare Node process. */
export async function readyRows(market: BenchMarket, rounds: number): Promise<BenchRow[]> {
  const times = { first: [] as number[], again: [] as number[], bare: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    times.bare.push(await timed(() => once(spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }), 'close')))
    rmSync(join(market.folder, 'worker'), { recursive: true, force: true })
    times.first.push(await startOnce(market))
    times.again.push(await startOnce(market))
  }
  const [first, again, bare] = [times.first, times.again, times.bare].map((values) => quantile(values, 0.5))
  const beside = `again ${again?.toFixed(0)}, most ${Math.max(...times.first).toFixed(0)}; a bare process ${bare?.toFixed(0)}`
  return [
    measuredRow({
      what: 'daemon ready from its first start, median',
      measured: first ?? Number.NaN,
      unit: 'ms',
      target: { atMost: 1000 },
      beside,
    }),
  ]
}

async function startOnce(market: BenchMarket): Promise<number> {
  const started = performance.now()
  const worker = market.startServing()
  await untilReady(worker)
  const took = performance.now() - started
  await stopWorker(worker)
  return took
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
