import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import type { Network } from '@assay/sdk/deployment'
import {
  createClient,
  custom,
  encodeAbiParameters,
  encodeEventTopics,
  type Hex,
  HttpRequestError,
  numberToHex,
  RpcRequestError,
} from 'viem'
import { createChainLogs, mayHoldEvents } from './chainLogs.ts'
import { RetryableError } from './jobErrors.ts'

const market: Hex = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
const other: Hex = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
const url = 'http://chain.test'

function logAt(block: number, address: Hex = market) {
  const jobId = numberToHex(block, { size: 32 })
  return {
    address,
    topics: encodeEventTopics({ abi: jobMarketAbi, eventName: 'JobReleased', args: { jobId, worker: other } }),
    data: encodeAbiParameters([{ type: 'uint96' }], [5n]),
    blockNumber: numberToHex(block),
    blockHash: jobId,
    logIndex: '0x0',
    transactionHash: jobId,
    transactionIndex: '0x0',
    removed: false,
  }
}

/** A reader of a provider that answers as `serve` says. */
function readerOf(serve: (from: number, to: number) => unknown, maxBlocks = 1000) {
  const asked: [number, number][] = []
  const request = async ({ params }: { params: [{ fromBlock: Hex; toBlock: Hex }] }) => {
    const [from, to] = [Number(params[0].fromBlock), Number(params[0].toBlock)]
    asked.push([from, to])
    return serve(from, to)
  }
  const client = createClient({ transport: custom({ request }, { retryCount: 0 }) })
  // What the reader reads of a network.
  const network = { addresses: { jobMarket: market } } as Network
  return { asked, logs: createChainLogs({ client, network }, maxBlocks) }
}

function refused(message: string, code = -32_005): never {
  throw new RpcRequestError({ body: {}, error: { code, message }, url })
}

test('behavior: a range that the provider refuses is halved until it serves it, and grows again', async () => {
  const { asked, logs } = readerOf((from, to) =>
    to - from + 1 > 300 ? refused('query returned more than 10000 results') : [],
  )

  const { to } = await logs.inRange({ from: 1, to: 5000 })

  assert.deepEqual(
    asked.map(([from, last]) => last - from + 1),
    [1000, 500, 250],
  )
  assert.equal(to, 250)
  assert.equal(logs.width(), 313)
})

test('behavior: providers refuse wide ranges in their own words, and all of them are understood', async () => {
  const refusals = [
    () => refused('Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range', -32_602),
    () => refused('block range is too wide', -32_000),
    () => refused('exceed maximum block range: 5000', -32_000),
    () => refused('eth_getLogs is limited to a 10,000 range', -32_614),
    () => refused('query timeout exceeded'),
    () => {
      throw new HttpRequestError({ url, status: 413 })
    },
  ]
  for (const refuse of refusals) {
    const { logs } = readerOf((from, to) => (to - from + 1 > 100 ? refuse() : []))

    assert.equal((await logs.inRange({ from: 1, to: 2000 })).to, 62)
  }
})

test('error: what has nothing to do with the range is not tried with a narrower one', async () => {
  const { asked, logs } = readerOf(() => {
    throw new HttpRequestError({ url, status: 502 })
  })

  await assert.rejects(logs.inRange({ from: 1, to: 2000 }), RetryableError)

  assert.equal(asked.length, 1)
})

test('behavior: events of other contracts and events taken back are left out', async () => {
  const { logs } = readerOf(() => [logAt(3), logAt(4, other), { ...logAt(5), removed: true }])

  const { events } = await logs.inRange({ from: 1, to: 10 })

  assert.deepEqual(
    events.map(({ blockNumber, event }) => [blockNumber, event.type, event.jobId]),
    [[3, 'released', numberToHex(3, { size: 32 })]],
  )
})

test('behavior: a bloom filter tells whether a block may hold events of the market', () => {
  const empty: Hex = `0x${'00'.repeat(256)}`
  const full: Hex = `0x${'ff'.repeat(256)}`

  assert.deepEqual(
    [mayHoldEvents(empty, market), mayHoldEvents(full, market), mayHoldEvents(null, market)],
    [false, true, false],
  )
})
