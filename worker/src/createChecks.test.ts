import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { commitInput } from '@assay/circuits/inputCommitment'
import { packInput } from '@assay/circuits/packing'
import { tensorRoot } from '@assay/circuits/tensorRoot'
import { createChecks } from './createChecks.ts'

const checks = createChecks()
after(() => checks.close())
const layout = { count: 4, width: 1, lo: 0, bits: 4 } as const

test('behavior: an input has the commitment and the root of its bytes', async () => {
  const bytes = Uint8Array.from([1, 2, 15, 0])

  const facts = await checks.readInput(bytes, layout)

  const commitment = commitInput(packInput(Int32Array.from(bytes), layout))
  assert.deepEqual(facts, { commitment, root: tensorRoot(bytes) })
})

test('soundness: an input with a value that the model does not take has neither', async () => {
  const facts = await checks.readInput(Uint8Array.from([1, 2, 16, 0]), layout)

  assert.ok('outOfRange' in facts)
  assert.match(facts.outOfRange, /16/)
})

test('soundness: no thread says yes to a key that proves nothing', async () => {
  const zero = { x: 0n, y: 0n }
  const zero2 = { x: { c0: 0n, c1: 0n }, y: { c0: 0n, c1: 0n } }
  const key = { alpha1: zero, beta2: zero2, gamma2: zero2, delta2: zero2, ic: [zero] }

  await assert.rejects(checks.verifyProof(key, [], { a: zero, b: zero2, c: zero }))
})

test('behavior: the loop turns while the thread checks', async () => {
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)
  await checks.readInput(new Uint8Array(20_000), { ...layout, count: 20_000 })
  clearInterval(timer)

  assert.ok(turns > 1, `${turns}`)
})
