import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { checkZkey } from './checkZkey.ts'
import { chooseProver, NativeProverMissingError } from './chooseProver.ts'
import { devSetup } from './devSetup.ts'
import { mod, scalarOrder } from './field.ts'
import { encodeProof, toSnarkjsProof } from './proof.ts'
import { type ProvenSignals, prove, readProvingKey } from './prove.ts'
import { nativeProverMemory } from './proverMemory.ts'
import { type ResidentProverOptions, startResidentProver } from './residentProver.ts'
import { runSnarkjs } from './runSnarkjs.ts'
import { productCircuit, randomCircuit, seededRandom } from './sampleCircuits.ts'
import { verificationKeyFromZkey } from './verificationKey.ts'
import { verify } from './verify.ts'

const { kind, detail } = await chooseProver()
const skip = kind === 'native' ? false : detail
const folder = mkdtempSync(join(tmpdir(), 'assay-native-'))
const zkeyPath = join(folder, 'product.zkey')
const { r1cs, witness } = productCircuit({ x: 5n, y: 7n, binding: 99n })

before(async () => writeFileSync(zkeyPath, (await devSetup(r1cs, { threads: 1 })).zkey))
after(() => rmSync(folder, { recursive: true, force: true }))

async function start(test: TestContext, options: Partial<ResidentProverOptions> = {}) {
  const limits = { threads: 1, ...options.limits }
  const prover = await startResidentProver({ zkeyPath, prover: 'native', tableMb: 0, ...options, limits })
  test.after(() => prover.close())
  return prover
}

/** snarkjs exports the file's verification key, takes the proof, and refuses it for other signals. */
async function assertSnarkjsVerifies(path: string, { proof, signals }: ProvenSignals): Promise<void> {
  writeFileSync(join(folder, 'proof.json'), JSON.stringify(toSnarkjsProof(proof)))
  writeFileSync(join(folder, 'public.json'), JSON.stringify(signals.map(String)))
  writeFileSync(join(folder, 'other.json'), JSON.stringify(signals.with(0, 36n).map(String)))
  const run = { cwd: folder, outputBytes: 2 ** 20, limits: { memoryMb: 1024, wallSeconds: 120, threads: 1 } }
  await runSnarkjs({ ...run, args: ['zkey', 'export', 'verificationkey', path, 'vkey.json'] })
  await runSnarkjs({ ...run, args: ['groth16', 'verify', 'vkey.json', 'public.json', 'proof.json'] })
  await assert.rejects(runSnarkjs({ ...run, args: ['groth16', 'verify', 'vkey.json', 'other.json', 'proof.json'] }), {
    name: 'ProcessFailedError',
  })
}

describe('nativeProver', { skip }, () => {
  it('behavior: one proof from files, with the witness’s own signals, that ours and snarkjs verify', async () => {
    const key = verificationKeyFromZkey(readFileSync(zkeyPath))

    const { proof, signals } = await prove({ zkeyPath, witness, prover: 'native' })

    assert.deepEqual(signals, [35n, 99n])
    assert.equal(verify(key, signals, proof), true)
    await assertSnarkjsVerifies(zkeyPath, { proof, signals })
  })

  it('behavior: circuits of every size, with and without tables, one and several threads', async (test) => {
    for (const [rows, tableMb, threads] of [
      [1, 0, 1],
      [30, 1, 2],
      [60, 0, 3],
      [500, 4, 1],
      [1500, 16, 4],
    ] as const) {
      const shape = { rows: Math.max(2, rows), outputs: 2, publicInputs: 1, privateInputs: 20 }
      const circuit = randomCircuit(seededRandom(rows), shape)
      const path = join(folder, `random${rows}.zkey`)
      const { zkey, verificationKey } = await devSetup(circuit.r1cs, { threads: 2 })
      writeFileSync(path, zkey)
      const prover = await start(test, { zkeyPath: path, tableMb, limits: { threads } })

      for (let round = 0; round < 3; round++) {
        const { proof, signals } = await prover.prove(circuit.witness)
        assert.equal(verify(verificationKey, signals, proof), true)
      }

      const size = { ...readProvingKey(path), threads }
      assert.equal(prover.memoryMb, nativeProverMemory(size) + tableMb)
      await prover.close()
    }
  })

  it('behavior: a key whose domain is no power of two proves natively, ours and snarkjs verify, and snarkjs declines to prove', async (test) => {
    for (const [rows, domainSize] of [
      [2, 6],
      [13, 18],
      [40, 48],
      [300, 384],
      [1100, 1152],
    ] as const) {
      const shape = { rows, outputs: 2, publicInputs: 1, privateInputs: 20 }
      const circuit = randomCircuit(seededRandom(rows), shape)
      const path = join(folder, 'mixed.zkey')
      const { zkey, verificationKey } = await devSetup(circuit.r1cs, { threads: 2, domain: 'mixed' })
      writeFileSync(path, zkey)
      const prover = await start(test, { zkeyPath: path, tableMb: 1, limits: { threads: 2 } })

      const { proof, signals } = await prover.prove(circuit.witness)

      assert.equal((await checkZkey(path)).domainSize, domainSize)
      assert.equal(verify(verificationKey, signals, proof), true)
      assert.equal(verify(verificationKey, signals.with(0, 1n), proof), false)
      const broken = circuit.witness.with(1, mod((circuit.witness[1] ?? 0n) + 1n))
      await assert.rejects(prover.prove(broken), { name: 'ProvingFailedError' })
      await prover.close()
      if (rows === 1100) await assertSnarkjsVerifies(path, { proof, signals })
      const refusal = { name: 'ProverUnfitError', domainSize, zkeyPath: path }
      await assert.rejects(prove({ zkeyPath: path, witness: circuit.witness, prover: 'snarkjs' }), refusal)
      await assert.rejects(startResidentProver({ zkeyPath: path, prover: 'snarkjs' }), refusal)
    }
  })

  it('invariant: a development key is the same, byte for byte, whichever program multiplies its points', async () => {
    for (const [rows, domain] of [
      [2, 'power-of-two'],
      [200, 'mixed'],
      [200, 'power-of-two'],
    ] as const) {
      const shape = { rows, outputs: 1, publicInputs: 1, privateInputs: 5 }
      const circuit = randomCircuit(seededRandom(rows), shape)

      const [native, threads] = [
        await devSetup(circuit.r1cs, { program: 'native', threads: 2, domain }),
        await devSetup(circuit.r1cs, { program: 'threads', threads: 2, domain }),
      ]

      assert.deepEqual(Buffer.from(native.zkey), Buffer.from(threads.zkey))
    }
  })

  it('soundness: two proofs of one witness are blinded differently', async (test) => {
    const prover = await start(test)

    const first = encodeProof((await prover.prove(witness)).proof)
    const second = encodeProof((await prover.prove(witness)).proof)

    for (const [index, word] of first.entries()) assert.notEqual(word, second[index])
  })

  it('error: a witness that breaks a constraint, of another circuit, or outside the field', async (test) => {
    const prover = await start(test)
    const reason = 'its proof does not verify, because the witness breaks a constraint or the key is damaged'
    for (const wrong of [witness.with(4, mod(-7n)), witness.with(1, 36n)]) {
      await assert.rejects(prover.prove(wrong), { name: 'ProvingFailedError', reason })
      await assert.rejects(prove({ zkeyPath, witness: wrong, prover: 'native' }), {
        name: 'ProvingFailedError',
        reason,
      })
    }
    await assert.rejects(prover.prove([...witness, 1n]), { name: 'ProvingFailedError' })
    await assert.rejects(prover.prove(witness.with(3, scalarOrder)), { name: 'WitnessValueError', wire: 3 })

    assert.deepEqual((await prover.prove(witness)).signals, [35n, 99n])
  })

  it('error: a killed process is a crash that may be tried again', async (test) => {
    const prover = await start(test)
    const pid = prover.pid() ?? 0
    process.kill(pid, 'SIGSTOP')
    const proving = prover.prove(witness)
    process.kill(pid, 'SIGKILL')

    await assert.rejects(proving, { name: 'ProverCrashedError', retryable: true, zkeyPath })

    assert.deepEqual((await prover.prove(witness)).signals, [35n, 99n])
  })

  it('behavior: an abort ends the process in the middle of a proof and no other call', async (test) => {
    const prover = await start(test)
    process.kill(prover.pid() ?? 0, 'SIGSTOP')
    const controller = new AbortController()
    const reason = new Error('enough')
    const aborted = prover.prove(witness, controller.signal)
    const waiting = prover.prove(witness)

    setImmediate(() => controller.abort(reason))

    await assert.rejects(aborted, reason)
    assert.deepEqual((await waiting).signals, [35n, 99n])
  })

  it('error: too little memory is a limit, too little time another', {
    skip: process.platform !== 'linux',
  }, async (test) => {
    const shape = { rows: 2000, outputs: 1, publicInputs: 1, privateInputs: 20 }
    const circuit = randomCircuit(seededRandom(3), shape)
    const path = join(folder, 'large.zkey')
    writeFileSync(path, (await devSetup(circuit.r1cs, { threads: 2 })).zkey)

    for (const memoryMb of [1, 3, 4]) {
      const limits = { memoryMb, threads: 2 }
      const proving = prove({ zkeyPath: path, witness: circuit.witness, prover: 'native', limits })
      await assert.rejects(proving, { name: 'LimitExceededError', kind: 'memory' }, `${memoryMb} MiB`)
      const starting = start(test, { zkeyPath: path, limits }).then((prover) => prover.prove(circuit.witness))
      await assert.rejects(starting, { name: 'LimitExceededError', kind: 'memory' }, `${memoryMb} MiB`)
    }

    const slow = await start(test, { limits: { wallSeconds: 0.2 } })
    process.kill(slow.pid() ?? 0, 'SIGSTOP')
    await assert.rejects(slow.prove(witness), { name: 'LimitExceededError', kind: 'wall' })
  })

  it('soundness: a delta that nobody contributed to is refused', async (test) => {
    const bytes = readFileSync(zkeyPath)
    const path = join(folder, 'delta.zkey')
    // Section 2 begins behind the file's head and section 1; gamma stands at 340 in it and delta in G2 at 532.
    const header = 12 + 16 + 12
    bytes.copyWithin(header + 532, header + 340, header + 468)
    writeFileSync(path, bytes)

    await assert.rejects(start(test, { zkeyPath: path }), { name: 'ZkeyInvalidError', fact: /nobody contributed/ })
  })
})

describe('chooseProver', () => {
  it('behavior: says which prover is used and what the other would give', async () => {
    const chosen = await chooseProver()
    const forced = await chooseProver('snarkjs')

    assert.equal(forced.kind, 'snarkjs')
    assert.match(chosen.detail, chosen.kind === 'native' ? /^native / : /npm run build:native/)
  })

  it('error: the message says how to get it', () => {
    const { message } = new NativeProverMissingError('it is not built')

    assert.equal(
      message,
      'The native prover cannot be used: it is not built. Build it with `npm run build:native`, or use snarkjs.',
    )
  })
})
