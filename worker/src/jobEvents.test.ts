import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zeroHash } from 'viem'
import { applyEvent, type JobFacts, type MarketEvent } from './jobEvents.ts'

const me = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
const other = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
const jobId = zeroHash

type LaterEvent = Exclude<MarketEvent, { type: 'requested' }>

const claimed = (worker: typeof me | typeof other): LaterEvent => ({
  type: 'claimed',
  jobId,
  worker,
  price: 12n,
  due: 500,
})
const expired = (worker: typeof me | typeof other): LaterEvent => ({ type: 'expired', jobId, worker })
const released = (worker: typeof me | typeof other): LaterEvent => ({ type: 'released', jobId, worker })
const settled = (worker: typeof me | typeof other) =>
  ({
    type: 'settled',
    jobId,
    worker,
    workerShare: 9n,
    royalty: 2n,
    fee: 1n,
    transactionHash: zeroHash,
  }) as const satisfies LaterEvent

function replay(...events: LaterEvent[]): JobFacts {
  return events.reduce<JobFacts>((facts, event) => applyEvent(facts, event, me), { status: 'open' })
}

/** As a row of the store has it: what is not known is undefined. */
function stored({ status, reason, price, due, settlement, settledIn }: JobFacts): JobFacts {
  return { status, reason, price, due, settlement, settledIn }
}

test('behavior: a job claimed by another is lost, and open again when that claim expires', () => {
  assert.deepEqual(replay(claimed(other)), { status: 'lost', reason: 'claimed-by-other' })
  assert.equal(replay(claimed(other), expired(other)).status, 'open')
  assert.equal(replay(claimed(other), settled(other)).reason, 'settled-by-other')
})

test('behavior: an own claim gives the job its price and due time, even when the job was declined meanwhile', () => {
  assert.deepEqual(replay(claimed(me)), { status: 'open', price: 12n, due: 500 })
  const declined = applyEvent({ status: 'declined', reason: 'stake-too-low' }, claimed(me), me)
  assert.equal(declined.status, 'open')
})

test('behavior: an own settlement records who was paid, and nothing changes it', () => {
  const facts = replay(claimed(me), settled(me))

  assert.equal(facts.status, 'settled')
  assert.deepEqual(facts.settlement, { workerShare: 9n, royalty: 2n, fee: 1n })
  assert.deepEqual(replay(claimed(me), settled(me), { type: 'refunded', jobId }, claimed(other)), facts)
})

test('behavior: an own claim that expired is slashed for good', () => {
  assert.equal(replay(claimed(me), expired(me)).status, 'slashed')
  assert.equal(replay(claimed(me), expired(me), claimed(other), settled(other)).status, 'slashed')
})

test('behavior: cancelled and refunded jobs are over', () => {
  assert.deepEqual(replay({ type: 'cancelled', jobId }), { status: 'over', reason: 'cancelled' })
  assert.deepEqual(replay({ type: 'refunded', jobId }), { status: 'over', reason: 'refunded' })
})

test('invariant: reading a range of blocks twice changes nothing', () => {
  const histories = [
    [claimed(other), expired(other), claimed(me), settled(me)],
    [claimed(me), expired(me)],
    [claimed(other), settled(other)],
    [claimed(other), expired(other), { type: 'refunded', jobId } as const],
  ]

  for (const events of histories) {
    for (let from = 0; from <= events.length; from++) {
      assert.deepEqual(replay(...events, ...events.slice(from)), replay(...events), `${events.length} from ${from}`)
    }
  }
})

test('invariant: an end that the worker read ahead of the events comes to the same as the events alone', () => {
  const { workerShare, royalty, fee, transactionHash } = settled(me)
  const paid: JobFacts = { status: 'settled', settlement: { workerShare, royalty, fee }, settledIn: transactionHash }
  const over: JobFacts = { status: 'over', reason: 'refunded' }
  const refunded = { type: 'refunded', jobId } as const
  const histories: { events: LaterEvent[]; end: JobFacts }[] = [
    { events: [claimed(me), settled(me)], end: paid },
    { events: [claimed(other), expired(other), claimed(me), settled(me)], end: paid },
    { events: [claimed(me), expired(me), claimed(me), settled(me)], end: paid },
    { events: [claimed(me), released(me), refunded], end: over },
    { events: [claimed(me), expired(me), refunded], end: over },
    { events: [claimed(other), released(other), refunded], end: over },
  ]

  for (const { events, end } of histories) {
    for (let read = 0; read < events.length; read++) {
      const before = replay(...events.slice(0, read))
      // The worker asks no more about a job with which it lost its bond.
      if (before.status === 'slashed') break
      const facts = events
        .slice(read)
        .reduce<JobFacts>((known, event) => applyEvent(known, event, me), { ...before, reason: undefined, ...end })
      assert.deepEqual(stored(facts), stored(replay(...events)), `${events.map(({ type }) => type)} after ${read}`)
    }
  }
})
