import { type BenchMarket, metricOf, stopWorker, untilReady, untilSettled } from './benchMarket.ts'
import { type BenchRow, measuredRow, quantile, slopeOf } from './benchRow.ts'

const jobsAtOnce = 6
const sampleEvery = 20
/** Share of the jobs after which caches and compiled code are there. */
const warmUp = 0.3

type Sample = { x: number; resident: number; heap: number; external: number }

/** Memory of the daemon, content store included, over many jobs of the smallest model, six at once, answers handed in together. */
export async function memoryRows(market: BenchMarket, jobs: number): Promise<BenchRow[]> {
  const worker = market.startServing({
    LIMITS_JOBS: `${jobsAtOnce}`,
    CHAIN_BATCH_ABOVE_GWEI: '0',
    CHAIN_BATCH_WAIT_SECONDS: '1',
    CHAIN_BATCH_MAX: '4',
  })
  try {
    await untilReady(worker)
    await untilSettled(worker, await market.requestTiny(0))
    const samples: Sample[] = []
    const started = performance.now()
    let asked = 0
    let settled = 0
    async function keepBusy(): Promise<void> {
      while (asked < jobs) {
        asked += 1
        await untilSettled(worker, await market.requestTiny(asked))
        settled += 1
        if (settled % sampleEvery === 0) samples.push(await sampleOf(worker, settled))
        if (settled % 100 === 0) console.error(`  ${settled} jobs, ${samples.at(-1)?.resident.toFixed(0)} MB`)
      }
    }
    await Promise.all(Array.from({ length: 2 * jobsAtOnce }, keepBusy))
    const seconds = (performance.now() - started) / 1000
    return rowsOf(samples, { jobs, seconds })
  } finally {
    await stopWorker(worker)
  }
}

async function sampleOf(worker: Parameters<typeof metricOf>[0], x: number): Promise<Sample> {
  const [resident, heap, external] = await Promise.all(
    ['resident', 'heap', 'external'].map((kind) => metricOf(worker, `assay_worker_${kind}_bytes`)),
  )
  const megabytes = (bytes = Number.NaN) => bytes / 1e6
  return { x, resident: megabytes(resident), heap: megabytes(heap), external: megabytes(external) }
}

function rowsOf(samples: Sample[], { jobs, seconds }: { jobs: number; seconds: number }): BenchRow[] {
  const late = samples.filter(({ x }) => x >= jobs * warmUp)
  const slope = (kind: 'resident' | 'heap' | 'external') =>
    slopeOf(late.map((sample) => ({ x: sample.x / 100, y: sample[kind] })))
  const last = late.slice(-5)
  const median = (kind: 'resident' | 'heap' | 'external') =>
    quantile(
      last.map((sample) => sample[kind]),
      0.5,
    )
  return [
    measuredRow({
      what: `resident memory of the daemon after ${jobs} jobs`,
      measured: median('resident'),
      unit: 'MB',
      target: { atMost: 250 },
      beside: `heap ${median('heap').toFixed(0)}, external ${median('external').toFixed(0)}, most resident ${Math.max(...samples.map(({ resident }) => resident)).toFixed(0)}; ${seconds.toFixed(0)} s`,
    }),
    measuredRow({
      what: `its slope after ${jobs * warmUp} jobs, least squares`,
      measured: slope('resident'),
      unit: 'MB per 100 jobs',
      target: { atMost: 1 },
      beside: `heap ${slope('heap').toFixed(2)}, external ${slope('external').toFixed(2)}`,
    }),
  ]
}
