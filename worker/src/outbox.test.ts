import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Hex, numberToHex, parseGwei, zeroAddress } from 'viem'
import { getBlock } from 'viem/actions'
import { seededRandom } from '../../scripts/seededRandom.ts'
import { createFakeChain } from './fakeChain.ts'
import { RetryableError } from './jobErrors.ts'
import { createLogger } from './log.ts'
import { createOutbox, type TransactionRequest } from './outbox.ts'
import { openStore } from './store.ts'

const signal = new AbortController().signal
const logger = createLogger('silent')
const id = (index: number): Hex => numberToHex(index, { size: 32 })

function request(overrides: Partial<TransactionRequest> = {}): TransactionRequest {
  // Enough for 130,000 units of gas at 50 gwei.
  const maxCost = 130_000n * parseGwei('50')
  return { jobIds: [id(1)], kind: 'submit', to: zeroAddress, data: '0x01', maxCost, gasReserved: 0n, ...overrides }
}

function makeOutbox({ replaceAfterSeconds = 0, confirmations = 1 } = {}) {
  const fake = createFakeChain()
  const store = openStore(':memory:')
  const limits = { pollMs: 1, confirmations, replaceAfterSeconds, maxFeePerGasGwei: 100 }
  const parts = { chain: fake.chain, store, limits }
  return { fake, store, parts, outbox: createOutbox(parts, logger) }
}

/** Sends and notes how it ended, so that a test can look in between. */
function sending(outbox: ReturnType<typeof createOutbox>, what: TransactionRequest = request()) {
  const ended: { receipt?: { status: string }; error?: unknown } = {}
  const done = outbox.send(what, signal).then(
    (receipt) => void Object.assign(ended, { receipt }),
    (error: unknown) => void Object.assign(ended, { error }),
  )
  return { ended, done }
}

/** Sends, and sees it mined. */
async function sendMined({ fake, outbox }: Pick<ReturnType<typeof makeOutbox>, 'fake' | 'outbox'>): Promise<void> {
  const { done } = sending(outbox)
  await outbox.tick()
  fake.mine()
  await outbox.tick()
  await done
}

test('behavior: S2-ESC-1 a mined transaction that a reorganisation moves is stored with its new block', async () => {
  const { fake, store, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  await sendMined({ fake, outbox })

  fake.reorg(1)
  await fake.resend()
  fake.mine()
  await outbox.tick()

  assert.deepEqual([store.entry(1)?.status, store.signedFor(1)[0]?.block], ['mined', 2])
})

test('behavior: S2-ESC-1 a mined transaction is asked for again only when its block is not part of the chain that was read', async () => {
  const { fake, store, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  await sendMined({ fake, outbox })
  const block = await getBlock(fake.chain.client)
  const read = (hash: Hex) => {
    const blocks = [{ number: 1, hash, parentHash: block.parentHash }]
    store.advance({ rewindTo: 0, blocks, events: [], operator: zeroAddress })
  }
  let asked = 0
  fake.settings.refuse = (method) => {
    if (method === 'eth_getTransactionReceipt') asked += 1
    return false
  }
  async function asksAfter(change: () => void): Promise<number> {
    asked = 0
    change()
    await outbox.tick()
    return asked
  }

  assert.equal(await asksAfter(() => fake.mine()), 1)
  read(block.hash)
  assert.equal(await asksAfter(() => fake.mine()), 0)
  assert.equal(await asksAfter(() => read(id(7))), 1)
  read(block.hash)
  fake.settings.finalized = 65
  assert.equal(await asksAfter(() => fake.mine(64)), 1)
  assert.equal(store.entry(1)?.status, 'final')
})

test('behavior: S2-ESC-1 a row is written, signed, sent, mined and final, and its sender hears of it when it is confirmed', async () => {
  const { fake, store, outbox } = makeOutbox({ confirmations: 3, replaceAfterSeconds: 60 })
  const { ended, done } = sending(outbox)
  const statusOf = () => store.entry(1)?.status

  assert.equal(statusOf(), 'queued')
  await outbox.tick()
  assert.deepEqual([statusOf(), fake.pool().length], ['sent', 1])
  fake.mine()
  await outbox.tick()
  assert.deepEqual([statusOf(), ended], ['mined', {}])
  fake.mine(2)
  await outbox.tick()
  await done
  assert.equal(ended.receipt?.status, 'success')
  fake.mine(64)
  fake.settings.finalized = fake.head()
  await outbox.tick()

  assert.deepEqual([statusOf(), store.liveEntries()], ['final', []])
})

test('behavior: S2-ESC-1 one that does not get into a block is replaced with a higher fee and mined once', async () => {
  const { fake, store, outbox } = makeOutbox()
  const { done } = sending(outbox)
  await outbox.tick()
  fake.settings.baseFee = parseGwei('2')
  fake.mine()
  await new Promise((resolve) => setTimeout(resolve, 2))
  await outbox.tick()
  fake.mine()
  await outbox.tick()
  await done

  const signed = store.signedFor(1)
  assert.deepEqual(
    signed.map(({ status, nonce }) => [status, nonce]),
    [
      ['replaced', 0],
      ['mined', 0],
    ],
  )
  assert.equal(fake.mined().length, 1)
})

test('behavior: S2-ESC-1 above what it may cost an answer is parked, and sent when gas is cheaper', async () => {
  const { fake, store, outbox } = makeOutbox()
  fake.settings.baseFee = parseGwei('80')
  const { done, ended } = sending(outbox)
  await outbox.tick()
  await outbox.tick()
  assert.deepEqual([store.entry(1)?.status, store.entry(1)?.nonce, fake.accepted.length], ['parked', undefined, 0])

  fake.settings.baseFee = parseGwei('20')
  await outbox.tick()
  fake.mine()
  await outbox.tick()
  await done

  assert.equal(ended.receipt?.status, 'success')
})

test('behavior: a replacement never offers more than the job allows, and waits instead', async () => {
  const { fake, store, outbox } = makeOutbox()
  sending(outbox)
  await outbox.tick()
  fake.settings.baseFee = parseGwei('90')
  for (let look = 0; look < 40; look++) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    await outbox.tick()
  }

  const highest = store.signedFor(1).reduce((most, { maxFeePerGas }) => (maxFeePerGas > most ? maxFeePerGas : most), 0n)
  assert.ok(highest <= parseGwei('50'), `${highest}`)
  assert.equal(store.entry(1)?.status, 'parked')
})

test('error: a claim that costs more than it may is refused to its job, and uses no nonce', async () => {
  const { fake, store, outbox } = makeOutbox()
  fake.settings.baseFee = parseGwei('80')
  const { done, ended } = sending(outbox, request({ kind: 'claim' }))

  await outbox.tick()
  await done

  assert.ok(ended.error instanceof RetryableError && ended.error.reason === 'fee-too-high')
  assert.deepEqual([store.entry(1)?.status, fake.accepted.length], ['dropped', 0])
})

test('error: what would revert is not signed', async () => {
  const { fake, store, outbox } = makeOutbox()
  fake.settings.reverts = true
  const { done, ended } = sending(outbox)

  await outbox.tick()
  await done

  assert.ok(ended.error instanceof Error)
  assert.deepEqual([store.signedFor(1), store.entry(1)?.status], [[], 'dropped'])
})

test('error: a nonce that another program used is found out by reading the chain, and not before blocks have come', async () => {
  const { fake, store, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  const { done, ended } = sending(outbox)
  await outbox.tick()
  fake.forget()
  fake.useNonce()

  for (let look = 0; look < 5; look++) await outbox.tick()
  fake.mine()
  await outbox.tick()
  assert.equal(store.entry(1)?.status, 'sent')
  fake.mine()
  await outbox.tick()
  await done

  assert.ok(ended.error instanceof RetryableError && ended.error.reason === 'transaction-lost')
  assert.equal(store.entry(1)?.status, 'dropped')
})

test('behavior: S3-HA-2 looks that do not find a mined transaction count only when they follow one another', async () => {
  const { fake, store, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  await sendMined({ fake, outbox })

  for (let round = 0; round < 4; round++) {
    for (const isBehind of [true, true, false]) {
      fake.settings.isBehind = isBehind
      fake.mine()
      await outbox.tick()
    }
    assert.equal(store.entry(1)?.status, 'mined', `round ${round}`)
  }
})

test('soundness: S3-HA-2 what was seen mined is not given up until the chain was read with another block there', async () => {
  const { fake, store, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  const read = (number: number, hash: Hex) => {
    const blocks = [{ number, hash, parentHash: id(0) }]
    store.advance({ rewindTo: number - 1, blocks, events: [], operator: zeroAddress })
  }
  const look = async (): Promise<string | undefined> => {
    for (let count = 0; count < 6; count++) {
      fake.mine()
      await outbox.tick()
    }
    return store.entry(1)?.status
  }
  read(0, id(0))
  await sendMined({ fake, outbox })
  fake.settings.isBehind = true

  assert.equal(await look(), 'sent')
  read(1, fake.hashOf(1))
  assert.equal(await look(), 'sent')
  read(1, id(9))
  assert.equal(await look(), 'dropped')
})

test('behavior: S2-ESC-1 a mined transaction that a reorganisation takes back is sent again with the same bytes', async () => {
  const { fake, store, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  await sendMined({ fake, outbox })
  fake.reorg(1)
  fake.mine()

  await outbox.tick()
  assert.equal(store.entry(1)?.status, 'sent')
  fake.mine()
  await outbox.tick()

  assert.equal(store.entry(1)?.status, 'mined')
  assert.deepEqual([fake.accepted.length, new Set(fake.accepted).size], [2, 1])
})

test('behavior: what waits together is signed together, each with its own nonce, and one that would revert holds up none', async () => {
  const { fake, store, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  const dear = request({ jobIds: [id(3)], kind: 'claim', maxCost: 1n })
  const sent = [request(), request({ jobIds: [id(2)] }), dear, request({ jobIds: [id(4)] })].map((one) =>
    sending(outbox, one),
  )

  await outbox.tick()

  assert.deepEqual(
    fake.pool().map(({ nonce }) => nonce),
    [0, 1, 2],
  )
  assert.deepEqual(
    store.liveEntries().map(({ nonce, jobIds }) => [nonce, jobIds[0]]),
    [
      [0, id(1)],
      [1, id(2)],
      [2, id(4)],
    ],
  )
  await sent[2]?.done
  assert.ok(sent[2]?.ended.error instanceof RetryableError)
  fake.mine()
  await outbox.tick()
  await Promise.all(sent.map(({ done }) => done))
})

test('behavior: what was mined is asked for again only where the blocks read since say otherwise', async () => {
  const { fake, store, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  await sendMined({ fake, outbox })
  let asked = 0
  fake.settings.refuse = (method) => {
    if (method === 'eth_getTransactionReceipt') asked += 1
    return false
  }
  const read = (branch: Hex) =>
    store.advance({
      rewindTo: 0,
      blocks: [{ number: 1, hash: branch, parentHash: id(0) }],
      events: [],
      operator: zeroAddress,
    })
  const hash = fake.hashOf(1)

  read(hash)
  fake.mine()
  await outbox.tick()
  assert.equal(asked, 0)
  read(id(9))
  fake.mine()
  await outbox.tick()

  assert.equal(asked, 1)
})

test('behavior: S0-TASK-1 after a restart the stored transaction is sent, and nothing is signed twice', async () => {
  const { fake, store, parts, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  fake.settings.refuse = (method) => method === 'eth_sendRawTransaction'
  sending(outbox)
  await outbox.tick()
  assert.deepEqual([store.signedFor(1).length, fake.accepted.length], [1, 0])

  fake.settings.refuse = () => false
  const second = createOutbox(parts, logger)
  assert.equal(second.hasPending({ jobId: id(1), kind: 'submit' }), true)
  const { done } = sending(second)
  await second.tick()
  fake.mine()
  await second.tick()
  await done

  assert.deepEqual(fake.accepted, [store.signedFor(1)[0]?.raw])
  assert.equal(store.liveEntries().length, 1)
})

test('behavior: a gap below the nonces that wait is filled', async () => {
  const { fake, store, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  // A transaction of another program waits in the mempool when the nonce is chosen, and is then forgotten.
  const account = fake.chain.account
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId: 31_337,
    to: zeroAddress,
    nonce: 0,
    gas: 21_000n,
    maxFeePerGas: 1n,
  })
  await fake.chain.client.request({ method: 'eth_sendRawTransaction', params: [raw] })
  const { done, ended } = sending(outbox)
  await outbox.tick()
  assert.equal(store.entry(1)?.nonce, 1)
  const [own] = store.signedFor(1)
  fake.forget()
  assert.ok(own !== undefined)
  await fake.chain.client.request({ method: 'eth_sendRawTransaction', params: [own.raw] })

  for (let look = 0; look < 3; look++) await outbox.tick()
  fake.mine()
  await outbox.tick()
  await done

  assert.equal(ended.receipt?.status, 'success')
  assert.deepEqual(
    fake.mined().map(({ nonce, data }) => [nonce, data]),
    [
      [0, '0x'],
      [1, '0x01'],
    ],
  )
})

test('behavior: S3-CHA-1 an answer that the market skipped in a mined batch is sent again, and one that it took is not', async () => {
  const { fake, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  const [both, second] = [request({ jobIds: [id(1), id(2)] }), request({ jobIds: [id(2)], data: '0x02' })]
  fake.settings.skipped = [id(2)]
  const batch = sending(outbox, both)
  await outbox.tick()
  fake.mine()
  await outbox.tick()
  await batch.done

  assert.equal((await outbox.send(request({ data: '0x03' }), signal)).status, 'success')
  const again = sending(outbox, second)
  for (let look = 0; look < 3; look++) {
    await outbox.tick()
    fake.mine()
  }
  await again.done

  assert.equal(again.ended.receipt?.status, 'success')
  assert.deepEqual(
    fake.mined().map(({ data }) => data),
    ['0x01', '0x02'],
  )
})

test('soundness: S3-CHA-1 the nonce of what a reorganisation took back is not filled before that is read, and is sent again with the same bytes', async () => {
  const { fake, store, outbox } = makeOutbox({ replaceAfterSeconds: 60 })
  const read = (hash: Hex) => {
    const blocks = [{ number: 1, hash, parentHash: id(0) }]
    store.advance({ rewindTo: 0, blocks, events: [], operator: zeroAddress })
  }
  await sendMined({ fake, outbox })
  read(fake.hashOf(1))
  const { done, ended } = sending(outbox, request({ jobIds: [id(2)], data: '0x02' }))
  await outbox.tick()
  fake.reorg(1)
  for (let look = 0; look < 5; look++) await outbox.tick()
  assert.deepEqual(
    fake.pool().map(({ nonce, data }) => [nonce, data]),
    [[1, '0x02']],
  )

  read(fake.hashOf(1))
  await outbox.tick()
  fake.mine()
  await outbox.tick()
  await done

  assert.equal(ended.receipt?.status, 'success')
  assert.deepEqual(
    fake.mined().map(({ nonce, data }) => [nonce, data]),
    [
      [0, '0x01'],
      [1, '0x02'],
    ],
  )
  assert.deepEqual([fake.accepted.length, new Set(fake.accepted).size], [3, 2])
})

test('invariant: S3-CHA-1 with a third of all calls lost, forgetful mempools, reorganisations and restarts each row is mined once', async () => {
  const random = seededRandom(77)
  const { fake, store, parts } = makeOutbox({ replaceAfterSeconds: 0.005 })
  let outbox = createOutbox(parts, logger)
  const count = 100
  const isMined = (index: number) => fake.mined().some(({ data }) => data === numberToHex(index, { size: 4 }))
  const open = new Set<number>()
  let next = 1
  for (
    let round = 0;
    round < 4000 && (next <= count || !Array.from({ length: count }, (_, i) => isMined(i + 1)).every(Boolean));
    round++
  ) {
    if (next <= count && random() < 0.3) open.add(next++)
    if (random() < 0.03) outbox = createOutbox(parts, logger)
    for (const index of open) {
      // As a job does: it sends again until the chain has its answer.
      if (isMined(index) || store.liveEntry({ jobId: id(index), kind: 'submit' }) !== undefined) continue
      sending(outbox, request({ jobIds: [id(index)], data: numberToHex(index, { size: 4 }) }))
    }
    fake.settings.refuse = () => random() < 1 / 3
    await outbox.tick().catch(() => undefined)
    fake.settings.refuse = () => false
    if (random() < 0.02) fake.forget()
    if (random() < 0.5) fake.mine()
    if (random() < 0.03) fake.reorg(Math.min(fake.head(), 1 + Math.floor(random() * 4)))
    fake.settings.baseFee = parseGwei(`${1 + Math.floor(random() * 20)}`)
  }

  const mined = fake.mined().flatMap(({ data }) => (data === '0x' ? [] : [Number(data)]))
  assert.deepEqual(
    mined.toSorted((a, b) => a - b),
    Array.from({ length: count }, (_, index) => index + 1),
  )
})

test('behavior: a block that comes while the outbox looks is looked at without waiting for another', {
  timeout: 60_000,
}, async () => {
  const { fake, parts } = makeOutbox({ replaceAfterSeconds: 60 })
  const stopping = new AbortController()
  let block = Promise.withResolvers<void>()
  const outbox = createOutbox({ ...parts, nextBlock: () => block.promise }, logger)
  const running = outbox.run(stopping.signal)
  const { ended, done } = sending(outbox)

  // Mined and announced after it was sent, in the middle of the same look.
  fake.settings.refuse = (method) => {
    if (method === 'eth_blockNumber' && fake.pool().length > 0) {
      fake.mine()
      block.resolve()
      block = Promise.withResolvers()
    }
    return false
  }
  await done

  assert.equal(ended.receipt?.status, 'success')
  stopping.abort()
  block.resolve()
  await running
})
