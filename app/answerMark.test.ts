import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerMark } from './answerMark.ts'
import { fakeAccounts, fakeEvent, fakeWatchedJob } from './fakeWatchedJob.ts'

const { worker, challenger } = fakeAccounts
const hash = `0x${'0'.repeat(64)}` as const
const payout = { worker, workerShare: 1n, royalty: 0n, fee: 0n }
const signed = { worker, outputs: [1n], hash, pendingUntil: 2000 }

test('soundness: only an answer whose proof the contract accepted is green', () => {
  const answer = { worker, outputs: [1n], hash }
  const events = [fakeEvent('JobAnswered', { block: 9n, worker, outputs: [1n] })]
  const challenge = { challenger, until: 3000, hash }

  assert.deepEqual(answerMark(fakeWatchedJob({ answer, events, payout })), {
    kind: 'proved',
    text: 'Proof accepted',
    block: 9n,
  })
  assert.equal(answerMark(fakeWatchedJob({ answer: signed })).kind, 'waiting')
  assert.equal(answerMark(fakeWatchedJob({ answer: signed, challenge })).kind, 'failed')
  assert.equal(answerMark(fakeWatchedJob({ answer: signed, payout })).kind, 'plain')
})
