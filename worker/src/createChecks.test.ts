import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { devSetup } from '@assay/circuits/devSetup'
import { commitInput } from '@assay/circuits/inputCommitment'
import { packInput } from '@assay/circuits/packing'
import { prove } from '@assay/circuits/prove'
import { randomCircuit, seededRandom } from '@assay/circuits/sampleCircuits'
import { tensorRoot } from '@assay/circuits/tensorRoot'
import { createChecks } from './createChecks.ts'

const checks = createChecks()
after(() => checks.close())

/** A proof for a circuit with a key of its own. */
async function provenCircuit(seed: number) {
  const shape = { rows: 3, outputs: 1, publicInputs: 1, privateInputs: 2 }
  const { r1cs, witness } = randomCircuit(seededRandom(seed), shape)
  const { zkey, verificationKey: key } = await devSetup(r1cs, { threads: 1 })
  const folder = mkdtempSync(join(tmpdir(), 'assay-checks-'))
  try {
    const zkeyPath = join(folder, 'product.zkey')
    writeFileSync(zkeyPath, zkey)
    return { key, ...(await prove({ zkeyPath, witness, limits: { threads: 1 } })) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
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

test('soundness: the key that a proof is checked with is the one it came with, whatever was checked before', async () => {
  const [one, two] = await Promise.all([1, 2].map(provenCircuit))
  assert.ok(one !== undefined && two !== undefined)
  const holds = (key: typeof one, { signals, proof }: typeof one) => checks.verifyProof(key.key, signals, proof)

  assert.deepEqual(
    [await holds(one, one), await holds(two, one), await holds(two, two), await holds(one, two), await holds(one, one)],
    [true, false, true, false, true],
  )
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
