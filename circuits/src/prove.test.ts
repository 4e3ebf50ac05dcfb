import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { devSetup } from './devSetup.ts'
import { scalarOrder } from './field.ts'
import { prove } from './prove.ts'
import { productCircuit } from './sampleCircuits.ts'
import { verificationKeyFromZkey } from './verificationKey.ts'
import { verify } from './verify.ts'
import { encodeElements } from './wtns.ts'

const cwd = mkdtempSync(join(tmpdir(), 'assay-proving-'))
const previousTmp = process.env.TMPDIR
const scratch = mkdtempSync(join(tmpdir(), 'assay-scratch-'))
const zkeyPath = join(cwd, 'product.zkey')
const { r1cs, witness } = productCircuit({ x: 5n, y: 7n, binding: 99n })
const prover = 'snarkjs'
const limits = { memoryMb: 1024, wallSeconds: 60, threads: 1 }

before(async () => {
  process.env.TMPDIR = scratch
  writeFileSync(zkeyPath, (await devSetup(r1cs)).zkey)
})
after(() => {
  if (previousTmp === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = previousTmp
  rmSync(cwd, { recursive: true, force: true })
  rmSync(scratch, { recursive: true, force: true })
})

const assertNothingLeft = () => assert.deepEqual(readdirSync(scratch), [])

describe('prove', () => {
  it('behavior: gives a proof that verifies, with the witness’s own signals (S1-ZK-1, S1-ZK-2)', async () => {
    const { proof, signals } = await prove({ prover, zkeyPath, witness, limits })

    assert.deepEqual(signals, [35n, 99n])
    assert.equal(verify(verificationKeyFromZkey(readFileSync(zkeyPath)), signals, proof), true)
    assertNothingLeft()
  })

  it('behavior: takes a witness of encoded elements, and asks the caller’s own verifier', async () => {
    const asked: unknown[] = []
    const run = { zkeyPath, witness: encodeElements(witness), limits }
    const { signals } = await prove({ ...run, verifyProof: async (...of) => asked.push(of) > 0 })

    assert.deepEqual(signals, [35n, 99n])
    assert.equal(asked.length, 1)
    await assert.rejects(prove({ ...run, verifyProof: async () => false }), { name: 'ProvingFailedError' })
  })

  it('error: encoded elements that were cut off', async () => {
    await assert.rejects(prove({ zkeyPath, witness: encodeElements(witness).subarray(1), limits }), {
      name: 'ProvingFailedError',
    })
  })

  it('soundness: a witness that breaks a constraint gives no proof', async () => {
    await assert.rejects(prove({ prover, zkeyPath, witness: witness.with(1, 36n), limits }), {
      name: 'ProvingFailedError',
      reason: 'its proof does not verify, because the witness breaks a constraint or the key is damaged',
    })
    assertNothingLeft()
  })

  it('error: a missing, truncated, foreign or mangled key', async () => {
    const zkey = readFileSync(zkeyPath)
    const file = (name: string, bytes: Uint8Array) => {
      writeFileSync(join(cwd, name), bytes)
      return join(cwd, name)
    }
    const truncated = file('truncated.zkey', zkey.subarray(0, zkey.length - 1000))
    const foreign = file('foreign.zkey', new TextEncoder().encode('not a key at all'))
    const empty = file('empty.zkey', new Uint8Array(0))

    for (const path of [truncated, foreign, empty, join(cwd, 'missing.zkey')]) {
      await assert.rejects(prove({ prover, zkeyPath: path, witness, limits }), {
        name: 'ProvingFailedError',
        zkeyPath: path,
      })
    }
    assertNothingLeft()
  })

  it('error: the witness of another circuit, or one with values outside the field', async () => {
    await assert.rejects(prove({ prover, zkeyPath, witness: [...witness, 1n], limits }), {
      name: 'ProvingFailedError',
      reason: `the witness has 6 values and the key's circuit 5 wires`,
    })
    await assert.rejects(prove({ prover, zkeyPath, witness: witness.with(3, scalarOrder), limits }), {
      name: 'WitnessValueError',
      wire: 3,
    })
    assertNothingLeft()
  })

  it('error: what snarkjs says of a key it cannot use stands in one line', async () => {
    const zkey = readFileSync(zkeyPath)
    // The coefficients section names row 2^32 - 1, which no domain has.
    const at = zkey.indexOf(Buffer.from('04000000e000000000000000', 'hex'))
    const mangled = Buffer.from(zkey)
    assert.ok(at > 0)
    mangled.writeUInt32LE(0xffffffff, at + 12 + 4 + 4)
    const path = join(cwd, 'mangled.zkey')
    writeFileSync(path, mangled)

    await assert.rejects(prove({ prover, zkeyPath: path, witness, limits }), (error: Error) => {
      assert.equal(error.name, 'ProvingFailedError')
      assert.equal(error.message.includes('\n'), false)
      return true
    })
    assertNothingLeft()
  })

  it('behavior: too little memory is a limit, not a crash (S0-SBX-1)', {
    skip: process.platform !== 'linux',
  }, async () => {
    await assert.rejects(prove({ prover, zkeyPath, witness, limits: { ...limits, memoryMb: 16 } }), {
      name: 'LimitExceededError',
      kind: 'memory',
    })
    assertNothingLeft()
  })

  it('behavior: an abort ends the prover and removes the witness', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const proving = prove({ prover, zkeyPath, witness, limits }, controller.signal)
    while (readdirSync(scratch).length === 0) await new Promise((resolve) => setImmediate(resolve))

    controller.abort(reason)

    await assert.rejects(proving, reason)
    assertNothingLeft()
  })
})
