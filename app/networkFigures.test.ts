import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hex } from 'viem'
import { gasShares, type MarketNote, networkFigures, settledJobs } from './networkFigures.ts'

const coin = '0x0000000000000000000000000000000000000000'
const token = '0x00000000000000000000000000000000000000aa'
const worker = '0x00000000000000000000000000000000000000bb'
const modelId: Hex = `0x${'11'.repeat(32)}`
const job = (number: number): Hex => `0x${number.toString(16).padStart(64, '0')}`

/** Notes in the order given, one block each. */
function notesOf(...notes: (Partial<MarketNote> & Pick<MarketNote, 'name' | 'jobId'>)[]): MarketNote[] {
  return notes.map((note, index) => {
    const rest = { modelId, token: coin, worker, price: 7n, ...note }
    // Each name reads its own members of these, all of which are there.
    return { block: BigInt(index), hash: job(1000 + index), ...rest } as MarketNote
  })
}

test('behavior: figures are of the jobs that were requested in the range, and of no others', () => {
  const figures = networkFigures(
    notesOf(
      { name: 'JobSettled', jobId: job(9) },
      { name: 'JobRequested', jobId: job(1) },
      { name: 'JobRequested', jobId: job(2) },
      { name: 'JobRequested', jobId: job(3) },
      { name: 'JobRequested', jobId: job(4) },
      { name: 'JobClaimed', jobId: job(1) },
      { name: 'JobSettled', jobId: job(1) },
      { name: 'JobRefunded', jobId: job(2) },
      { name: 'JobCancelled', jobId: job(3) },
    ),
  )

  assert.deepEqual(figures, {
    requested: 4,
    live: 1,
    settled: 1,
    fillRate: 1 / 3,
    volume: 7n,
    inTokens: 0,
    workers: 1,
    challenges: 0,
    openChallenges: 0,
  })
})

test('behavior: what was paid in tokens is counted and not added to the volume', () => {
  const { volume, inTokens } = networkFigures(
    notesOf({ name: 'JobRequested', jobId: job(1), token }, { name: 'JobSettled', jobId: job(1) }),
  )

  assert.deepEqual([volume, inTokens], [0n, 1])
})

test('behavior: without a job that ended there is no fill rate', () => {
  assert.equal(networkFigures(notesOf({ name: 'JobRequested', jobId: job(1) })).fillRate, undefined)
  assert.equal(networkFigures([]).fillRate, undefined)
})

test('behavior: a challenge is open until its answer is paid, overturned or given up', () => {
  const notes = notesOf(
    { name: 'JobRequested', jobId: job(1) },
    { name: 'JobRequested', jobId: job(2) },
    { name: 'JobChallenged', jobId: job(1) },
    { name: 'JobChallenged', jobId: job(2) },
    { name: 'JobOverturned', jobId: job(2) },
  )
  const { challenges, openChallenges } = networkFigures(notes)

  assert.deepEqual([challenges, openChallenges], [2, 1])
})

test('behavior: the feed is newest first and names the model where the request is known', () => {
  const feed = settledJobs(
    notesOf(
      { name: 'JobSettled', jobId: job(9) },
      { name: 'JobRequested', jobId: job(1) },
      { name: 'JobSettled', jobId: job(1) },
    ),
    5,
  )

  assert.deepEqual(
    feed.map(({ jobId, modelId: model, requestBlock }) => [jobId, model, requestBlock]),
    [
      [job(1), modelId, 1n],
      [job(9), undefined, undefined],
    ],
  )
})

test('behavior: the gas of a batch is shared among its jobs', () => {
  const hash = job(77)
  const notes = notesOf(
    { name: 'JobRequested', jobId: job(1) },
    { name: 'JobSettled', jobId: job(1), hash },
    { name: 'JobSettled', jobId: job(2), hash },
  )

  assert.deepEqual(gasShares(notes, job(1)), [
    { hash: job(1000), jobs: 1 },
    { hash, jobs: 2 },
  ])
})
