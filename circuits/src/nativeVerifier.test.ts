import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { chooseProver, nativeProgram } from './chooseProver.ts'
import { devSetup } from './devSetup.ts'
import { baseOrder, scalarOrder } from './field.ts'
import { createNativeVerifier, NativeVerifierError } from './nativeVerifier.ts'
import { g2Generator } from './points.ts'
import type { Proof } from './proof.ts'
import { prove } from './prove.ts'
import { randomCircuit, seededRandom } from './sampleCircuits.ts'
import type { VerificationKey } from './verificationKey.ts'
import { verify } from './verify.ts'

const { kind, detail } = await chooseProver()
const skip = kind === 'native' ? false : detail
const verifier = createNativeVerifier(nativeProgram)
const folder = mkdtempSync(join(tmpdir(), 'assay-verifier-'))
type Case = { key: VerificationKey; signals: bigint[]; proof: Proof }
let cases: Case[] = []

before(async () => {
  if (kind !== 'native') return
  cases = await Promise.all(
    [1, 2, 4].map(async (outputs) => {
      const shape = { rows: 30, outputs, publicInputs: 1, privateInputs: 3 }
      const { r1cs, witness } = randomCircuit(seededRandom(outputs), shape)
      const { zkey, verificationKey: key } = await devSetup(r1cs, { threads: 1 })
      const zkeyPath = join(folder, `${outputs}.zkey`)
      writeFileSync(zkeyPath, zkey)
      return { key, ...(await prove({ zkeyPath, witness, limits: { threads: 1 } })) }
    }),
  )
})
after(async () => {
  await verifier.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Statements that are false, and one that is another proof of the same. */
function variants({ key, signals, proof }: Case): Omit<Case, 'key'>[] {
  const { a, b, c } = proof
  const zero = { x: 0n, y: 0n }
  const minus = (y: bigint) => baseOrder - y
  return [
    ...signals.flatMap((value, index) => {
      return [value + 1n, 0n, scalarOrder, value + scalarOrder, -1n, scalarOrder - 1n].map((other) => {
        return { signals: signals.with(index, other), proof }
      })
    }),
    { signals: signals.slice(1), proof },
    { signals: [...signals, 0n], proof },
    ...[zero, c, { x: a.x, y: minus(a.y) }, { x: a.y, y: a.x }].map((other) => ({
      signals,
      proof: { ...proof, a: other },
    })),
    ...[zero, a, { x: c.x, y: minus(c.y) }].map((other) => ({ signals, proof: { ...proof, c: other } })),
    ...[key.beta2, g2Generator, { x: b.x, y: b.x }, { x: { c0: b.x.c1, c1: b.x.c0 }, y: b.y }].map((other) => {
      return { signals, proof: { ...proof, b: other } }
    }),
    {
      signals,
      proof: { a: { x: a.x, y: minus(a.y) }, b: { x: b.x, y: { c0: minus(b.y.c0), c1: minus(b.y.c1) } }, c },
    },
  ]
}

describe('nativeVerifier', { skip }, () => {
  it('soundness: it says what the TypeScript verifier says, of good and of damaged proofs', async () => {
    let accepted = 0
    for (const one of cases) {
      assert.equal(await verifier.verify(one.key, one.signals, one.proof), true)
      for (const { signals, proof } of variants(one)) {
        const expected = verify(one.key, signals, proof)
        assert.equal(await verifier.verify(one.key, signals, proof), expected)
        accepted += Number(expected)
      }
      for (const { key } of cases) {
        assert.equal(await verifier.verify(key, one.signals, one.proof), key === one.key)
      }
    }
    // The proof with A and B negated is the one that holds; zeros in the place of what was zero may hold too.
    assert.ok(accepted >= cases.length)
  })

  it('soundness: a key that proves nothing gives no answer', async () => {
    for (const { key, signals, proof } of cases) {
      const zero = { x: 0n, y: 0n }
      for (const bad of [
        { ...key, delta2: key.gamma2 },
        { ...key, delta2: g2Generator },
        { ...key, alpha1: zero },
        { ...key, beta2: { x: key.beta2.y, y: key.beta2.x } },
        { ...key, ic: key.ic.with(1, zero) },
      ]) {
        assert.throws(() => verify(bad, signals, proof))
        await assert.rejects(verifier.verify(bad, signals, proof), NativeVerifierError)
      }
    }
  })

  it('behavior: calls are answered in turn, closing ends the process, and a later call starts another', async () => {
    const [one] = cases
    assert.ok(one !== undefined)
    const own = createNativeVerifier(nativeProgram)

    const answers = await Promise.all([1, 2, 3].map(() => own.verify(one.key, one.signals, one.proof)))
    await own.close()

    assert.deepEqual(answers, [true, true, true])
    assert.equal(await own.verify(one.key, one.signals, one.proof), true)
    await own.close()
  })

  it('error: a program that is no verifier gives no answer', async () => {
    const [one] = cases
    assert.ok(one !== undefined)
    const other = createNativeVerifier('/bin/cat')

    await assert.rejects(other.verify(one.key, one.signals, one.proof), NativeVerifierError)
    await other.close()
  })
})
