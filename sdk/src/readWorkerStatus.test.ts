import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { readWorkerStatus, WorkerUnreachableError } from './readWorkerStatus.ts'

const status = {
  network: { name: 'test', chainId: 5 },
  startedAt: '2026-01-01T00:00:00.000Z',
  uptimeSeconds: 90,
  ready: false,
  dependencies: { chain: { ok: false, detail: 'no answer', since: '2026-01-01T00:00:00.000Z' } },
  signer: '0x01',
  earned: { total: { jobs: 2, wei: `${10n ** 20n}` }, lastDay: { jobs: 0, wei: '0' } },
  jobs: { settled: 2 },
  working: [{ jobId: '0x1', modelId: '0x2', stage: 'prove', running: true, secondsLeft: 60 }],
  declined: { 'price-too-low': 3 },
  proving: [],
  endpoints: [{ label: '1:a.test', breaker: 'open', head: 7 }],
  outbox: {},
  sandbox: { rung: 'limited', detail: 'rlimits', waiting: 0 },
}

let answer: { status: number; body: string } = { status: 200, body: '' }
const server = createServer((request, response) => {
  response.writeHead(request.url === '/status' ? answer.status : 404).end(answer.body)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
// A server that listens has an address with a port.
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
after(() => server.close())

const ask = () => readWorkerStatus(url, new AbortController().signal)

test('behavior: S0-REL-5 what a worker says of itself is read, also while it is not ready', async () => {
  answer = { status: 200, body: JSON.stringify(status) }

  assert.deepEqual(await ask(), status)
})

test('error: something else, an error and nothing at all are told apart', async () => {
  const factOf = async (given: typeof answer) => {
    answer = given
    const error = await ask().catch((thrown: unknown) => thrown)
    assert.ok(error instanceof WorkerUnreachableError)
    assert.equal(error.url, url)
    return /asked: (.*);/.exec(error.message)?.[1]
  }

  assert.equal(await factOf({ status: 200, body: '<html>' }), 'something else answers')
  assert.equal(await factOf({ status: 500, body: '{}' }), 'it answers with status 500')
  const negative = { ...status, earned: { ...status.earned, total: { jobs: 1, wei: '-1' } } }
  const other = 'something else, or another version, answers'
  assert.equal(await factOf({ status: 200, body: JSON.stringify(negative) }), other)
  await assert.rejects(readWorkerStatus('http://127.0.0.1:1', new AbortController().signal), WorkerUnreachableError)
})
