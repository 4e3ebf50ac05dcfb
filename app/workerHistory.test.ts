import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Address, type Hex, zeroAddress } from 'viem'
import { fakeWatchedJob } from './fakeWatchedJob.ts'
import {
  type Earning,
  earningBars,
  earningsOf,
  formerSigners,
  type JobNote,
  jobsOf,
  slashesOf,
  type WorkerNote,
} from './workerHistory.ts'

const job = (byte: string): Hex => `0x${byte.repeat(32)}`
const account = (byte: string): Address => `0x${byte.repeat(20)}`
const { order } = fakeWatchedJob()
const at = (block: number) => ({ block: BigInt(block), index: 0, at: block * 10 })
const paid = (block: number, note: { name: 'JobSettled' | 'PayeePaid'; amount: bigint }): WorkerNote => ({
  ...at(block),
  ...note,
  jobId: job('11'),
  request: { jobId: job('11'), order, requestBlock: 1n },
})

test('behavior: a settled job brings the worker’s share, and a shared one what is paid to it by name', () => {
  const alone = [paid(1, { name: 'JobSettled', amount: 90n })]
  const shared = [paid(1, { name: 'JobSettled', amount: 90n }), paid(1, { name: 'PayeePaid', amount: 30n })]

  assert.deepEqual(earningsOf(alone), [{ jobId: job('11'), at: 10, amount: 90n, token: zeroAddress }])
  assert.deepEqual(
    earningsOf(shared).map(({ amount }) => amount),
    [30n],
  )
})

test('behavior: what was lost is told with its cause, and a penalty of nothing is no loss', () => {
  const lost = (name: 'JobExpired' | 'JobOverturned' | 'JobReleased', amount: bigint): WorkerNote => ({
    ...at(2),
    name,
    jobId: job('11'),
    request: undefined,
    amount,
  })
  const notes: WorkerNote[] = [
    { ...at(3), name: 'EquivocationProved', jobId: job('22'), amount: 7n },
    lost('JobReleased', 0n),
    lost('JobReleased', 1n),
    lost('JobOverturned', 2n),
    lost('JobExpired', 3n),
  ]

  assert.deepEqual(
    slashesOf(notes).map(({ reason, amount }) => [reason, amount]),
    [
      ['equivocation', 7n],
      ['released', 1n],
      ['overturned', 2n],
      ['late', 3n],
    ],
  )
})

test('behavior: a job that was claimed, answered and paid is listed once', () => {
  const note = (block: number, jobId: Hex): WorkerNote => {
    const claimed: JobNote = { name: 'JobClaimed', jobId, request: undefined }
    return { ...at(block), ...claimed }
  }

  assert.deepEqual(
    jobsOf([note(3, job('22')), note(2, job('11')), note(1, job('22'))]).map(({ jobId }) => jobId),
    [job('22'), job('11')],
  )
})

test('behavior: a replaced signer is listed until its grace is over, and its newest end counts', () => {
  const ends = (block: number, signer: Address, validUntil: number): WorkerNote => ({
    ...at(block),
    name: 'SignerEnds',
    signer,
    validUntil,
  })
  const operator = account('dd')
  const notes = [
    ends(4, operator, 500),
    ends(3, account('aa'), 50),
    ends(2, account('bb'), 500),
    ends(1, account('aa'), 500),
  ]
  const listed = (now: number, signer = account('cc')) => formerSigners(notes, { now, worker: { operator, signer } })

  assert.deepEqual(listed(100), [{ signer: account('bb'), validUntil: 500 }])
  assert.deepEqual(listed(501), [])
  assert.deepEqual(listed(100, account('bb')), [])
})

const earned = (moment: number, amount = 1n, token: Address = zeroAddress): Earning => ({
  jobId: job('11'),
  at: moment,
  amount,
  token,
})

test('invariant: the bars hold every amount once, stand without gaps, and are 24', () => {
  const now = 1_800_000_000
  for (const span of [0, 30, 1000, 50_000, 400_000, 30_000_000, 300_000_000]) {
    const earnings = Array.from({ length: 40 }, (_, index) => earned(now - Math.floor((span * index) / 39)))

    const { bars, stretchSeconds } = earningBars(earnings, now)

    assert.equal(bars.length, 24)
    assert.equal(
      bars.reduce((sum, { amount }) => sum + amount, 0n),
      40n,
    )
    assert.equal(
      bars.reduce((sum, { jobs }) => sum + jobs, 0),
      40,
    )
    bars.slice(1).forEach(({ from }, index) => {
      assert.equal(from - (bars[index]?.from ?? 0), stretchSeconds)
    })
  }
})

test('soundness: tokens and amounts of unknown tokens are not added to the chain’s own coin', () => {
  const { bars } = earningBars(
    [earned(100, 5n), earned(100, 7n, account('aa')), { ...earned(100, 9n), token: undefined }],
    100,
  )

  assert.deepEqual(
    bars.filter(({ jobs }) => jobs > 0).map(({ amount }) => amount),
    [5n],
  )
})
