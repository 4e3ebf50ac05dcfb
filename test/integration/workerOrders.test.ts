import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { buildOrder, type OrderTerms } from '@assay/sdk/buildOrder'
import { cancelNonces } from '@assay/sdk/cancelNonces'
import { addContent } from '@assay/sdk/content'
import { deposit } from '@assay/sdk/deposit'
import { getBalance } from '@assay/sdk/getBalance'
import { getJob } from '@assay/sdk/getJob'
import { OfferRefusedError, OrderDeskAwayError, offerOrder, readOffer } from '@assay/sdk/offerOrder'
import { maxOrderBytes } from '@assay/sdk/orderFile'
import { type SignedOrder, signOrder } from '@assay/sdk/signOrder'
import { withdraw } from '@assay/sdk/withdraw'
import { freePort } from '@assay/worker/freePort'
import { parseEther } from 'viem'
import { getTransactionCount } from 'viem/actions'
import { type LogLine, startMarket, workerReady } from './workerMarket.ts'

const market = await startMarket()
after(() => market.close())
const { network, client, heldOut } = market
const requester = client(1)
const account = client(1).account?.address ?? '0x'
const maxPrice = parseEther('0.01')
const ordersPort = await freePort()
const workerUrl = `http://127.0.0.1:${ordersPort}`
const environment = { ASSAY_WORKER_ORDERS_PORT: `${ordersPort}`, ASSAY_WORKER_ORDERS_MAX_OPEN: '3' }

const worker = market.startWorker({ environment })
await workerReady(worker)
await deposit(requester, { deployment: network, amount: parseEther('0.02') })

const lineOf = (jobId: string, msg: string) => (line: LogLine) => line.jobId === jobId && line.msg === msg

async function sign(
  index: number,
  overrides: Partial<OrderTerms> = {},
): Promise<SignedOrder & { jobId: `0x${string}` }> {
  const digit = heldOut[index]
  assert.ok(digit !== undefined)
  const input = await market.encode(digit)
  await addContent({ apiUrl: network.contentApiUrl, bytes: input.bytes })
  const terms = { modelId: market.modelId, input, maxPrice, ...overrides }
  return signOrder(requester, {
    deployment: network,
    order: await buildOrder(requester, { deployment: network, terms }),
  })
}

const offer = (signed: SignedOrder) => offerOrder({ workerUrl, deployment: network, ...signed })

async function refusalOf(promise: Promise<unknown>): Promise<[string, boolean]> {
  const error = await promise.then(
    () => assert.fail('It was taken.'),
    (cause: unknown) => cause,
  )
  assert.ok(error instanceof OfferRefusedError, String(error))
  return [error.reason, error.retryable]
}

test('behavior: an order that was only signed is answered and settled, and its requester sends no transaction', async () => {
  const sent = await getTransactionCount(requester, { address: account })
  const signed = await sign(0)

  const taken = await offer(signed)
  await worker.waitFor(lineOf(signed.jobId, 'job settled'))

  const job = await getJob(client(0), { deployment: network, jobId: signed.jobId })
  assert.deepEqual([taken.jobId, taken.status], [signed.jobId, 'open'])
  assert.equal(job.state, 'Settled')
  assert.equal(job.payout?.worker, client(2).account?.address)
  assert.deepEqual(
    job.events.map(({ name }) => name),
    ['JobRequested', 'JobClaimed', 'JobAnswered', 'JobSettled'],
  )
  assert.equal(await getTransactionCount(requester, { address: account }), sent)
  assert.equal((await readOffer({ workerUrl, jobId: signed.jobId })).status, 'settled')
  // Handed in once more it is what it is, and no second job.
  assert.equal((await offer(signed)).status, 'settled')
})

test('error: an order whose signature, nonce, balance or terms do not hold is refused before it is a job', async () => {
  const signed = await sign(1)
  const forged = await signOrder(client(4), { deployment: network, order: signed.order })
  const used = await sign(1, { nonce: 0n })
  const dear = await sign(1, { maxPrice: parseEther('1') })
  const foreign = await sign(1, { allowedWorker: account })
  const cancelled = await sign(1, { nonce: 77n })
  await cancelNonces(requester, { deployment: network, nonces: [77n] })

  assert.deepEqual(await refusalOf(offer({ ...signed, signature: forged.signature })), ['claim-refused', false])
  assert.deepEqual(await refusalOf(offer(used)), ['claim-refused', false])
  assert.deepEqual(await refusalOf(offer(cancelled)), ['claim-refused', false])
  assert.deepEqual(await refusalOf(offer(dear)), ['claim-refused', false])
  assert.deepEqual(await refusalOf(offer(foreign)), ['worker-not-allowed', false])
  for (const { jobId } of [signed, dear, foreign, cancelled]) {
    assert.deepEqual(await refusalOf(readOffer({ workerUrl, jobId })), ['not-found', false])
  }
})

test('error: bodies that are no order file are refused by kind', async () => {
  const post = async (body: string) => {
    const response = await fetch(`${workerUrl}/orders`, { method: 'POST', body })
    return [response.status, ((await response.json()) as { error: string }).error]
  }

  assert.deepEqual(await post('not json'), [400, 'file-invalid'])
  assert.deepEqual(await post('{"assay":1}'), [400, 'file-invalid'])
  assert.deepEqual(await post('x'.repeat(maxOrderBytes + 1)), [413, 'too-large'])
  assert.equal((await fetch(`${workerUrl}/metrics`)).status, 404)
  await assert.rejects(
    readOffer({ workerUrl: 'http://127.0.0.1:1', jobId: `0x${'00'.repeat(32)}` }),
    OrderDeskAwayError,
  )
})

test('soundness: orders that wait are counted against balance and room, and one that cannot be claimed any more is declined', async () => {
  const { free } = await getBalance(requester, { deployment: network, account })
  // The price only climbs to what the worker wants in a day, so the orders wait.
  const slow = { minPrice: 1_000_000_000_000_000n, rampSeconds: 86_400, claimSeconds: 100_000, maxPrice: free / 2n }
  const [first, second, third] = [
    await sign(2, { ...slow, nonce: 100n }),
    await sign(2, { ...slow, nonce: 101n }),
    await sign(2, { ...slow, nonce: 102n }),
  ]
  worker.signal('SIGTERM')
  await worker.ended
  const patient = market.startWorker({
    environment: { ...environment, ASSAY_WORKER_ADMISSION_MIN_PRICE_WEI: `${free / 2n}` },
  })
  await workerReady(patient)

  assert.equal((await offer(first)).status, 'open')
  assert.equal((await offer(second)).status, 'open')
  assert.deepEqual(await refusalOf(offer(third)), ['balance-too-low', false])
  await deposit(requester, { deployment: network, amount: parseEther('0.1') })
  assert.equal((await offer(third)).status, 'open')
  assert.deepEqual(await refusalOf(offer(await sign(2, { ...slow, nonce: 103n }))), ['no-capacity', true])

  await cancelNonces(requester, { deployment: network, nonces: [100n, 101n] })
  await withdraw(requester, {
    deployment: network,
    amount: (await getBalance(requester, { deployment: network, account })).free,
  })
  await market.passTime(86_400)
  for (const { jobId } of [first, second, third]) await patient.waitFor(lineOf(jobId, 'job declined'))
  assert.deepEqual(
    patient.lines.filter(({ msg, kind }) => msg === 'transaction stored' && kind === 'claim'),
    [],
  )
  patient.signal('SIGTERM')
  assert.equal(await patient.ended, 0)
})
