import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hex } from 'viem'
import { type DisputeMark, decidedDisputes } from './decidedDisputes.ts'
import { fakeAccounts } from './fakeWatchedJob.ts'

const { challenger } = fakeAccounts
const jobId: Hex = `0x${'11'.repeat(32)}`
const pending = (block: bigint): DisputeMark => ({ name: 'AnswerPending', jobId, block })
const challenged = (block: bigint): DisputeMark => ({ name: 'JobChallenged', jobId, block, challenger })
const overturned = (block: bigint): DisputeMark => ({ name: 'JobOverturned', jobId, block, challenger })
const decisions = (marks: DisputeMark[], state: 'Answered' | 'Challenged' | 'Settled' | 'Refunded' | 'Requested') =>
  decidedDisputes(marks.toReversed(), new Map([[jobId, state]])).map(({ decision, block }) => [decision, block])

test('behavior: a challenge that is not decided, and an answer without one, are no decisions', () => {
  assert.deepEqual(decisions([pending(1n), challenged(2n)], 'Challenged'), [])
  assert.deepEqual(decisions([pending(1n)], 'Settled'), [])
})

test('behavior: a challenged answer of a settled job stood, and one that was overturned fell', () => {
  assert.deepEqual(decisions([pending(1n), challenged(2n)], 'Settled'), [['stood', 2n]])
  assert.deepEqual(decisions([pending(1n), challenged(2n), overturned(3n)], 'Requested'), [['overturned', 2n]])
  assert.deepEqual(decisions([pending(1n), challenged(2n)], 'Refunded'), [['given up', 2n]])
})

test('behavior: two answers of one worker are a verdict at once, without a challenge before it', () => {
  assert.deepEqual(decisions([pending(1n), overturned(2n)], 'Requested'), [['overturned', 2n]])
})

test('soundness: an answer that fell is not said to have stood because another worker’s answer settled the job later', () => {
  const marks = [pending(1n), challenged(2n), overturned(3n), pending(4n), challenged(5n)]

  assert.deepEqual(decisions(marks, 'Settled'), [
    ['stood', 5n],
    ['overturned', 2n],
  ])
  assert.deepEqual(decisions(marks, 'Challenged'), [['overturned', 2n]])
})
