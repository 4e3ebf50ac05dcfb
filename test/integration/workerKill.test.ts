import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { getWorker } from '@assay/sdk/getWorker'
import { parseEther, zeroAddress } from 'viem'
import { type LogLine, startMarket, type WorkerProcess } from './workerMarket.ts'

const market = await startMarket()
after(() => market.close())
const { network, client, heldOut } = market
const operator = client(2).account?.address ?? zeroAddress

type Moment = { name: string; test: (line: LogLine) => boolean }

/** Where the worker is killed, each with a job of its own: when it first sees the job and when each stage begins. */
const beginnings: Moment[] = [
  { name: 'the request is seen', test: ({ msg, type }) => msg === 'event' && type === 'requested' },
  ...['admit', 'fetchInput', 'claim', 'runInference', 'prove', 'submit', 'settle'].map((stage) => ({
    name: `the stage ${stage} begins`,
    test: (line: LogLine) => line.msg === 'stage' && line.stage === stage,
  })),
]

/** Where it is killed again and again with one job: both sides of each broadcast, and when the proof is stored. */
const crossings: Moment[] = [
  ...['stored', 'sent', 'confirmed'].map((fate) => transactionIs('claim', fate)),
  { name: 'the proof is stored', test: ({ msg, stage }) => msg === 'stage done' && stage === 'prove' },
  ...['stored', 'sent', 'confirmed'].map((fate) => transactionIs('submit', fate)),
]

function transactionIs(kind: string, fate: string): Moment {
  return {
    name: `the ${kind} is ${fate}`,
    test: (line) => line.msg === `transaction ${fate}` && line.kind === kind,
  }
}

async function assertSettledOnce(jobId: `0x${string}`): Promise<void> {
  const names = (await market.events(jobId)).map(({ name }) => name)
  const worker = await getWorker(client(0), { deployment: network, operator })

  assert.deepEqual(names, ['JobRequested', 'JobClaimed', 'JobAnswered', 'JobSettled'])
  assert.equal(worker?.bonded, 0n)
  assert.equal(worker?.free, parseEther('1'))
}

/** The line of a worker that has reached the chain and found its account there. */
function isUp({ msg, dependency }: LogLine): boolean {
  return msg === 'dependency changed' && dependency === 'account'
}

/** Whether the line says that the job is settled, from the worker's own work or from the chain. */
function saysSettled(line: LogLine, jobId: string): boolean {
  return line.jobId === jobId && (line.msg === 'job settled' || (line.msg === 'event' && line.type === 'settled'))
}

async function statusOf(worker: WorkerProcess, jobId: string): Promise<string | undefined> {
  const response = await fetch(`${worker.statusUrl()}/jobs`)
  // The status server lists jobs with these members.
  const jobs = (await response.json()) as { jobId: string; status: string }[]
  return jobs.find((job) => job.jobId === jobId)?.status
}

/** The first job of a store is proved before it is claimed; later ones are claimed first. Both orders are tried. */
const kills = [
  ...beginnings.map((moment) => ({ ...moment, dataDir: 'killed' })),
  ...beginnings.slice(2).map((moment, index) => ({
    name: `${moment.name} in an empty store`,
    test: moment.test,
    dataDir: `killed${index}`,
  })),
]

for (const [index, moment] of kills.entries()) {
  test(`behavior: S0-TASK-1 killed when ${moment.name}, the worker finishes the job once and keeps its bond`, async () => {
    const digit = heldOut[index]
    assert.ok(digit !== undefined)
    const input = await market.encode(digit)
    const { dataDir } = moment
    const first = market.startWorker({ dataDir })
    await first.waitFor(isUp)

    const jobId = await market.request(input)
    await first.waitFor((line) => line.jobId === jobId && moment.test(line))
    first.signal('SIGKILL')
    assert.equal(await first.ended, 'SIGKILL')
    const second = market.startWorker({ dataDir })
    await second.waitFor(isUp)
    // A kill comes a little late: the first may have recorded the settlement before it died.
    if ((await statusOf(second, jobId)) !== 'settled') await second.waitFor((line) => saysSettled(line, jobId))

    await assertSettledOnce(jobId)
    assert.equal(await statusOf(second, jobId), 'settled')
    second.signal('SIGTERM')
    assert.equal(await second.ended, 0)
  })
}

test('behavior: S0-TASK-1 killed at each broadcast of one job in turn, the worker finishes it once and keeps its bond', async () => {
  const digit = heldOut[40]
  assert.ok(digit !== undefined)
  const jobId = await market.request(await market.encode(digit))

  for (const index of crossings.keys()) {
    // A kill comes a little late: what was waited for may have happened before the last one.
    const isDue = (line: LogLine) => crossings.slice(index).some(({ test }) => test(line)) || saysSettled(line, jobId)
    const worker = market.startWorker({ dataDir: 'crossed' })
    await worker.waitFor(isUp)
    const isOver = (await statusOf(worker, jobId)) === 'settled'
    if (!isOver) await worker.waitFor((line) => line.jobId === jobId && isDue(line))
    worker.signal('SIGKILL')
    await worker.ended
    if (isOver) break
  }
  const last = market.startWorker({ dataDir: 'crossed' })
  await last.waitFor(isUp)
  if ((await statusOf(last, jobId)) !== 'settled') await last.waitFor((line) => saysSettled(line, jobId))

  await assertSettledOnce(jobId)
  last.signal('SIGTERM')
  assert.equal(await last.ended, 0)
})

test('invariant: a worker that lost its store after the claim reads the chain again and finishes the job', async () => {
  const digit = heldOut[50]
  assert.ok(digit !== undefined)
  const input = await market.encode(digit)
  const first = market.startWorker({ dataDir: 'lost' })
  const jobId = await market.request(input)
  await first.waitFor(({ msg, stage }) => msg === 'stage' && stage === 'prove')
  first.signal('SIGKILL')
  await first.ended
  rmSync(join(market.folder, 'lost'), { recursive: true })

  const second = market.startWorker({ dataDir: 'lost' })
  await second.waitFor((line) => saysSettled(line, jobId))

  await assertSettledOnce(jobId)
  second.signal('SIGTERM')
  assert.equal(await second.ended, 0)
})
