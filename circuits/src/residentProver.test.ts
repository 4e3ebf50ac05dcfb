import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { devSetup } from './devSetup.ts'
import { mod, scalarOrder } from './field.ts'
import { toSnarkjsProof } from './proof.ts'
import { readProvingKey } from './prove.ts'
import { proverMemory } from './proverMemory.ts'
import {
  ProverClosedError,
  ProverCrashedError,
  type ResidentProverOptions,
  startResidentProver,
} from './residentProver.ts'
import { productCircuit, randomCircuit, seededRandom } from './sampleCircuits.ts'
import { verificationKeyFromZkey } from './verificationKey.ts'
import { verify } from './verify.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-resident-'))
const zkeyPath = join(folder, 'product.zkey')
const { r1cs, witness } = productCircuit({ x: 5n, y: 7n, binding: 99n })
const onLinux = { skip: process.platform !== 'linux' }

before(async () => writeFileSync(zkeyPath, (await devSetup(r1cs, { threads: 1 })).zkey))
after(() => rmSync(folder, { recursive: true, force: true }))

async function start(test: TestContext, options: Partial<ResidentProverOptions> = {}, signal?: AbortSignal) {
  const limits = { threads: 1, ...options.limits }
  const prover = await startResidentProver({ zkeyPath, prover: 'snarkjs', ...options, limits }, signal)
  test.after(() => prover.close())
  return prover
}

/** The prover's process, which the test holds in its hands. */
function pidOf(prover: { pid: () => number | undefined }): number {
  const pid = prover.pid()
  assert.ok(pid !== undefined)
  return pid
}

describe('residentProver', () => {
  it('behavior: one process makes many proofs, each verified, in the order of the calls', async (test) => {
    const key = verificationKeyFromZkey(readFileSync(zkeyPath))
    const prover = await start(test)
    const pid = pidOf(prover)
    const order: bigint[] = []

    const proofs = await Promise.all(
      [3n, 4n, 5n].map(async (x) => {
        const made = await prover.prove(productCircuit({ x, y: 7n, binding: x }).witness)
        order.push(x)
        return made
      }),
    )

    assert.deepEqual(
      proofs.map(({ signals }) => signals),
      [
        [21n, 3n],
        [28n, 4n],
        [35n, 5n],
      ],
    )
    for (const { proof, signals } of proofs) assert.equal(verify(key, signals, proof), true)
    assert.deepEqual(order, [3n, 4n, 5n])
    assert.equal(prover.pid(), pid)
  })

  it('behavior: a larger circuit is proved within its stated memory', async (test) => {
    const shape = { rows: 1500, outputs: 2, publicInputs: 1, privateInputs: 20 }
    const circuit = randomCircuit(seededRandom(11), shape)
    const path = join(folder, 'random.zkey')
    writeFileSync(path, (await devSetup(circuit.r1cs)).zkey)
    const prover = await start(test, { zkeyPath: path, limits: { threads: 2 } })

    for (let round = 0; round < 3; round++) await prover.prove(circuit.witness)

    const header = readProvingKey(path)
    assert.equal(header.domainSize, 2048)
    assert.equal(prover.memoryMb, proverMemory({ ...header, threads: 2 }))
  })

  it('error: a process killed in the middle of a proof is a crash that may be tried again', async (test) => {
    const prover = await start(test)
    const pid = pidOf(prover)
    process.kill(pid, 'SIGSTOP')
    const proving = prover.prove(witness)
    process.kill(pid, 'SIGKILL')

    await assert.rejects(proving, { name: 'ProverCrashedError', retryable: true, zkeyPath })

    const { signals } = await prover.prove(witness)
    assert.deepEqual(signals, [35n, 99n])
    assert.notEqual(prover.pid(), pid)
  })

  it('error: a process that takes too long is killed, and the next proof has another', async (test) => {
    const prover = await start(test, { limits: { wallSeconds: 10 } })
    const pid = pidOf(prover)
    process.kill(pid, 'SIGSTOP')
    const slow = await start(test, { limits: { wallSeconds: 0.2 } })
    process.kill(pidOf(slow), 'SIGSTOP')

    await assert.rejects(slow.prove(witness), { name: 'LimitExceededError', kind: 'wall' })

    assert.equal(slow.pid(), undefined)
    process.kill(pid, 'SIGCONT')
    assert.deepEqual((await prover.prove(witness)).signals, [35n, 99n])
  })

  it('error: too little memory is a limit', onLinux, async (test) => {
    const proving = start(test, { limits: { memoryMb: 8 } }).then((prover) => prover.prove(witness))

    await assert.rejects(proving, { name: 'LimitExceededError', kind: 'memory' })
  })

  it('error: the witness of another circuit, values outside the field, a broken constraint', async (test) => {
    const prover = await start(test)
    const pid = pidOf(prover)

    await assert.rejects(prover.prove([...witness, 1n]), {
      name: 'ProvingFailedError',
      reason: `the witness has 6 values and the key's circuit 5 wires`,
    })
    await assert.rejects(prover.prove(witness.with(3, scalarOrder)), { name: 'WitnessValueError', wire: 3 })
    await assert.rejects(prover.prove(witness.with(4, mod(-7n))), { name: 'ProvingFailedError', reason: /not verify/ })

    assert.deepEqual((await prover.prove(witness)).signals, [35n, 99n])
    assert.equal(prover.pid(), pid)
  })

  it('behavior: an idle process ends, and the next proof starts another', async (test) => {
    const prover = await start(test, { idleSeconds: 0.05 })
    while (prover.pid() !== undefined) await new Promise((resolve) => setTimeout(resolve, 10))

    const { signals } = await prover.prove(witness)

    assert.deepEqual(signals, [35n, 99n])
  })

  it('behavior: an abort of one call ends its process and no other call', async (test) => {
    const prover = await start(test)
    process.kill(pidOf(prover), 'SIGSTOP')
    const controller = new AbortController()
    const reason = new Error('enough')
    const aborted = prover.prove(witness, controller.signal)
    const waiting = prover.prove(witness)

    setImmediate(() => controller.abort(reason))

    await assert.rejects(aborted, reason)
    assert.deepEqual((await waiting).signals, [35n, 99n])
  })

  it('behavior: closing, or the signal of its start, ends the process and refuses all calls', async (test) => {
    const controller = new AbortController()
    const reason = new Error('stop')
    const first = await start(test, {}, controller.signal)
    const second = await start(test)
    for (const prover of [first, second]) process.kill(pidOf(prover), 'SIGSTOP')
    const calls = [first.prove(witness), first.prove(witness), second.prove(witness)]
    const outcomes = Promise.allSettled(calls)

    controller.abort(reason)
    await second.close()

    const errors = (await outcomes).map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined))
    assert.deepEqual(errors.slice(0, 2), [reason, reason])
    assert.equal(errors[2]?.name, 'ProverClosedError')
    await assert.rejects(first.prove(witness), reason)
    await assert.rejects(second.prove(witness), { name: 'ProverClosedError', zkeyPath })
    await assert.rejects(start(test, {}, AbortSignal.abort(reason)), reason)
    const starting = new AbortController()
    const started = start(test, {}, starting.signal)
    setImmediate(() => starting.abort(reason))
    await assert.rejects(started, reason)
  })

  it('error: whatever a prover answers, what is handed out verifies', async (test) => {
    const { proof } = await (await start(test)).prove(witness)
    const good = { proof: toSnarkjsProof(proof), publicSignals: ['35', '99'] }
    const other = { ...good, proof: { ...good.proof, pi_c: good.proof.pi_a } }
    const cases: [string, object][] = [
      [`() => (${JSON.stringify(good)})`, {}],
      // Words on standard output stand between no frames.
      [`() => (console.log('words', process.stdout.write('words')), ${JSON.stringify(good)})`, {}],
      [`() => (${JSON.stringify(other)})`, { name: 'ProvingFailedError', reason: /does not verify/ }],
      [`() => (${JSON.stringify({ ...good, publicSignals: ['36', '99'] })})`, { reason: /other public signals/ }],
      [`() => (${JSON.stringify({ ...good, publicSignals: ['35'] })})`, { reason: /other public signals/ }],
      [`() => ({ proof: 'none' })`, { name: 'ProvingFailedError', reason: /no readable proof/ }],
      [`() => ({ proof: 'x'.repeat(2 ** 17) })`, { name: 'ProverCrashedError', reason: /frame of \d+ bytes/ }],
      [`() => { throw new Error('no row') }`, { name: 'ProvingFailedError', reason: 'the prover said: no row' }],
      [`() => process.exit(3)`, { name: 'ProverCrashedError', reason: /exit code 3/ }],
      [`() => process.exit(0)`, { name: 'ProverCrashedError', reason: /ended by itself/ }],
      [
        `() => { throw new RangeError('Array buffer allocation failed') }`,
        { name: 'LimitExceededError', kind: 'memory' },
      ],
      [`() => { for (;;); }`, { name: 'LimitExceededError', kind: 'wall' }],
      [`() => new Promise(() => {})`, { name: /ProverCrashedError|LimitExceededError/ }],
    ]
    for (const [index, [body, expected]] of cases.entries()) {
      const proverModule = join(folder, `prover${index}.mjs`)
      const source = `export const curves = { getCurveFromName: () => {} }\nexport const groth16 = { prove: ${body} }`
      writeFileSync(proverModule, source)
      const wallSeconds = body.includes('for (;;)') || body.includes('new Promise') ? 1 : 60
      const prover = await start(test, { proverModule, limits: { wallSeconds } })

      const proving = prover.prove(witness)

      if (index < 2) assert.deepEqual((await proving).signals, [35n, 99n])
      else await assert.rejects(proving, expected, body)
      await prover.close()
    }
  })

  it('error: a prover that cannot be loaded is a crash', async (test) => {
    const proverModule = join(folder, 'missing.mjs')

    await assert.rejects(start(test, { proverModule }), { name: 'ProverCrashedError', zkeyPath })
  })

  it('error: 300 mutated keys and 30 truncated ones give a typed error or a proof that verifies', async (test) => {
    const good = readFileSync(zkeyPath)
    const key = verificationKeyFromZkey(good)
    const random = seededRandom(2026)
    const path = join(folder, 'mutated.zkey')
    const expected =
      /^(BinFileInvalidError|ZkeyInvalidError|VerificationKey\w+Error|ProvingFailedError|ProverCrashedError)$/
    let [refused, failed, proved] = [0, 0, 0]
    for (let round = 0; round < 330; round++) {
      const mutated = Buffer.from(good)
      const position = Math.floor(random() * good.length)
      mutated.writeUInt8((good[position] ?? 0) ^ (1 + Math.floor(random() * 255)), position)
      writeFileSync(path, round < 300 ? mutated : good.subarray(0, position))
      let prover: Awaited<ReturnType<typeof start>> | undefined
      try {
        prover = await start(test, { zkeyPath: path, limits: { wallSeconds: 60 } })
        const { proof, signals } = await prover.prove(witness)
        assert.equal(verify(key, signals, proof), true)
        proved++
      } catch (error) {
        assert.ok(error instanceof Error)
        assert.match(error.name, expected)
        if (prover === undefined) refused++
        else failed++
      } finally {
        await prover?.close()
      }
    }

    // What is proved with has a changed record of contributions alone, which a proof does not read.
    assert.equal(refused + failed + proved, 330)
    assert.ok(refused > 270, `${refused} of 330 were refused before a process was started`)
  })

  it('error: messages say what was and what to do', () => {
    const messages = [
      new ProverCrashedError({ zkeyPath: 'k.zkey', reason: 'it was killed.' }),
      new ProverClosedError('k.zkey'),
    ].map(({ message }) => message)

    assert.deepEqual(messages, [
      'The prover of k.zkey crashed: it was killed; try again.',
      'The prover of k.zkey is closed; start another one.',
    ])
  })
})
