import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeAccounts, fakeEvent, fakeWatchedJob } from './fakeWatchedJob.ts'
import { jobStages } from './jobStages.ts'

const { worker, challenger } = fakeAccounts
const facts = { times: new Map([[1n, 500]]), now: 600, assurance: 'proof' } as const
const claim = { worker, price: 10n ** 18n, due: 900 }
const events = [fakeEvent('JobRequested', { block: 1n }), fakeEvent('JobClaimed', { block: 2n, ...claim })]
const answered = [...events, fakeEvent('JobAnswered', { block: 3n, worker, outputs: [1n] })]
const answer = { worker, outputs: [1n], hash: `0x${'0'.repeat(64)}`, pendingUntil: 2000 } as const

const shape = (stages: ReturnType<typeof jobStages>) => stages.map(({ name, state }) => `${name}: ${state}`)

test('behavior: a requested job waits for a claim, and its stage has the time of its block', () => {
  const stages = jobStages(fakeWatchedJob(), facts)

  assert.deepEqual(shape(stages), ['Requested: done', 'Claimed: current', 'Proved: ahead', 'Settled: ahead'])
  assert.equal(stages[0]?.at, 500)
})

test('behavior: an answer without a proof is answered, not proved, and says until when it can be challenged', () => {
  const stages = jobStages(fakeWatchedJob({ claim, answer, events: answered }), { ...facts, assurance: 'optimistic' })

  assert.deepEqual(shape(stages), ['Requested: done', 'Claimed: done', 'Answered: done', 'Settled: current'])
  assert.match(stages[2]?.text ?? '', /can be challenged until .* \(for 23 min more\)/)
})

test('behavior: a challenge is a stage of its own, with what is due and by when', () => {
  const challenge = { challenger, until: 1800, hash: answer.hash }
  const job = fakeWatchedJob({
    claim,
    answer,
    challenge,
    events: [...answered, fakeEvent('JobChallenged', { block: 4n, challenger, until: 1800 })],
  })
  const [, , , open] = jobStages(job, { ...facts, assurance: 'optimistic' })
  const [, , , over] = jobStages(job, { ...facts, now: 1801, assurance: 'optimistic' })
  const [, , , quorum] = jobStages(job, { ...facts, assurance: 'quorum' })

  assert.match(open?.text ?? '', /worker has to prove it by .* \(in 20 min\)/)
  assert.match(over?.text ?? '', /Time ran out at/)
  assert.match(quorum?.text ?? '', /arbitrator has to rule/)
})

test('behavior: a job that is open again after an answer was overturned waits for a claim, and does not show the old answer', () => {
  const overturned = fakeEvent('JobOverturned', { block: 5n, worker, slashed: 1n, challenger })
  const stages = jobStages(fakeWatchedJob({ events: [...answered, overturned] }), { ...facts, assurance: 'optimistic' })

  assert.deepEqual(shape(stages), ['Requested: done', 'Claimed: current', 'Answered: ahead', 'Settled: ahead'])
  assert.match(stages[1]?.text ?? '', /^A worker’s answer was not defended/)
})

test('behavior: a job that ended without an answer shows what it reached and how it ended', () => {
  const cancelled = fakeEvent('JobCancelled', { block: 6n })
  const stages = jobStages(fakeWatchedJob({ events: [fakeEvent('JobRequested', { block: 1n }), cancelled] }), facts)

  assert.deepEqual(shape(stages), ['Requested: done', 'Cancelled: failed'])
})

test('behavior: a job that was refunded after its answer was overturned says so', () => {
  const events = [
    ...answered,
    fakeEvent('JobOverturned', { block: 5n, worker, slashed: 1n, challenger }),
    fakeEvent('JobRefunded', { block: 5n, amount: 10n ** 18n }),
  ]
  const stages = jobStages(fakeWatchedJob({ events }), { ...facts, assurance: 'optimistic' })

  assert.deepEqual(shape(stages), ['Requested: done', 'Refunded: failed'])
  assert.match(stages[1]?.text ?? '', /answer was not defended.* All 1 ETH went back/)
})

test('behavior: amounts are in the token that the order pays in', () => {
  const [requested] = jobStages(fakeWatchedJob({}, { maxPrice: 2_500_000n }), {
    ...facts,
    token: { symbol: 'USDC', decimals: 6 },
  })

  assert.match(requested?.text ?? '', /^2\.5 USDC went into escrow/)
})
