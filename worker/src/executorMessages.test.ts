import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { bytesToHex, type Hex } from 'viem'
import {
  decodeItem,
  decodeReport,
  decodeResult,
  type ExecutorItem,
  type ExecutorResult,
  encodeItem,
  encodeReport,
  encodeResult,
} from './executorMessages.ts'

const hash = (): Hex => bytesToHex(randomBytes(32))

function fakeItem(bytes?: Uint8Array): ExecutorItem {
  const model = {
    modelId: hash(),
    graphId: hash(),
    keyHash: hash(),
    manifestCid: 'bafkrei',
    owner: bytesToHex(randomBytes(20)),
  }
  const input = { inputCid: hash(), inputCommitment: 2n ** 250n, inputRoot: hash(), bytes }
  return { jobId: hash(), model, input, binding: 2n ** 247n, refused: ['one'] }
}

const answer: ExecutorResult = {
  executor: 'one',
  outputs: [2n ** 240n, 0n],
  proof: Array.from({ length: 8 }, (_, index) => 2n ** 253n + BigInt(index)),
  durations: { runInference: 12, prove: 345 },
}

test('behavior: items, results and reports come out as they went in', () => {
  const failure: ExecutorResult = {
    executor: 'one',
    failure: { reason: 'limit-exceeded', detail: 'too much', mayPass: false },
  }
  const limits = { memoryMb: 1, wallSeconds: 2, maxModelBytes: 3, maxInputBytes: 4 }
  const report = { slots: 2, running: 1, rung: 'isolated', ...limits, computeMs: { [hash()]: 17 } } as const

  for (const item of [fakeItem(), fakeItem(randomBytes(1000))]) assert.deepEqual(decodeItem(encodeItem(item)), item)
  for (const result of [answer, failure]) assert.deepEqual(decodeResult(encodeResult(result)), result)
  assert.deepEqual(decodeReport(encodeReport(report)), report)
})

test('error: what is no message is named as such, whatever it is', () => {
  const name = 'ExecutorMessageError'

  for (const text of ['', 'no JSON', '5', '{}', '[]']) {
    assert.throws(() => decodeItem(text), { name })
    assert.throws(() => decodeResult(text), { name })
    assert.throws(() => decodeReport(text), { name })
  }
  assert.throws(() => decodeResult(encodeResult({ ...answer, proof: [1n] })), { name })
  assert.throws(() => decodeResult(encodeResult({ ...answer, outputs: [-1n] })), { name })
})

test('soundness: an executor has no say in reasons that are not its own', () => {
  const failure = { reason: 'settled-by-other', detail: '', mayPass: false } as const

  const result = decodeResult(encodeResult({ executor: 'one', failure }))

  assert.ok('failure' in result)
  assert.equal(result.failure.reason, 'internal')
})
