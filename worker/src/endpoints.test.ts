import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, test } from 'node:test'
import { createClient, numberToHex } from 'viem'
import { getBlockNumber, sendRawTransaction } from 'viem/actions'
import { createEndpoints } from './endpoints.ts'
import { RetryableError } from './jobErrors.ts'
import { listen } from './listen.ts'
import { agreeOn, type MarketChain } from './marketChain.ts'

const closers: (() => Promise<void>)[] = []
after(() => Promise.all(closers.map((close) => close())))

/** A node of a few words. */
async function startNode(head: number) {
  const node = { head, mode: 'up' as 'up' | 'down' | 'refusing', calls: [] as string[], url: '' }
  const server = createServer(async (request, response) => {
    const pieces: Uint8Array[] = []
    for await (const piece of request) pieces.push(piece)
    const { id, method } = JSON.parse(Buffer.concat(pieces).toString())
    node.calls.push(method)
    if (node.mode === 'down') return void response.writeHead(503).end()
    const error = { code: -32_000, message: 'nonce too low' }
    const result = method === 'eth_blockNumber' ? numberToHex(node.head) : `0x${'11'.repeat(32)}`
    const body = node.mode === 'refusing' ? { error } : { result }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, ...body }))
  })
  const { url, close } = await listen(server, { host: '127.0.0.1', port: 0 })
  closers.push(async () => close())
  return Object.assign(node, { url })
}

function clientOf(nodes: { url: string }[], recoveryMs = 60_000) {
  const endpoints = createEndpoints(
    nodes.map(({ url }) => url),
    { breaker: { failures: 3, recoveryMs } },
  )
  const client = createClient({ transport: endpoints.transport, cacheTime: 0 })
  // What `agreeOn` reads of a chain.
  const chain = { client, endpoints, network: { name: 'test', chainId: 1, rpcUrl: '' } } as unknown as MarketChain
  return { endpoints, client, chain }
}

const heightOf = (client: Parameters<typeof getBlockNumber>[0]) => getBlockNumber(client, { cacheTime: 0 })

test('behavior: S3-HA-2 when an endpoint goes down the next one answers, and the first is left alone after a few failures', async () => {
  const [first, second] = [await startNode(7), await startNode(8)]
  const { client, endpoints } = clientOf([first, second])
  assert.equal(await heightOf(client), 7n)
  first.mode = 'down'
  first.calls.length = 0

  for (let call = 0; call < 6; call++) assert.equal(await heightOf(client), 8n)

  assert.equal(first.calls.length, 3)
  assert.deepEqual(
    endpoints.states().map(({ breaker, head }) => [breaker, head]),
    [
      ['open', 7],
      ['closed', 8],
    ],
  )
})

test('behavior: S0-REL-1 an endpoint that is up again is asked again after the recovery time', async () => {
  const [first, second] = [await startNode(7), await startNode(8)]
  const { client, endpoints } = clientOf([first, second], 1)
  first.mode = 'down'
  for (let call = 0; call < 3; call++) await heightOf(client)
  first.mode = 'up'
  await new Promise((resolve) => setTimeout(resolve, 5))

  assert.equal(await heightOf(client), 7n)
  assert.equal(endpoints.states()[0]?.breaker, 'closed')
})

test('error: S0-REL-1 with every endpoint down the error says so, and nothing is asked until the recovery time', async () => {
  const node = await startNode(7)
  node.mode = 'down'
  const { client } = clientOf([node])
  await assert.rejects(heightOf(client))
  node.calls.length = 0

  await assert.rejects(heightOf(client), (error: Error) =>
    `${error.stack} ${error.cause}`.includes('No RPC endpoint answers'),
  )

  assert.equal(node.calls.length, 0)
})

test('behavior: an endpoint that is behind is asked last', async () => {
  const [first, second] = [await startNode(5), await startNode(20)]
  const { client, endpoints } = clientOf([first, second])
  await heightOf(client)
  const [, alone] = endpoints.separate()
  assert.ok(alone !== undefined)
  await heightOf(createClient({ transport: alone.transport }))

  assert.equal(await heightOf(client), 20n)
})

test('behavior: S3-HA-2 a signed transaction goes to every endpoint, and one that takes it is enough', async () => {
  const [first, second] = [await startNode(5), await startNode(5)]
  const { client } = clientOf([first, second])
  first.mode = 'refusing'

  const hash = await sendRawTransaction(client, { serializedTransaction: '0x02' })

  assert.equal(hash, `0x${'11'.repeat(32)}`)
  assert.deepEqual([first.calls, second.calls], [['eth_sendRawTransaction'], ['eth_sendRawTransaction']])
})

test('behavior: what a node says of a call is an answer, and no other node is asked', async () => {
  const [first, second] = [await startNode(5), await startNode(5)]
  const { client, endpoints } = clientOf([first, second])
  first.mode = 'refusing'

  await assert.rejects(heightOf(client))

  assert.deepEqual([second.calls, endpoints.states()[0]?.breaker], [[], 'closed'])
})

test('soundness: S3-HA-2 before money moves two endpoints have to say the same', async () => {
  const [first, second, third] = [await startNode(5), await startNode(6), await startNode(5)]
  const disagrees = (error: unknown) => error instanceof RetryableError && error.reason === 'endpoints-disagree'

  await assert.rejects(agreeOn(clientOf([first, second]).chain, heightOf), disagrees)
  assert.equal(await agreeOn(clientOf([first, third]).chain, heightOf), 5n)
  assert.equal(await agreeOn(clientOf([first]).chain, heightOf), 5n)
  third.mode = 'down'
  await assert.rejects(agreeOn(clientOf([first, third]).chain, heightOf), disagrees)
})
