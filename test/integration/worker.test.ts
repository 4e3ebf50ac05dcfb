import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { decodeGraph, encodeGraph, graphId } from '@assay/circuits/graphFile'
import type { OrderTerms } from '@assay/sdk/buildOrder'
import { addContent } from '@assay/sdk/content'
import { encodeExactInput } from '@assay/sdk/encodeInput'
import { getBalance } from '@assay/sdk/getBalance'
import { getJob } from '@assay/sdk/getJob'
import { getModel } from '@assay/sdk/getModel'
import { getWorker } from '@assay/sdk/getWorker'
import { assertVerified, verifyResult } from '@assay/sdk/verifyResult'
import { freePort } from '@assay/worker/freePort'
import { listen } from '@assay/worker/listen'
import { type Hex, parseEther, zeroAddress, zeroHash } from 'viem'
import { type LogLine, startMarket, type WorkerProcess, writeKey } from './workerMarket.ts'

const market = await startMarket()
after(() => market.close())
const { network, client, heldOut, manifest } = market
const operator = client(2).account?.address ?? zeroAddress

/** What /jobs lists. */
type ShownJob = { jobId: string; status: string; reason?: string; settlement?: { workerShare: string } }

async function encodeDigit(index: number) {
  const digit = heldOut[index]
  assert.ok(digit !== undefined)
  return market.encode(digit)
}

function lineOf(jobId: string, msg: string) {
  return (line: LogLine) => line.jobId === jobId && line.msg === msg
}

async function shownJob(worker: WorkerProcess, jobId: string): Promise<ShownJob | undefined> {
  const response = await fetch(`${worker.statusUrl()}/jobs`)
  const jobs = (await response.json()) as ShownJob[]
  return jobs.find((job) => job.jobId === jobId)
}

async function stop(worker: WorkerProcess): Promise<void> {
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
}

async function assertNeverClaimed(worker: WorkerProcess, jobId: Hex): Promise<void> {
  assert.deepEqual(
    worker.lines.filter((line) => line.jobId === jobId && (line.stage === 'claim' || line.kind === 'claim')),
    [],
  )
  assert.deepEqual(
    (await market.events(jobId)).map(({ name }) => name),
    ['JobRequested'],
  )
}

const claiming = ['transaction stored claim', 'transaction confirmed claim']
const submitting = [
  'transaction stored submit',
  'transaction sent submit',
  'transaction confirmed submit',
  'job settled',
]

/** The worker's log has these steps of a job, in this order and once. */
function assertSteps(worker: WorkerProcess, jobId: string, expected: string[]): void {
  const steps = worker.lines
    .filter((line) => line.jobId === jobId)
    .map(({ msg, stage, kind }) => [msg, stage, kind].filter((part) => part !== undefined).join(' '))
  assert.deepEqual(
    steps.filter((step) => expected.includes(step)),
    expected,
  )
}

test('behavior: S0-AUD-1 S2-ESC-1 a job goes from request to settlement, each step after its evidence', async () => {
  const worker = market.startWorker()
  const balance = () => getBalance(client(2), { deployment: network, account: operator, token: zeroAddress })
  const before = await balance()

  const jobId = await market.request(await encodeDigit(0))
  await worker.waitFor(lineOf(jobId, 'job settled'))

  const { state, payout, claim } = await getJob(client(0), { deployment: network, jobId })
  const { workerShare = 0n, royalty = 0n, fee = 0n } = payout ?? {}
  assert.equal(state, 'Settled')
  assert.equal(payout?.worker, operator)
  assert.equal(workerShare + royalty + fee, claim?.price)
  assert.equal((await balance()).free - before.free, workerShare)
  // The first job of a model is proved before it is claimed.
  assertSteps(worker, jobId, [
    'stage done fetchInput',
    'stage runInference',
    'stage done prove',
    ...claiming,
    ...submitting,
  ])
  for (const line of worker.lines) {
    assert.ok(
      ['worker', 'chain', 'content', 'inference', 'prover', 'queue'].includes(String(line.service)),
      JSON.stringify(line),
    )
  }
  const shown = await shownJob(worker, jobId)
  assert.equal(shown?.status, 'settled')
  assert.equal(shown?.settlement?.workerShare, `${workerShare}`)
  assertVerified(await verifyResult(client(0), { deployment: network, gatewayUrl: network.gatewayUrl, jobId }))
  await stop(worker)
})

test('behavior: S3-SBX-1 a worker told to stop finishes the job it has claimed, and ends with 0', async () => {
  const worker = market.startWorker()
  const jobId = await market.request(await encodeDigit(1))
  await worker.waitFor((line) => line.jobId === jobId && line.stage === 'claim')

  await stop(worker)

  assert.equal((await getJob(client(0), { deployment: network, jobId })).state, 'Settled')
  // The model has been proved here before, so the claim comes first.
  assertSteps(worker, jobId, [
    'stage done fetchInput',
    ...claiming,
    'stage runInference',
    'stage done prove',
    ...submitting,
  ])
})

test('behavior: a second signal ends the worker at once', async () => {
  const worker = market.startWorker()
  const jobId = await market.request(await encodeDigit(2))
  await worker.waitFor((line) => line.jobId === jobId && line.msg === 'stage' && line.stage === 'prove')

  worker.signal('SIGTERM')
  worker.signal('SIGINT')

  assert.equal(await worker.ended, 130)
  const next = market.startWorker()
  await next.waitFor((line) => line.jobId === jobId && (line.msg === 'job settled' || line.type === 'settled'))
  await stop(next)
})

test('behavior: S2-XFR-1 a gateway that serves wrong bytes is passed over', async () => {
  const liar = createServer((_request, response) => response.end('not what you asked for'))
  const { url, close } = await listen(liar, { host: '127.0.0.1', port: 0 })
  const environment = { ASSAY_WORKER_CONTENT_GATEWAY_URLS: `${url},${network.gatewayUrl}` }
  const worker = market.startWorker({ dataDir: 'lied-to', environment })

  const jobId = await market.request(await encodeDigit(3))
  await worker.waitFor(lineOf(jobId, 'job settled'))

  const failures = worker.lines.filter(({ msg, source }) => msg === 'content source failed' && source === url)
  assert.ok(failures.length >= 3)
  await stop(worker)
  await close()
})

test('behavior: what was published to the store of this machine is read from there, whatever gateways have', async () => {
  const empty = createServer((_request, response) => response.writeHead(404).end())
  const { url, close } = await listen(empty, { host: '127.0.0.1', port: 0 })
  const servePort = await freePort()
  const environment = {
    ASSAY_WORKER_CONTENT_GATEWAY_URLS: url,
    ASSAY_WORKER_CONTENT_EMBEDDED_SERVE_PORT: `${servePort}`,
  }
  const worker = market.startWorker({ dataDir: 'embedded', environment })
  await worker.waitFor(({ msg }) => msg === 'worker started')
  const { files } = manifest
  const { manifestCid } = await getModel(client(0), { deployment: network, modelId: market.modelId })
  for (const cid of [manifestCid, files.graph.cid, files.zkey.cid]) {
    const response = await fetch(`${network.gatewayUrl}/ipfs/${cid}`)
    await addContent({ apiUrl: `http://127.0.0.1:${servePort}`, bytes: new Uint8Array(await response.arrayBuffer()) })
  }
  const input = await encodeDigit(9)
  await addContent({ apiUrl: `http://127.0.0.1:${servePort}`, bytes: input.bytes })

  const jobId = await market.request(input, { upload: false })
  await worker.waitFor(lineOf(jobId, 'job settled'))

  await stop(worker)
  await close()
})

test('error: orders that this worker must not take are declined with a stable reason, and never claimed', async () => {
  const good = await encodeDigit(4)
  const beyond = { ...manifest.input, bits: manifest.input.bits + 1 }
  const outOfRange = new Int32Array(784).fill(manifest.input.lo + 2 ** manifest.input.bits)
  const short = await encodeExactInput({ ...manifest.input, shape: [783] }, good.values.subarray(1))
  const cases: { reason: string; input?: typeof good; terms?: Partial<OrderTerms> }[] = [
    { reason: 'input-mismatch', input: { ...good, inputCommitment: good.inputCommitment + 1n } },
    { reason: 'input-mismatch', input: { ...good, inputRoot: zeroHash } },
    { reason: 'input-out-of-range', input: await encodeExactInput(beyond, outOfRange) },
    { reason: 'input-invalid', input: short },
    { reason: 'worker-not-allowed', terms: { allowedWorker: client(5).account?.address ?? zeroAddress } },
    { reason: 'deadline-infeasible', terms: { proveSeconds: 5 } },
    { reason: 'price-too-low', terms: { maxPrice: 100n } },
  ]
  const worker = market.startWorker({ environment: { ASSAY_WORKER_ADMISSION_MIN_PRICE_WEI: '1000' } })

  for (const { reason, input = good, terms = {} } of cases) {
    const jobId = await market.request(input, { terms })
    const line = await worker.waitFor(lineOf(jobId, 'job declined'))

    assert.equal(line.reason, reason, `${line.detail}`)
    assert.equal((await shownJob(worker, jobId))?.reason, reason)
    assert.equal((await shownJob(worker, jobId))?.status, 'declined')
    await assertNeverClaimed(worker, jobId)
  }
  await stop(worker)
})

test('error: a job whose bond is not free is put off, not claimed', async () => {
  const worker = market.startWorker()

  const jobId = await market.request(await encodeDigit(5), { terms: { bond: parseEther('5') } })
  const line = await worker.waitFor(lineOf(jobId, 'job put off'))

  assert.equal(line.reason, 'stake-too-low')
  await assertNeverClaimed(worker, jobId)
  await stop(worker)
})

test('error: a model whose files are not what was registered is declined', async () => {
  const graphCid = manifest.files.graph.cid
  const response = await fetch(`${network.gatewayUrl}/ipfs/${graphCid}`)
  const graph = new Uint8Array(await response.arrayBuffer())
  // One bit of the last bias.
  graph[graph.length - 1] = (graph[graph.length - 1] ?? 0) ^ 1
  const modelId = await market.publish({ account: 4, graph })
  const worker = market.startWorker()

  const jobId = await market.request(await encodeDigit(6), { terms: { modelId } })
  const line = await worker.waitFor(lineOf(jobId, 'job declined'))

  assert.equal(line.reason, 'model-invalid')
  await assertNeverClaimed(worker, jobId)
  await stop(worker)
})

test('soundness: a model whose key proves another graph costs the worker time and no bond', async () => {
  const response = await fetch(`${network.gatewayUrl}/ipfs/${manifest.files.graph.cid}`)
  const honest = decodeGraph(new Uint8Array(await response.arrayBuffer()))
  // Every file is in order and every id agrees; only the circuit behind the key is of another graph, which no file shows.
  const weights = honest.weights.map(({ width, values }) => ({ width, values: Int32Array.from(values) }))
  weights.at(-1)?.values.set([(weights.at(-1)?.values[0] ?? 0) + 1], 0)
  const graph = { ...honest, weights }
  const modelId = await market.publish({ account: 5, graph: encodeGraph(graph), graphId: graphId(graph) })
  const worker = market.startWorker()

  const jobId = await market.request(await encodeDigit(6), { terms: { modelId } })
  const line = await worker.waitFor(lineOf(jobId, 'job declined'))

  assert.match(`${line.reason}`, /^proving-failed$|^proof-invalid$/)
  await assertNeverClaimed(worker, jobId)
  await stop(worker)
})

test('error: S0-TASK-1 an account that is not registered is told what to do, and works once it is', async () => {
  const keyFile = join(market.folder, 'stranger.key')
  writeKey(keyFile, 6)
  const worker = market.startWorker({ dataDir: 'stranger', environment: { ASSAY_WORKER_KEY_FILE: keyFile } })
  const account = ({ msg, dependency }: LogLine) => msg === 'dependency changed' && dependency === 'account'

  const line = await worker.waitFor(account)
  const ready = await fetch(`${worker.statusUrl()}/ready`)
  await market.register(6)
  await worker.waitFor((later) => account(later) && later.ok === true)

  assert.match(`${line.detail}`, /is no registered worker; register it with a stake/)
  assert.equal(ready.status, 503)
  await stop(worker)
})

test('error: S0-CFG-1 S0-KEY-2 what stops the worker from starting is one sentence and an exit code', async () => {
  const insecure = join(market.folder, 'insecure.key')
  writeFileSync(insecure, readFileSync(join(market.folder, 'worker.key')))
  chmodSync(insecure, 0o644)
  const port = new URL(network.contentApiUrl).port
  const cases = [
    { environment: { ASSAY_WORKER_CHAIN_POLL_MS: 'often' }, exitCode: 78, message: /^chain\.pollMs: .*number.*\n$/ },
    {
      environment: { ASSAY_WORKER_HTTP_PORT: port },
      exitCode: 1,
      message: /^Port \d+ on 127\.0\.0\.1 is in use; .*\.\n$/,
    },
    {
      environment: { ASSAY_WORKER_KEY_FILE: insecure },
      exitCode: 1,
      message: /insecure permissions 0644; run: chmod 600 .*\n$/,
    },
  ]

  for (const { environment, exitCode, message } of cases) {
    const worker = market.startWorker({ environment })

    assert.equal(await worker.ended, exitCode)
    assert.match(worker.errorOutput(), message)
  }
})

test('invariant: after all that no bond is locked and none was lost', async () => {
  const worker = await getWorker(client(0), { deployment: network, operator })

  assert.deepEqual([worker?.bonded, worker?.free], [0n, parseEther('1')])
})
