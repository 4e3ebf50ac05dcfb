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

/** Moments at which the worker is killed: the start of each stage, and each side of each broadcast. */
const moments: { name: string; test: (line: LogLine) => boolean }[] = [
  { name: 'the request is seen', test: ({ msg, type }) => msg === 'event' && type === 'requested' },
  ...['admit', 'fetchInput', 'claim', 'runInference', 'prove', 'submit', 'settle'].map((stage) => ({
    name: `the stage ${stage} begins`,
    test: (line: LogLine) => line.msg === 'stage' && line.stage === stage,
  })),
  ...['claim', 'submit'].flatMap((kind) =>
    ['stored', 'sent', 'confirmed'].map((fate) => ({
      name: `the ${kind} transaction is ${fate}`,
      test: (line: LogLine) => line.msg === `transaction ${fate}` && line.kind === kind,
    })),
  ),
  { name: 'the proof is stored', test: ({ msg, stage }) => msg === 'stage done' && stage === 'prove' },
]

async function assertSettledOnce(jobId: `0x${string}`): Promise<void> {
  const names = (await market.events(jobId)).map(({ name }) => name)
  const worker = await getWorker(client(0), { deployment: network, operator })

  assert.deepEqual(names, ['JobRequested', 'JobClaimed', 'JobAnswered', 'JobSettled'])
  assert.equal(worker?.bonded, 0n)
  assert.equal(worker?.free, parseEther('1'))
}

/** Waits until the worker knows that the job is settled, from its own work or from the chain. */
async function waitUntilSettled(worker: WorkerProcess, jobId: string): Promise<void> {
  await worker.waitFor(
    (line) => line.jobId === jobId && (line.msg === 'job settled' || (line.msg === 'event' && line.type === 'settled')),
  )
}

async function statusOf(worker: WorkerProcess, jobId: string): Promise<string | undefined> {
  const response = await fetch(`${worker.statusUrl()}/jobs`)
  // The status server lists jobs with these members.
  const jobs = (await response.json()) as { jobId: string; status: string }[]
  return jobs.find((job) => job.jobId === jobId)?.status
}

for (const [index, moment] of moments.entries()) {
  test(`behavior: S0-TASK-1 killed when ${moment.name}, the worker finishes the job once and keeps its bond`, async () => {
    const digit = heldOut[index]
    assert.ok(digit !== undefined)
    const input = await market.encode(digit)
    const dataDir = `killed${index}`
    const first = market.startWorker({ dataDir })
    await first.waitFor(({ msg, dependency }) => msg === 'dependency changed' && dependency === 'account')

    const jobId = await market.request(input)
    await first.waitFor((line) => line.jobId === jobId && moment.test(line))
    first.signal('SIGKILL')
    assert.equal(await first.ended, 'SIGKILL')
    const second = market.startWorker({ dataDir })
    await waitUntilSettled(second, jobId)

    await assertSettledOnce(jobId)
    assert.equal(await statusOf(second, jobId), 'settled')
    second.signal('SIGTERM')
    assert.equal(await second.ended, 0)
  })
}

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
  await waitUntilSettled(second, jobId)

  await assertSettledOnce(jobId)
  second.signal('SIGTERM')
  assert.equal(await second.ended, 0)
})
