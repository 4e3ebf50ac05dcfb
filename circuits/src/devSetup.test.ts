import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type DevSetup, devSetup, devSetupLabel } from './devSetup.ts'
import { mod } from './field.ts'
import { encodeProof, fromSnarkjsProof, type Proof } from './proof.ts'
import { encodeR1cs, findViolation } from './r1cs.ts'
import { productCircuit, randomCircuit, seededRandom } from './sampleCircuits.ts'
import {
  checkVerificationKey,
  encodeVerificationKey,
  toSnarkjsKey,
  verificationKeyFromZkey,
} from './verificationKey.ts'
import { verify } from './verify.ts'
import { encodeWitness } from './wtns.ts'

const cwd = mkdtempSync(join(tmpdir(), 'assay-setup-'))
after(() => rmSync(cwd, { recursive: true, force: true }))

const program = join(dirname(createRequire(import.meta.url).resolve('snarkjs')), 'cli.cjs')
const snarkjs = (...args: string[]) =>
  execFileSync(process.execPath, [program, ...args], { cwd, stdio: 'pipe' }).toString()
const readJson = (name: string): unknown => JSON.parse(readFileSync(join(cwd, name), 'utf8'))

/** Proves with snarkjs' own command line, and says what its verifier thinks of the result. */
function proveWithSnarkjs(zkey: Uint8Array, witness: bigint[], key: object): { proof: Proof; accepted: boolean } {
  writeFileSync(join(cwd, 'c.zkey'), zkey)
  writeFileSync(join(cwd, 'c.wtns'), encodeWitness(witness))
  writeFileSync(join(cwd, 'key.json'), JSON.stringify(key))
  snarkjs('groth16', 'prove', 'c.zkey', 'c.wtns', 'proof.json', 'public.json')
  let accepted = true
  try {
    snarkjs('groth16', 'verify', 'key.json', 'public.json', 'proof.json')
  } catch {
    accepted = false
  }
  return { proof: fromSnarkjsProof(readJson('proof.json')), accepted }
}

const product = productCircuit({ x: 5n, y: 7n, binding: 99n })
const fixture: { key: string; transcriptHash: string; proof: string[] } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/proofs/product.json', import.meta.url), 'utf8'),
)

describe('devSetup', () => {
  let setup: DevSetup
  before(async () => {
    setup = await devSetup(product.r1cs, { threads: 1 })
  })

  it('behavior: the same secret and circuit give the same key, on one thread or three', async () => {
    const one = setup
    const three = await devSetup(product.r1cs, { threads: 3, secret: 'insecure-dev' })

    assert.equal(Buffer.from(encodeVerificationKey(one.verificationKey)).toString('hex'), fixture.key.slice(2))
    assert.equal(one.transcriptHash, fixture.transcriptHash)
    assert.deepEqual(three.zkey, one.zkey)
  })

  it('behavior: another secret gives another key, another circuit another transcript', async () => {
    const other = await devSetup(product.r1cs, { secret: 'other' })
    const wider = await devSetup({ ...product.r1cs, wireCount: 6 })

    assert.notEqual(Buffer.from(encodeVerificationKey(other.verificationKey)).toString('hex'), fixture.key.slice(2))
    assert.notEqual(other.transcriptHash, fixture.transcriptHash)
    assert.notEqual(wider.transcriptHash, fixture.transcriptHash)
  })

  it('behavior: the zkey says that it is insecure-dev, and passes the checks of a key', () => {
    const { zkey, verificationKey } = setup

    assert.match(devSetupLabel, /insecure-dev/)
    assert.ok(Buffer.from(zkey).includes(devSetupLabel))
    assert.deepEqual(verificationKeyFromZkey(zkey), verificationKey)
    checkVerificationKey(verificationKey)
  })

  it('behavior: snarkjs reads the same verification key from the zkey', () => {
    const { zkey, verificationKey } = setup
    writeFileSync(join(cwd, 'export.zkey'), zkey)

    snarkjs('zkey', 'export', 'verificationkey', 'export.zkey', 'export.json')

    const exported = Object.fromEntries(
      Object.entries(Object(readJson('export.json'))).filter(([name]) => name !== 'vk_alphabeta_12'),
    )
    assert.deepEqual(exported, toSnarkjsKey(verificationKey))
  })

  it('invariant: snarkjs proves random circuits with the key, and both verifiers accept (S1-ZK-1)', async () => {
    const shapes = [
      { rows: 3, outputs: 1, publicInputs: 0, privateInputs: 1 },
      { rows: 61, outputs: 2, publicInputs: 1, privateInputs: 4 },
      { rows: 300, outputs: 8, publicInputs: 2, privateInputs: 20 },
    ]
    for (const [seed, shape] of shapes.entries()) {
      const { r1cs, witness } = randomCircuit(seededRandom(seed), shape)
      assert.equal(findViolation(r1cs, witness), undefined)
      const { zkey, verificationKey } = await devSetup(r1cs)

      const { proof, accepted } = proveWithSnarkjs(zkey, witness, toSnarkjsKey(verificationKey))

      const signals = witness.slice(1, 1 + shape.outputs + shape.publicInputs)
      assert.equal(accepted, true)
      assert.equal(verify(verificationKey, signals, proof), true)
      assert.equal(verificationKey.ic.length, 1 + shape.outputs + shape.publicInputs)
      for (const index of signals.keys()) {
        assert.equal(verify(verificationKey, signals.with(index, mod((signals[index] ?? 0n) + 1n)), proof), false)
      }
    }
  })

  it('soundness: a witness that breaks one row gives a proof both verifiers reject', async () => {
    const { r1cs, witness } = randomCircuit(seededRandom(7), {
      rows: 20,
      outputs: 1,
      publicInputs: 1,
      privateInputs: 3,
    })
    const { zkey, verificationKey } = await devSetup(r1cs)
    const last = witness.length - 1
    const forged = witness.with(last, mod((witness[last] ?? 0n) + 1n))
    assert.notEqual(findViolation(r1cs, forged), undefined)

    const { proof, accepted } = proveWithSnarkjs(zkey, forged, toSnarkjsKey(verificationKey))

    assert.equal(accepted, false)
    assert.equal(verify(verificationKey, forged.slice(1, 3), proof), false)
  })

  it('soundness: a signal no constraint mentions is bound: proofs for 99 and 100 are not each other (S1-ZK-6)', () => {
    const { zkey, verificationKey } = setup

    const { proof, accepted } = proveWithSnarkjs(zkey, product.witness.with(2, 100n), toSnarkjsKey(verificationKey))

    assert.equal(accepted, true)
    assert.equal(verify(verificationKey, [35n, 100n], proof), true)
    assert.equal(verify(verificationKey, [35n, 99n], proof), false)
  })

  it('behavior: two proofs of one statement differ, both hold', () => {
    const { zkey, verificationKey } = setup

    const { proof } = proveWithSnarkjs(zkey, product.witness, toSnarkjsKey(verificationKey))

    assert.equal(verify(verificationKey, [35n, 99n], proof), true)
    assert.notDeepEqual(encodeProof(proof).map(String), fixture.proof)
  })

  it('behavior: snarkjs finds the witness good for the .r1cs, and a broken one bad', () => {
    writeFileSync(join(cwd, 'c.r1cs'), encodeR1cs(product.r1cs))
    writeFileSync(join(cwd, 'good.wtns'), encodeWitness(product.witness))
    writeFileSync(join(cwd, 'bad.wtns'), encodeWitness(product.witness.with(1, 36n)))

    assert.match(snarkjs('wtns', 'check', 'c.r1cs', 'good.wtns'), /WITNESS IS CORRECT/)
    assert.throws(() => snarkjs('wtns', 'check', 'c.r1cs', 'bad.wtns'))
  })

  it('behavior: progress rises to one', async () => {
    const shares: number[] = []

    await devSetup(randomCircuit(seededRandom(3), { rows: 1500, outputs: 1, publicInputs: 1, privateInputs: 3 }).r1cs, {
      onProgress: (share) => shares.push(share),
    })

    // The native prover multiplies a circuit of this size in one step.
    assert.ok(shares.length > 0)
    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => a - b),
    )
    assert.equal(shares.at(-1), 1)
  })

  it('error: a constraint that names a wire the circuit does not have', async () => {
    await assert.rejects(devSetup({ ...product.r1cs, wireCount: 4 }), { name: 'RangeError' })
  })
})
