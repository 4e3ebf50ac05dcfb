import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Hex, numberToHex, parseGwei, parseTransaction, zeroAddress, zeroHash } from 'viem'
import { createFakeChain } from './fakeChain.ts'
import { fakeOrder } from './fakeOrder.ts'
import { RetryableError } from './jobErrors.ts'
import { createLogger } from './log.ts'
import { createOutbox, type TransactionRequest } from './outbox.ts'
import { openStore } from './store.ts'

const signal = new AbortController().signal
const logger = createLogger('silent')
const id = (index: number): Hex => numberToHex(index, { size: 32 })
const farAway = 10 ** 11

/** An outbox whose first row is parked with a nonce: sent at 1 gwei, while blocks cost 90 and the row may pay 50. */
async function makeParked({ due = farAway, claimDeadline = farAway } = {}) {
  const fake = createFakeChain()
  const store = openStore(':memory:')
  const order = fakeOrder({ claimDeadline })
  store.bind('test')
  store.advance({
    blocks: [{ number: 1, hash: id(1), parentHash: zeroHash }],
    events: [1, 2].map((index) => ({
      blockNumber: 1,
      blockHash: id(1),
      logIndex: index,
      event: { type: 'requested', jobId: id(index), order, block: 1 },
    })),
    operator: zeroAddress,
  })
  store.patchJob(id(1), { due })
  const limits = { pollMs: 1, confirmations: 1, replaceAfterSeconds: 0, maxFeePerGasGwei: 500 }
  const parts = { chain: fake.chain, store, limits }
  const outbox = createOutbox(parts, logger)

  /** Looks again, when as much time has passed as a replacement takes. */
  const look = async (one = outbox) => {
    await new Promise((resolve) => setTimeout(resolve, 2))
    await one.tick()
  }
  const send = (overrides: Partial<TransactionRequest> = {}, one = outbox) => {
    const maxCost = 130_000n * parseGwei('50')
    const kind = due === farAway && claimDeadline !== farAway ? 'claim' : 'submit'
    const base = { to: zeroAddress, data: '0x01', gasReserved: 0n } as const
    const what: TransactionRequest = { ...base, jobIds: [id(1)], kind, maxCost, ...overrides }
    const ended: { receipt?: { status: string }; error?: unknown } = {}
    const done = one.send(what, signal).then(
      (receipt) => void Object.assign(ended, { receipt }),
      (error: unknown) => void Object.assign(ended, { error }),
    )
    return { ended, done }
  }
  const first = send()
  await outbox.tick()
  fake.settings.baseFee = parseGwei('90')
  for (let count = 0; store.entry(1)?.status !== 'parked' && count < 100; count++) await look()
  assert.deepEqual([store.entry(1)?.status, store.entry(1)?.nonce], ['parked', 0])
  return { fake, store, parts, outbox, look, send, first }
}

test('behavior: S2-ESC-1 when its job is over a parked row is cancelled with its own nonce, and what waits behind it is mined', async () => {
  const { fake, store, look, send, first } = await makeParked()
  store.patchJob(id(1), { status: 'failed', reason: 'due-passed' })
  const second = send({ jobIds: [id(2)], maxCost: 130_000n * parseGwei('200'), data: '0x02' })

  for (let count = 0; count < 3; count++) await look()
  fake.mine()
  await look()
  await Promise.all([first.done, second.done])

  assert.deepEqual(
    fake.mined().map(({ nonce, data }) => [nonce, data]),
    [
      [0, '0x'],
      [1, '0x02'],
    ],
  )
  const cancelling = parseTransaction(store.signedFor(1).at(-1)?.raw ?? '0x')
  assert.deepEqual([cancelling.to, cancelling.value ?? 0n], [fake.chain.account.address.toLowerCase(), 0n])
  assert.ok(first.ended.error instanceof RetryableError && first.ended.error.reason === 'transaction-lost')
  assert.equal(second.ended.receipt?.status, 'success')
})

for (const [what, late] of [
  ['an answer after its job was due', { due: 5 }],
  ['a claim after the last second for it', { claimDeadline: 5 }],
] as const) {
  test(`behavior: S2-ESC-1 ${what} is cancelled although its job is open`, async () => {
    const { fake, store, look, first } = await makeParked(late)
    await look()
    assert.ok(store.signedFor(1).every(({ raw }) => parseTransaction(raw).data === '0x01'))
    // Blocks that it does not pay for; in this chain one is mined each second.
    fake.mine(6)

    for (let count = 0; count < 3; count++) await look()
    fake.mine()
    await look()
    await first.done

    assert.deepEqual(
      fake.mined().map(({ data }) => data),
      ['0x'],
    )
    assert.ok(first.ended.error instanceof RetryableError && first.ended.error.reason === 'transaction-lost')
  })
}

test('soundness: S2-ESC-1 while one of its jobs can still be answered nothing is cancelled', async () => {
  const { fake, store, look } = await makeParked()

  for (let count = 0; count < 10; count++) await look()

  assert.ok(store.signedFor(1).every(({ raw }) => parseTransaction(raw).data === '0x01'))
  assert.ok(fake.pool().every(({ data }) => data === '0x01'))
})

test('behavior: S0-TASK-1 a cancellation that was stored and not sent is sent after a restart, with the same bytes', async () => {
  const { fake, store, parts, look } = await makeParked()
  store.patchJob(id(1), { status: 'over', reason: 'refunded' })
  fake.settings.refuse = (method) => method === 'eth_sendRawTransaction'
  await look()
  const stored = store.signedFor(1).at(-1)
  assert.ok(stored !== undefined && !fake.accepted.includes(stored.raw))

  fake.settings.refuse = () => false
  const second = createOutbox(parts, logger)
  await second.tick()
  fake.mine()
  await second.tick()

  assert.equal(fake.accepted.at(-1), stored.raw)
  assert.deepEqual([store.entry(1)?.status, store.signedFor(1).at(-1)?.status], ['mined', 'mined'])
})

test('behavior: S2-ESC-1 a cancellation pays no more than its row may, and waits for it', async () => {
  const { fake, store, look } = await makeParked()
  store.patchJob(id(1), { status: 'over', reason: 'refunded' })
  fake.settings.baseFee = parseGwei('450')
  for (let count = 0; count < 40; count++) await look()

  const [most = 0n] = store
    .signedFor(1)
    .map(({ maxFeePerGas }) => maxFeePerGas)
    .sort((a, b) => Number(b - a))
  assert.ok(most * 21_000n <= 130_000n * parseGwei('50'), `${most}`)
  assert.equal(store.entry(1)?.status, 'parked')
  fake.settings.baseFee = parseGwei('50')
  await look()
  fake.mine()
  await look()

  assert.equal(store.entry(1)?.status, 'mined')
})

test('behavior: S2-ESC-1 a job that a reorganisation opens again gets a transaction of its own, not its cancellation', async () => {
  const { fake, store, outbox, look, send } = await makeParked()
  store.patchJob(id(1), { status: 'over', reason: 'refunded' })
  await look()
  store.patchJob(id(1), { status: 'open' })
  assert.equal(outbox.hasPending({ jobId: id(1), kind: 'submit' }), false)

  const again = send({ maxCost: 130_000n * parseGwei('200') })
  await look()
  fake.mine()
  await look()
  await again.done

  assert.deepEqual(
    fake.mined().map(({ nonce, data }) => [nonce, data]),
    [
      [0, '0x'],
      [1, '0x01'],
    ],
  )
  assert.equal(again.ended.receipt?.status, 'success')
})

test('behavior: S2-ESC-1 when the transaction is mined although it was cancelled, its sender hears of that', async () => {
  const { fake, store, look, first } = await makeParked()
  const raw = store.signedFor(1).at(-1)?.raw
  assert.ok(raw !== undefined)
  store.patchJob(id(1), { status: 'over', reason: 'refunded' })
  await look()
  fake.forget()
  await fake.chain.client.request({ method: 'eth_sendRawTransaction', params: [raw] })
  fake.settings.baseFee = parseGwei('1')
  fake.mine()

  await look()
  await first.done

  assert.deepEqual([first.ended.receipt?.status, store.entry(1)?.status], ['success', 'mined'])
})
