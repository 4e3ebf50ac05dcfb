import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import type { Hex } from 'viem'
import type { BlockRef } from './cursor.ts'
import { fakeOrder } from './fakeOrder.ts'
import type { MarketEvent } from './jobEvents.ts'
import { openStore, type PlacedEvent } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-store-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const operator = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
const other = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
const hash: Hex = `0x${'ab'.repeat(32)}`
let folders = 0

function freshFolder(): string {
  folders += 1
  return join(folder, `${folders}`)
}

function id(number: number): Hex {
  return `0x${number.toString(16).padStart(64, '0')}`
}

function requested(number: number, block = number): MarketEvent {
  return { type: 'requested', jobId: id(number), order: fakeOrder(), block }
}

/** The events in one block, with its place in a chain whose hashes do not matter. */
function blockWith(number: number, events: MarketEvent[]): { blocks: BlockRef[]; events: PlacedEvent[] } {
  const placed = events.map((event, logIndex) => {
    const blockNumber = event.type === 'requested' ? event.block : number
    return { blockNumber, blockHash: hash, logIndex, event }
  })
  return { blocks: [{ number, hash, parentHash: hash }], events: placed }
}

function openBound(directory = freshFolder()) {
  const store = openStore(directory)
  store.bind('chain')
  return store
}

test('behavior: S0-TASK-1 what was stored is there after the store is opened again', () => {
  const directory = freshFolder()
  const first = openBound(directory)
  first.advance({ ...blockWith(9, [requested(1)]), operator })
  first.patchJob(id(1), {
    stage: 'submit',
    input: Uint8Array.of(1, 2),
    answer: { outputs: [2n ** 240n], proof: [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n] },
    due: 44,
    durations: { prove: 12 },
  })
  first.close()

  const second = openBound(directory)
  const job = second.job(id(1))

  assert.deepEqual(second.cursor(), { block: 9, hash })
  assert.deepEqual(job?.order, fakeOrder())
  assert.equal(job?.stage, 'submit')
  assert.deepEqual([...(job?.input ?? [])], [1, 2])
  assert.deepEqual(job?.answer?.outputs, [2n ** 240n])
  assert.deepEqual(job?.durations, { prove: 12 })
  second.close()
})

test('invariant: S3-HA-2 a job that the chain is asked about before its events are read has all that they tell', () => {
  const store = openBound()
  const paid = { workerShare: 9n, royalty: 2n, fee: 1n }
  const claimed: MarketEvent = { type: 'claimed', jobId: id(1), worker: operator, price: 12n, due: 44 }
  const settled: MarketEvent = { type: 'settled', jobId: id(1), worker: operator, transactionHash: hash, ...paid }
  store.advance({ ...blockWith(1, [requested(1)]), operator })
  // An endpoint that is behind serves no events yet, while another has answered the stages from the claim to the settlement.
  store.patchJob(id(1), { due: 44 })
  store.patchJob(id(1), { status: 'settled', settlement: paid, settledIn: hash })

  store.advance({ ...blockWith(2, [claimed, settled]), operator })

  const { status, price, due, settlement, settledIn } = store.job(id(1)) ?? {}
  assert.deepEqual(
    { status, price, due, settlement, settledIn },
    { status: 'settled', price: 12n, due: 44, settlement: paid, settledIn: hash },
  )
  store.close()
})

test('invariant: cursor and jobs advance together or not at all', () => {
  const store = openBound()
  store.advance({ ...blockWith(1, [requested(1)]), operator })
  // A request that cannot be written: SQLite refuses a job without a block.
  const broken = { ...requested(2), block: Number.NaN } as MarketEvent

  assert.throws(() => store.advance({ ...blockWith(2, [requested(3), broken]), operator }))

  assert.equal(store.cursor()?.block, 1)
  assert.equal(store.job(id(3)), undefined)
  store.close()
})

test('behavior: open jobs come with claimed ones first, then by age', () => {
  const store = openBound()
  const claimed: MarketEvent = { type: 'claimed', jobId: id(3), worker: operator, price: 1n, due: 50 }
  const taken: MarketEvent = { type: 'claimed', jobId: id(2), worker: other, price: 1n, due: 50 }
  const events = [requested(1, 7), requested(2, 5), requested(3, 9), requested(4, 6), claimed, taken]

  store.advance({ ...blockWith(10, events), operator })

  assert.deepEqual(
    store.openJobs().map(({ jobId }) => jobId),
    [id(3), id(4), id(1)],
  )
  assert.deepEqual(store.counts(), { open: 3, lost: 1 })
  store.close()
})

test('behavior: jobs are counted by status and by reason', () => {
  const store = openBound()
  store.advance({ ...blockWith(9, [requested(1), requested(2), requested(3)]), operator })
  store.patchJob(id(1), { status: 'over', reason: 'price-too-low' })
  store.patchJob(id(2), { status: 'over', reason: 'price-too-low' })

  assert.deepEqual(store.counts(), { open: 1, over: 2 })
  assert.deepEqual(store.reasonCounts(), { 'price-too-low': 2 })
  store.close()
})

test('behavior: a job that ended does not keep its input', () => {
  const store = openBound()
  store.advance({ ...blockWith(1, [requested(1)]), operator })
  store.patchJob(id(1), { input: new Uint8Array(100) })

  store.advance({ ...blockWith(2, [{ type: 'cancelled', jobId: id(1) }]), operator })

  assert.equal(store.job(id(1))?.input, undefined)
  store.close()
})

test('behavior: a store of another chain is forgotten, the same chain is kept', () => {
  const store = openBound()
  store.advance({ ...blockWith(1, [requested(1)]), operator })

  assert.equal(store.bind('chain'), false)
  assert.equal(store.cursor()?.block, 1)
  assert.equal(store.bind('another chain'), true)
  assert.equal(store.cursor(), undefined)
  assert.equal(store.job(id(1)), undefined)
  store.close()
})

test('behavior: something to be sent is live until it is final or dropped, with all that was signed for it', () => {
  const store = openBound()
  const request = {
    kind: 'claim',
    jobIds: [id(1)],
    to: operator,
    data: '0x01',
    maxCost: 10n ** 18n,
    gasReserved: 5n,
  } as const
  const { id: entry } = store.addEntry({ ...request, jobIds: [id(1)] })
  const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n }

  assert.equal(store.liveEntry({ jobId: id(1), kind: 'claim' })?.nonce, undefined)
  store.addSigned({ hash, entry, nonce: 4, raw: '0x02', ...fees })
  const pending = store.liveEntry({ jobId: id(1), kind: 'claim' })

  assert.deepEqual([pending?.status, pending?.nonce, pending?.maxCost], ['sent', 4, 10n ** 18n])
  assert.equal(store.liveEntry({ jobId: id(1), kind: 'submit' }), undefined)
  store.setEntry(entry, { status: 'mined', transactions: [{ hash, status: 'mined', block: 7 }] })

  assert.equal(store.liveEntry({ jobId: id(1), kind: 'claim' })?.status, 'mined')
  assert.deepEqual([store.liveEntries().length, store.signedFor(entry)[0]?.block], [1, 7])
  store.setEntry(entry, { status: 'final' })

  assert.deepEqual([store.liveEntries(), store.outboxCounts()], [[], { final: 1 }])
  store.pruneOutbox(Date.now() + 1)

  assert.deepEqual([store.outboxCounts(), store.signedFor(entry)], [{}, []])
  store.close()
})

test('behavior: what was signed last stays last when the clock is set back', (t) => {
  const store = openBound()
  const request = { kind: 'submit', to: operator, data: '0x01', maxCost: 1n, gasReserved: 0n } as const
  const { id: entry } = store.addEntry({ ...request, jobIds: [id(1)] })
  const fees = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n }
  t.mock.timers.enable({ apis: ['Date'], now: 7_200_000 })
  store.addSigned({ hash: id(8), entry, nonce: 4, raw: '0x02', ...fees })

  t.mock.timers.setTime(0)
  store.addSigned({ hash: id(9), entry, nonce: 4, raw: '0x03', ...fees })

  assert.deepEqual(
    store.signedFor(entry).map(({ hash }) => hash),
    [id(8), id(9)],
  )
  store.close()
})

test('behavior: a signed order is a job before any event, keeps its signature through them, and is open again when its claim is taken back', () => {
  const store = openBound()
  store.advance({ ...blockWith(1, []), operator })
  const signature: Hex = `0x${'cd'.repeat(65)}`
  store.addOrder({ jobId: id(1), order: fakeOrder(), signature })
  const posted = store.job(id(1))

  const claimed: MarketEvent = { type: 'claimed', jobId: id(1), worker: operator, price: 11n, due: 400 }
  store.advance({ ...blockWith(2, [requested(1, 2), claimed]), operator })
  const taken = store.job(id(1))
  store.advance({ blocks: [], events: [], rewindTo: 1, operator })
  const back = store.job(id(1))

  const facts = [posted, taken, back].map((job) => [job?.status, job?.requestBlock, job?.due, job?.signature])
  assert.deepEqual(facts, [
    ['open', 1, undefined, signature],
    ['open', 2, 400, signature],
    ['open', 2, undefined, signature],
  ])
  store.close()
})

test('behavior: a signed order that was declined is taken once more when it is posted again, one that goes on is left alone', () => {
  const store = openBound()
  const order = { jobId: id(1), order: fakeOrder(), signature: '0xaa' } as const
  store.addOrder(order)
  store.patchJob(id(1), { status: 'declined', reason: 'content-unavailable' })

  store.addOrder(order)
  store.patchJob(id(1), { stage: 'claim' })
  store.addOrder(order)

  const { status, reason, stage } = store.job(id(1)) ?? {}
  assert.deepEqual([status, reason, stage], ['open', undefined, 'claim'])
  store.close()
})

test('invariant: of signed orders that came to nothing a thousand are remembered', () => {
  const store = openBound()
  for (let number = 1; number <= 1010; number++) {
    store.addOrder({ jobId: id(number), order: fakeOrder(), signature: '0xaa' })
    store.patchJob(id(number), { status: 'declined', reason: 'model-unknown' })
  }
  store.addOrder({ jobId: id(2000), order: fakeOrder(), signature: '0xaa' })

  const kept = store.recentJobs(5000).filter(({ status }) => status === 'declined')
  assert.equal(kept.length, 1000)
  assert.equal(store.job(id(2000))?.status, 'open')
  store.close()
})

test('error: S0-REL-1 what SQLite takes back by itself, as on a full disk, is said as it is, and the store goes on', () => {
  const directory = freshFolder()
  const store = openBound(directory)
  const db = new DatabaseSync(join(directory, 'worker.sqlite'))
  db.exec(`CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END`)

  assert.throws(() => store.advance({ ...blockWith(9, [requested(1)]), operator }), { message: /disk is full/ })
  assert.equal(store.job(id(1)), undefined)
  assert.equal(store.cursor(), undefined)

  db.exec('DROP TRIGGER full')
  store.advance({ ...blockWith(9, [requested(1)]), operator })
  assert.equal(store.job(id(1))?.status, 'open')
  db.close()
  store.close()
})

test('behavior: what is to be sent is read by an index, however much was sent before', () => {
  const directory = freshFolder()
  const store = openBound(directory)
  const db = new DatabaseSync(join(directory, 'worker.sqlite'))

  const plan = db.prepare('EXPLAIN QUERY PLAN SELECT jobId FROM outboxJobs WHERE entry = ? ORDER BY place').all(1)

  assert.deepEqual(
    plan.map(({ detail }) => detail),
    ['SEARCH outboxJobs USING COVERING INDEX outboxJobsByEntry (entry=?)'],
  )
  db.close()
  store.close()
})
