import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, test } from 'node:test'
import { getJob } from '@assay/sdk/getJob'
import { getWorker } from '@assay/sdk/getWorker'
import { createChainLogs, readBlock } from '@assay/worker/chainLogs'
import { listen } from '@assay/worker/listen'
import { createTestClient, type Hex, http, numberToHex, parseEther, zeroAddress } from 'viem'
import { startMarket } from './workerMarket.ts'

const market = await startMarket()
after(() => market.close())
const { network, client, heldOut } = market
const operator = client(2).account?.address ?? zeroAddress
const chainControl = createTestClient({ mode: 'hardhat', transport: http(network.rpcUrl) })

type Answer = { result?: unknown }

/** An endpoint of the same chain whose answers a test can change. */
async function startLiar() {
  const liar = { url: '', change: (_method: string, answer: Answer): Answer => answer }
  const server = createServer(async (request, response) => {
    const pieces: Uint8Array[] = []
    for await (const piece of request) pieces.push(piece)
    const body = Buffer.concat(pieces)
    const { method } = JSON.parse(body.toString()) as { method: string }
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(network.rpcUrl, { method: 'POST', headers, body })
    response.writeHead(answer.status, headers).end(JSON.stringify(liar.change(method, (await answer.json()) as Answer)))
  })
  const { url, close } = await listen(server, { host: '127.0.0.1', port: 0 })
  after(close)
  return Object.assign(liar, { url })
}

async function request(index: number): Promise<Hex> {
  const digit = heldOut[index]
  assert.ok(digit !== undefined)
  return market.request(await market.encode(digit))
}

async function assertSettledOnce(jobId: Hex): Promise<void> {
  const names = (await market.events(jobId)).map(({ name }) => name)
  assert.deepEqual(names, ['JobRequested', 'JobClaimed', 'JobAnswered', 'JobSettled'])
  const worker = await getWorker(client(0), { deployment: network, operator })
  assert.deepEqual([worker?.bonded, worker?.free], [0n, parseEther('1')])
}

test("behavior: a real block's bloom filter tells of its events, and its hash gives them", async () => {
  const jobId = await request(0)
  const { requestBlock } = await getJob(client(0), { deployment: network, jobId })
  const chain = { client: client(0), network }
  const logs = createChainLogs(chain, 100)

  const block = await readBlock(chain, Number(requestBlock))
  const before = await readBlock(chain, 0)
  const events = block && (await logs.ofBlock(block.hash))

  assert.deepEqual([block?.mayHoldEvents, before?.mayHoldEvents], [true, false])
  assert.deepEqual(
    events?.map(({ event }) => [event.type, event.jobId]),
    [['requested', jobId]],
  )
  assert.equal(await readBlock(chain, 1_000_000), undefined)
})

test('soundness: S3-HA-2 with two endpoints that tell different things nothing is claimed; when they agree the job is settled', async () => {
  const liar = await startLiar()
  liar.change = (method, answer) => {
    const { result } = answer
    if (method !== 'eth_getBlockByNumber' || typeof result !== 'object' || result === null) return answer
    return { ...answer, result: { ...result, hash: numberToHex(1, { size: 32 }) } }
  }
  const urls = `${network.rpcUrl},${liar.url}`
  const worker = market.startWorker({ dataDir: 'two', environment: { ASSAY_WORKER_CHAIN_RPC_URLS: urls } })
  const jobId = await request(1)
  await worker.waitFor(
    (line) => line.jobId === jobId && line.msg === 'job put off' && line.reason === 'endpoints-disagree',
  )
  const { state } = await getJob(client(0), { deployment: network, jobId })
  assert.equal(state, 'Requested')

  liar.change = (_method, answer) => answer
  // That of the test before too, whichever is tried again first.
  await worker.waitFor(() => worker.lines.filter(({ msg }) => msg === 'job settled').length === 2)

  await assertSettledOnce(jobId)
  const metrics = await (await fetch(`${worker.statusUrl()}/metrics`)).text()
  assert.match(metrics, /^assay_worker_breaker_state\{dependency="chain",endpoint="2:127\.0\.0\.1:\d+"\} 0$/m)
  assert.match(metrics, /^assay_worker_outbox\{status="(mined|final)"\} 4$/m)
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
})

test('behavior: S0-REL-2 with push the worker hears of new blocks long before it would have polled', async () => {
  const pushUrl = network.rpcUrl.replace('http', 'ws')
  const worker = market.startWorker({
    dataDir: 'pushed',
    environment: { ASSAY_WORKER_CHAIN_PUSH_URL: pushUrl, ASSAY_WORKER_CHAIN_POLL_MS: '3600000' },
  })
  await worker.waitFor(({ msg, dependency }) => msg === 'dependency changed' && dependency === 'account')
  await worker.waitFor(
    ({ msg, dependency, ok }) => msg === 'dependency changed' && dependency === 'content' && ok === true,
  )

  const jobId = await request(2)
  // Each block wakes the worker; a quiet chain would leave retries to the poll.
  const mining = setInterval(() => void chainControl.mine({ blocks: 1 }), 500)
  await worker
    .waitFor((line) => line.jobId === jobId && line.msg === 'job settled')
    .finally(() => clearInterval(mining))

  await assertSettledOnce(jobId)
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
})

test('invariant: S2-ESC-1 a claim that a reorganisation takes back is sent again with the same bytes, and the job is settled once', async () => {
  const worker = market.startWorker({ dataDir: 'reorged' })
  await worker.waitFor(({ msg, dependency }) => msg === 'dependency changed' && dependency === 'account')
  const jobId = await request(3)
  const snapshot = await chainControl.snapshot()
  const claimed = (line: { msg: string }) =>
    line.msg === 'transaction confirmed' && 'kind' in line && line.kind === 'claim'
  const { hash } = await worker.waitFor((line) => line.jobId === jobId && claimed(line))

  await chainControl.revert({ id: snapshot })
  await chainControl.mine({ blocks: 8 })
  await worker.waitFor((line) => line.jobId === jobId && line.msg === 'job settled')

  await assertSettledOnce(jobId)
  const claims = (await market.events(jobId)).filter(({ name }) => name === 'JobClaimed')
  assert.deepEqual(
    claims.map(({ transactionHash }) => transactionHash),
    [hash],
  )
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
})

test('behavior: S2-ESC-1 answers that are ready together are handed in by one transaction', async () => {
  const worker = market.startWorker({
    dataDir: 'batched',
    environment: {
      ASSAY_WORKER_LIMITS_JOBS: '2',
      ASSAY_WORKER_CHAIN_BATCH_ABOVE_GWEI: '0',
      ASSAY_WORKER_CHAIN_BATCH_WAIT_SECONDS: '60',
    },
  })
  await worker.waitFor(({ msg, dependency }) => msg === 'dependency changed' && dependency === 'account')
  // The first job of a model is proved before its claim; let one pass, so that the two are claimed and proved side by side.
  const first = await request(4)
  await worker.waitFor((line) => line.jobId === first && line.msg === 'job settled')

  // Seen one after the other, the first would be settled before the second is claimed.
  worker.signal('SIGSTOP')
  const [one, other] = [await request(5), await request(6)]
  worker.signal('SIGCONT')
  await worker.waitFor((line) => line.jobId === one && line.msg === 'job settled')
  await worker.waitFor((line) => line.jobId === other && line.msg === 'job settled')

  const hashes = await Promise.all(
    [one, other].map(
      async (jobId) => (await market.events(jobId)).find(({ name }) => name === 'JobSettled')?.transactionHash,
    ),
  )
  assert.equal(hashes[0], hashes[1])
  await assertSettledOnce(one)
  await assertSettledOnce(other)
  worker.signal('SIGTERM')
  assert.equal(await worker.ended, 0)
})
