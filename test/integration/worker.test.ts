import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { addContent } from '@assay/sdk/content'
import { getBalance } from '@assay/sdk/getBalance'
import { getJob } from '@assay/sdk/getJob'
import { getWorker } from '@assay/sdk/getWorker'
import { verifyResult } from '@assay/sdk/verifyResult'
import { parseEther, zeroAddress } from 'viem'
import { freePort, type LogLine, startMarket, writeKey } from './workerMarket.ts'

const market = await startMarket()
after(() => market.close())
const { network, client, heldOut } = market
const operator = client(2).account?.address ?? zeroAddress

function digit(index: number) {
  const found = heldOut[index]
  assert.ok(found !== undefined)
  return found
}

function isSettled(jobId: string) {
  return (line: LogLine) => line.jobId === jobId && line.msg === 'job settled'
}

function isDeclined(jobId: string) {
  return (line: LogLine) => line.jobId === jobId && line.msg === 'job declined'
}

/** Read from a server of this repository; tests know its shape. */
// biome-ignore lint/suspicious/noExplicitAny: JSON of the status server
async function getJson(url: string): Promise<{ status: number; body: any }> {
  const response = await fetch(url)
  return { status: response.status, body: await response.json() }
}

test('behavior: S0-AUD-1 S2-ESC-1 a job goes from request to settlement, each step after the evidence for it', async () => {
  const worker = market.startWorker()
  const input = await market.encode(digit(0))
  const before = await getBalance(client(2), { deployment: network, account: operator, token: zeroAddress })

  const jobId = await market.request(input)
  await worker.waitFor(isSettled(jobId))

  const job = await getJob(client(0), { deployment: network, jobId })
  assert.equal(job.state, 'Settled')
  assert.equal(job.payout?.worker, operator)
  const { workerShare = 0n, royalty = 0n, fee = 0n } = job.payout ?? {}
  assert.equal(workerShare + royalty + fee, job.claim?.price)
  const paid = await getBalance(client(2), { deployment: network, account: operator, token: zeroAddress })
  assert.equal(paid.free - before.free, workerShare)

  const own = worker.lines.filter((line) => line.jobId === jobId)
  const steps = own.map(({ msg, stage, kind }) => `${msg}${stage ? ` ${stage}` : ''}${kind ? ` ${kind}` : ''}`)
  const order = [
    'stage done fetchInput',
    'transaction stored claim',
    'transaction confirmed claim',
    'stage runInference',
    'stage done prove',
    'transaction stored submit',
    'transaction sent submit',
    'transaction confirmed submit',
    'job settled',
  ]
  assert.deepEqual(
    steps.filter((step) => order.includes(step)),
    order,
  )
  const services = ['worker', 'chain', 'content', 'inference', 'prover', 'http']
  for (const line of worker.lines) assert.ok(services.includes(String(line.service)), JSON.stringify(line))

  const { body: jobs } = await getJson(`${worker.statusUrl()}/jobs`)
  const shown = jobs.find((entry: { jobId: string }) => entry.jobId === jobId)
  assert.equal(shown.status, 'settled')
  assert.equal(shown.settlement.workerShare, workerShare.toString())
  assert.equal((await getJson(`${worker.statusUrl()}/ready`)).status, 200)

  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
})

test('behavior: a settled answer is the exact graph’s, verified without the worker', async () => {
  const worker = market.startWorker()
  const jobId = await market.request(await market.encode(digit(1)))
  await worker.waitFor(isSettled(jobId))

  const verified = await verifyResult(client(0), { deployment: network, gatewayUrl: network.gatewayUrl, jobId })

  assert.equal(JSON.stringify(verified, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)).includes('false'), false)
  worker.signal('SIGTERM')
  await worker.ended
})
