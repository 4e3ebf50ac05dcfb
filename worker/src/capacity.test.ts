import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Hex, numberToHex } from 'viem'
import { createCapacity } from './capacity.ts'
import type { ExecutorReport } from './executorMessages.ts'
import type { LoadedModel } from './loadModel.ts'

const id = (index: number): Hex => numberToHex(index, { size: 32 })
const modelId = id(77)

function fakeReport(overrides: Partial<ExecutorReport> = {}): ExecutorReport {
  const limits = { memoryMb: 1024, wallSeconds: 60, maxModelBytes: 1000, maxInputBytes: 1000 }
  return { slots: 1, running: 0, rung: 'isolated', ...limits, computeMs: {}, ...overrides }
}

function fakeModel({
  memoryMb = 512,
  bytes = 400,
  constraints = 1000,
} = {}): Pick<LoadedModel, 'modelId' | 'manifest'> {
  const manifest = { limits: { memoryMb, wallSeconds: 30 }, constraints, files: { graph: { bytes }, zkey: { bytes } } }
  // Nothing else of a manifest is read.
  return { modelId, manifest: manifest as LoadedModel['manifest'] }
}

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    // Both kinds of refusal have a reason.
    const { name, reason } = error as { name: string; reason: string }
    return `${name} ${reason}`
  }
  return 'none'
}

test('error: without an executor that can have the model the job waits for one', () => {
  const job = { jobId: id(1), proveSeconds: 300 }
  const none = createCapacity({ executors: () => [], claimed: () => [] })
  const small = createCapacity({ executors: () => [fakeReport()], claimed: () => [] })

  assert.equal(
    refusal(() => none.reserve(job, fakeModel())),
    'RetryableError no-capacity',
  )
  assert.equal(
    refusal(() => small.reserve(job, fakeModel({ memoryMb: 2048 }))),
    'RetryableError no-capacity',
  )
  assert.equal(
    refusal(() => small.reserve(job, fakeModel({ bytes: 501 }))),
    'RetryableError no-capacity',
  )
  assert.equal(
    refusal(() => small.reserve(job, fakeModel())),
    'none',
  )
})

test('error: a job that takes longer than its order gives is declined for good', () => {
  const executors = () => [fakeReport({ computeMs: { [modelId]: 41_000 } }), fakeReport()]
  const capacity = createCapacity({ executors, claimed: () => [] })

  assert.equal(
    refusal(() => capacity.reserve({ jobId: id(1), proveSeconds: 60 }, fakeModel())),
    'JobRefusedError deadline-infeasible',
  )
  assert.equal(
    refusal(() => capacity.reserve({ jobId: id(1), proveSeconds: 62 }, fakeModel())),
    'none',
  )
})

test('error: a model that nobody has measured is declined by what its constraints take this machine', () => {
  const job = { jobId: id(1), proveSeconds: 30 }
  const capacityWith = (prover: ExecutorReport['prover'], measured = {}) =>
    createCapacity({ executors: () => [fakeReport({ prover, computeMs: measured })], claimed: () => [] })
  const native = { kind: 'native', threads: 2, factor: 1 } as const
  const model = fakeModel({ constraints: 400_000 })

  assert.equal(
    refusal(() => capacityWith({ ...native, kind: 'snarkjs' }).reserve(job, model)),
    'JobRefusedError deadline-infeasible',
  )
  assert.equal(
    refusal(() => capacityWith({ ...native, factor: 9 }).reserve(job, model)),
    'JobRefusedError deadline-infeasible',
  )
  assert.equal(
    refusal(() => capacityWith({ ...native, factor: 0.5 }).reserve(job, model)),
    'none',
  )
  // What was measured counts before what is estimated.
  assert.equal(
    refusal(() => capacityWith({ ...native, factor: 9 }, { [modelId]: 1000 }).reserve(job, model)),
    'none',
  )
})

test('soundness: a job that would come too late behind others waits until a place is free', () => {
  const executors = () => [fakeReport({ slots: 2, computeMs: { [modelId]: 10_000 } })]
  let claimed: Hex[] = []
  const capacity = createCapacity({ executors, claimed: () => claimed })
  const reserve = (index: number) => capacity.reserve({ jobId: id(index), proveSeconds: 30 }, fakeModel())
  const places = [1, 2, 3, 4].map(reserve)

  // Two rounds of two fit into 30 s at 15 s each; a third does not.
  assert.equal(
    refusal(() => reserve(5)),
    'RetryableError no-capacity',
  )
  places[0]?.()
  assert.equal(
    refusal(() => reserve(5)),
    'none',
  )
  claimed = [id(2), id(3), id(6)]
  assert.equal(
    refusal(() => reserve(7)),
    'RetryableError no-capacity',
  )
  // A job does not stand in its own way.
  claimed = []
  assert.equal(
    refusal(() => reserve(5)),
    'none',
  )
})
