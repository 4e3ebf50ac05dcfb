import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeOptimisticTerms } from '@assay/sdk/optimisticTerms'
import { disputeOf } from './disputeSides.ts'
import { fakeAccounts, fakeWatchedJob } from './fakeWatchedJob.ts'

const { worker, challenger } = fakeAccounts
const hash = `0x${'0'.repeat(64)}` as const
const challengeBond = 3n * 10n ** 18n
const order = { assuranceData: encodeOptimisticTerms({ windowSeconds: 60, defenceSeconds: 300, challengeBond }) }
const answer = { worker, outputs: [1n], hash, pendingUntil: 2000 }
const challenge = { challenger, until: 3000, hash }

const acting = (dispute: ReturnType<typeof disputeOf>) =>
  dispute?.sides.filter(({ acts }) => acts).map(({ who }) => who)

test('behavior: a pending answer can be challenged with the bond of the order’s terms until its window ends', () => {
  const job = fakeWatchedJob({ answer }, order)
  const dispute = disputeOf(job, { assurance: 'optimistic', now: 2000 })

  assert.equal(dispute?.phase, 'open')
  assert.equal(dispute?.challengeBond, challengeBond)
  assert.deepEqual(acting(dispute), ['Challenger'])
  assert.match(dispute?.sides[0]?.what ?? '', /bond of 3 ETH/)
})

test('behavior: after the window, and not in its last second, anyone can have the worker paid', () => {
  const dispute = disputeOf(fakeWatchedJob({ answer }, order), { assurance: 'optimistic', now: 2001 })

  assert.equal(dispute?.phase, 'quiet')
  assert.deepEqual(acting(dispute), ['Anyone'])
})

test('behavior: under challenge the worker has to prove by a time, and after it anyone can have the contract decide', () => {
  const job = fakeWatchedJob({ answer, challenge }, order)
  const defence = disputeOf(job, { assurance: 'optimistic', now: 2500 })
  const lapsed = disputeOf(job, { assurance: 'optimistic', now: 3001 })

  assert.deepEqual([defence?.phase, acting(defence), defence?.sides[0]?.by], ['defence', ['Worker'], 3000])
  assert.deepEqual([lapsed?.phase, acting(lapsed)], ['lapsed', ['Anyone']])
})

test('behavior: under quorum the arbitrator decides, and nobody is asked for a proof', () => {
  const open = disputeOf(fakeWatchedJob({ answer }), { assurance: 'quorum', now: 1500 })
  const defence = disputeOf(fakeWatchedJob({ answer, challenge }), { assurance: 'quorum', now: 2500 })

  assert.match(open?.sides[0]?.what ?? '', /pay the arbitrator/)
  assert.deepEqual(acting(defence), ['Arbitrator', 'Anyone'])
  assert.equal(open?.challengeBond, undefined)
})

test('behavior: there is nothing to decide of an answer that came with its proof, or was paid', () => {
  const payout = { worker, workerShare: 1n, royalty: 0n, fee: 0n }
  const proved = fakeWatchedJob({ answer: { worker, outputs: [1n], hash } })

  assert.equal(disputeOf(proved, { assurance: 'optimistic', now: 1 }), undefined)
  assert.equal(disputeOf(fakeWatchedJob({ answer, payout }), { assurance: 'optimistic', now: 1 }), undefined)
})

test('error: terms that cannot be read offer no challenge', () => {
  const dispute = disputeOf(fakeWatchedJob({ answer }, { assuranceData: '0x12' }), { assurance: 'optimistic', now: 1 })

  assert.equal(dispute?.challengeBond, undefined)
})
