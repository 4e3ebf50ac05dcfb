import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { after, test } from 'node:test'
import { claimJob } from '@assay/sdk/claimJob'
import { addContent } from '@assay/sdk/content'
import { expireJob } from '@assay/sdk/expireJob'
import { getJob } from '@assay/sdk/getJob'
import { getWorker } from '@assay/sdk/getWorker'
import { freePort } from '@assay/worker/freePort'
import { listen } from '@assay/worker/listen'
import { type Hex, parseEther, zeroAddress } from 'viem'
import { seededRandom } from '../../scripts/seededRandom.ts'
import { type LogLine, startMarket } from './workerMarket.ts'

const market = await startMarket()
after(() => market.close())
const { network, client, heldOut } = market
const operator = client(2).account?.address ?? zeroAddress

/** A way to the chain on which a test can lose or refuse calls. */
type ChainProxy = { server: Server; refuse: (method: string) => boolean; calls: string[] }

function makeProxy(): ChainProxy {
  const proxy: ChainProxy = { server: createServer(), refuse: () => false, calls: [] }
  proxy.server.on('request', async (request, response) => {
    const pieces: Uint8Array[] = []
    for await (const piece of request) pieces.push(piece)
    const body = Buffer.concat(pieces)
    const { method } = JSON.parse(body.toString()) as { method: string }
    proxy.calls.push(method)
    if (proxy.refuse(method)) {
      response.writeHead(502).end()
      return
    }
    const answer = await fetch(network.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  })
  return proxy
}

async function encodeDigit(index: number) {
  const digit = heldOut[index]
  assert.ok(digit !== undefined)
  return market.encode(digit)
}

function turned(dependency: string, ok: boolean) {
  return (line: LogLine) => line.msg === 'dependency changed' && line.dependency === dependency && line.ok === ok
}

async function assertSettledOnce(jobId: Hex): Promise<void> {
  const names = (await market.events(jobId)).map(({ name }) => name)
  assert.deepEqual(names, ['JobRequested', 'JobClaimed', 'JobAnswered', 'JobSettled'])
  const worker = await getWorker(client(0), { deployment: network, operator })
  assert.deepEqual([worker?.bonded, worker?.free], [0n, parseEther('1')])
}

test('behavior: S0-REL-4 S0-TASK-1 with the chain down at the start the worker is alive and not ready, and works when it is up', async (t) => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const worker = market.startWorker({ dataDir: 'no-chain', environment: { ASSAY_WORKER_CHAIN_RPC_URLS: url } })

  await worker.waitFor(turned('chain', false))
  const [live, ready, health] = await Promise.all(
    ['live', 'ready', 'health'].map((page) => fetch(`${worker.statusUrl()}/${page}`)),
  )
  const proxy = makeProxy()
  const { close } = await listen(proxy.server, { host: '127.0.0.1', port })
  t.after(close)
  const jobId = await market.request(await encodeDigit(0))
  await worker.waitFor((line) => line.jobId === jobId && line.msg === 'job settled')

  assert.deepEqual([live?.status, ready?.status, health?.status], [200, 503, 503])
  assert.ok(health !== undefined)
  // The status server answers with this shape.
  const { dependencies } = (await health.json()) as { dependencies: Record<string, { ok: boolean }> }
  assert.deepEqual([dependencies.chain?.ok, dependencies.content?.ok], [false, true])
  await assertSettledOnce(jobId)
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
})

test('behavior: S0-TASK-1 with the content service down nothing is claimed; when it is back the job is settled', async () => {
  const worker = market.startWorker({ dataDir: 'no-content' })
  await worker.waitFor(turned('account', true))
  await worker.waitFor(turned('content', true))
  const input = await encodeDigit(1)
  await addContent({ apiUrl: network.contentApiUrl, bytes: input.bytes })

  await market.stopContent()
  await worker.waitFor(turned('content', false))
  const jobId = await market.request(input, { upload: false })
  await worker.waitFor((line) => line.jobId === jobId && line.type === 'requested')
  const [live, ready] = await Promise.all(['live', 'ready'].map((page) => fetch(`${worker.statusUrl()}/${page}`)))
  await market.startContent()
  await worker.waitFor((line) => line.jobId === jobId && line.msg === 'job settled')

  assert.deepEqual([live?.status, ready?.status], [200, 503])
  const back = worker.lines.findLastIndex(turned('content', true))
  const claimed = worker.lines.findIndex((line) => line.jobId === jobId && line.kind === 'claim')
  assert.ok(claimed > back, `claimed at line ${claimed}, content back at ${back}`)
  await assertSettledOnce(jobId)
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
})

test('behavior: S0-TASK-1 a claimed job is settled without the content service', async () => {
  const worker = market.startWorker({ dataDir: 'content-lost' })
  // Once a model has been proved, its jobs are claimed before they are computed.
  const earlier = await market.request(await encodeDigit(8))
  await worker.waitFor((line) => line.jobId === earlier && line.msg === 'job settled')
  const jobId = await market.request(await encodeDigit(2))
  await worker.waitFor((line) => line.jobId === jobId && line.msg === 'stage' && line.stage === 'runInference')

  await market.stopContent()
  worker.signal('SIGKILL')
  await worker.ended
  const next = market.startWorker({ dataDir: 'content-lost' })
  await next.waitFor((line) => line.jobId === jobId && line.msg === 'job settled')

  await assertSettledOnce(jobId)
  next.signal('SIGTERM')
  assert.equal(await next.ended, 0)
  await market.startContent()
})

test('behavior: an input that nobody has uploaded yet is waited for before the claim', async () => {
  const worker = market.startWorker()
  const input = await encodeDigit(3)

  const jobId = await market.request(input, { upload: false })
  const line = await worker.waitFor((later) => later.jobId === jobId && later.msg === 'job put off')
  const before = (await market.events(jobId)).length
  await addContent({ apiUrl: network.contentApiUrl, bytes: input.bytes })
  await worker.waitFor((later) => later.jobId === jobId && later.msg === 'job settled')

  assert.equal(line.reason, 'content-unavailable')
  assert.equal(before, 1)
  await assertSettledOnce(jobId)
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
})

test('behavior: a transaction that was stored and never sent is sent after a restart, with the same bytes', async (t) => {
  for (const [index, kind] of (['claim', 'submit'] as const).entries()) {
    const proxy = makeProxy()
    const { url, close } = await listen(proxy.server, { host: '127.0.0.1', port: 0 })
    t.after(close)
    const options = { dataDir: `dropped-${kind}`, environment: { ASSAY_WORKER_CHAIN_RPC_URLS: url } }
    const first = market.startWorker(options)
    let sends = 0
    proxy.refuse = (method) => method === 'eth_sendRawTransaction' && ++sends > index

    const jobId = await market.request(await encodeDigit(4 + index))
    const stored = await first.waitFor(
      (line) => line.jobId === jobId && line.msg === 'transaction stored' && line.kind === kind,
    )
    await first.waitFor((line) => line.jobId === jobId && line.msg === 'transaction not accepted')
    first.signal('SIGKILL')
    await first.ended
    proxy.refuse = () => false
    const second = market.startWorker(options)
    await second.waitFor((line) => line.jobId === jobId && line.msg === 'job settled')

    const sent = second.lines.find((line) => line.msg === 'transaction sent' && line.kind === kind)
    assert.equal(sent?.hash, stored.hash)
    await assertSettledOnce(jobId)
    second.signal('SIGTERM')
    assert.equal(await second.ended, 0)
  }
})

test('behavior: S0-REL-2 a chain that refuses a third of all calls delays jobs and loses none', async (t) => {
  const proxy = makeProxy()
  const { url, close } = await listen(proxy.server, { host: '127.0.0.1', port: 0 })
  t.after(close)
  const random = seededRandom(7)
  proxy.refuse = () => random() < 1 / 3
  const worker = market.startWorker({ dataDir: 'flaky', environment: { ASSAY_WORKER_CHAIN_RPC_URLS: url } })

  const jobId = await market.request(await encodeDigit(6))
  await worker.waitFor((line) => line.jobId === jobId && (line.msg === 'job settled' || line.type === 'settled'))

  await assertSettledOnce(jobId)
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
})

test('behavior: a job that another worker claimed is left alone, and taken when that claim expires', async () => {
  await market.register(5)
  const jobId = await market.request(await encodeDigit(7))
  const { order } = await getJob(client(0), { deployment: network, jobId })
  await claimJob(client(5), { deployment: network, order })
  const worker = market.startWorker({ dataDir: 'second' })
  await worker.waitFor((line) => line.jobId === jobId && line.type === 'claimed')
  await worker.waitFor(turned('content', true))

  await market.passTime(order.proveSeconds + 1)
  await expireJob(client(0), { deployment: network, order })
  await worker.waitFor((line) => line.jobId === jobId && line.msg === 'job settled')

  const events = await market.events(jobId)
  assert.deepEqual(
    events.flatMap((event) => (event.name === 'JobClaimed' || event.name === 'JobSettled' ? [event.worker] : [])),
    [client(5).account?.address, operator, operator],
  )
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
})
