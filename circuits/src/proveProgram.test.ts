import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { compile } from './compile.ts'
import { devSetup } from './devSetup.ts'
import { everyInstructionGraph } from './everyInstruction.ts'
import { nativeWitnessMissing } from './nativeWitness.ts'
import type { ProgramWitness } from './prove.ts'
import { type ResidentProverOptions, startResidentProver } from './residentProver.ts'
import { seededRandom } from './sampleCircuits.ts'
import type { VerificationKey } from './verificationKey.ts'
import { verify } from './verify.ts'
import { computeWitness } from './witness.ts'
import { witnessProgram } from './witnessProgram.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-prove-program-'))
const zkeyPath = join(folder, 'every.zkey')
const graph = everyInstructionGraph()
const program = witnessProgram(graph)
let key: VerificationKey

before(async () => {
  const made = await devSetup(compile(graph), { threads: 1 })
  key = made.verificationKey
  writeFileSync(zkeyPath, made.zkey)
})
after(() => rmSync(folder, { recursive: true, force: true }))

async function start(test: TestContext, options: Partial<ResidentProverOptions> = {}) {
  const limits = { threads: 1 }
  const prover = await startResidentProver({ zkeyPath, prover: 'native', tableMb: 0, limits, ...options })
  test.after(() => prover.close())
  return prover
}

/** What a proof of an input is made of, with the signals that it has to have. */
function sourceOf(seed: number): ProgramWitness {
  const input = Int32Array.from({ length: 12 }, (_, index) => ((index * 11 + seed * 7) % 64) - 32)
  const binding = BigInt(seed)
  return { program, input, binding, signals: computeWitness(graph, { input, binding }).signals }
}

const other = (() => {
  const wider = everyInstructionGraph(13)
  const asked = { input: new Int32Array(13), binding: 1n }
  return { ...asked, program: witnessProgram(wider), signals: computeWitness(wider, asked).signals }
})()

describe('a proof from integers', { skip: nativeWitnessMissing }, () => {
  it('behavior: has the signals that computeWitness gives and verifies, one input after the other and beside witnesses', async (test) => {
    const prover = await start(test)
    const pid = prover.pid()

    for (const seed of [1, 2, 3]) {
      const source = sourceOf(seed)
      const { proof, signals } = await prover.prove(source)
      assert.deepEqual(signals, source.signals)
      assert.equal(verify(key, signals, proof), true)
      const again = await prover.prove(computeWitness(graph, source).witness)
      assert.deepEqual(again.signals, source.signals)
    }

    assert.equal(prover.pid(), pid)
  })

  it('behavior: a process that was replaced is given the program again', async (test) => {
    const prover = await start(test, { idleSeconds: 0.05 })
    await prover.prove(sourceOf(1))
    while (prover.pid() !== undefined) await new Promise((resolve) => setTimeout(resolve, 10))

    const { signals } = await prover.prove(sourceOf(2))

    assert.deepEqual(signals, sourceOf(2).signals)
  })

  it('error: an input of another length or outside the range, and the prover stays', async (test) => {
    const prover = await start(test)
    const pid = prover.pid()
    const source = sourceOf(1)
    const failed = (reason: string) => ({ name: 'ProvingFailedError', reason })

    await assert.rejects(
      prover.prove({ ...source, input: source.input.with(4, 32) }),
      failed('input element 4 is 32 and the model takes integers from -32 to 31'),
    )
    await assert.rejects(
      prover.prove({ ...source, input: source.input.subarray(1) }),
      failed('the input has 11 elements and the model takes 12'),
    )

    await prover.prove(source)
    assert.equal(prover.pid(), pid)
  })

  it('error: a program of another circuit, and a damaged one, which leave the one before where it is', async (test) => {
    const prover = await start(test)
    await prover.prove(sourceOf(1))

    await assert.rejects(prover.prove(other), {
      name: 'ProvingFailedError',
      reason: /the witness program takes 493 wires for 6 signals and the key's circuit 487 for 6/,
    })
    await assert.rejects(prover.prove({ ...sourceOf(1), program: program.subarray(0, -1) }), {
      name: 'ProvingFailedError',
      reason: /the witness program is damaged/,
    })

    await prover.prove(sourceOf(1))
  })

  it('error: the answer has other signals than the witness', async (test) => {
    const prover = await start(test)
    const source = sourceOf(1)
    const signals = source.signals.with(0, (source.signals[0] ?? 0n) + 1n)

    await assert.rejects(prover.prove({ ...source, signals }), {
      name: 'ProvingFailedError',
      reason: 'the prover named other public signals than the witness has',
    })
  })

  it('error: snarkjs takes no program', async (test) => {
    const prover = await start(test, { prover: 'snarkjs' })

    await assert.rejects(prover.prove(sourceOf(1)), {
      name: 'ProvingFailedError',
      reason: 'snarkjs takes a witness and no program',
    })
  })

  it('soundness: a program that computes anything else gives no proof', async (test) => {
    const prover = await start(test)
    const random = seededRandom(12)
    const source = sourceOf(5)
    const reasons = new Map<string, number>()
    for (let round = 0; round < 150; round++) {
      const altered = program.slice()
      const at = 56 + Math.floor(random() * (codeLength(program) - 1))
      altered[at] = (altered[at] ?? 0) ^ (1 << Math.floor(random() * 7))
      try {
        const { proof, signals } = await prover.prove({ ...source, program: altered })
        // What no wire depends on may change.
        assert.deepEqual(signals, source.signals)
        assert.equal(verify(key, signals, proof), true)
        reasons.set('proved', (reasons.get('proved') ?? 0) + 1)
      } catch (error) {
        assert.ok(error instanceof Error && error.name === 'ProvingFailedError', String(error))
        const kind = /not verify|damaged|other public signals/.exec(error.message)?.[0] ?? error.message
        reasons.set(kind, (reasons.get(kind) ?? 0) + 1)
      }
    }

    assert.ok((reasons.get('not verify') ?? 0) > 15, JSON.stringify([...reasons]))
    assert.deepEqual((await prover.prove(source)).signals, source.signals)
  })
})

/** Bytes of the program's instructions, whose section's header stands before them. */
function codeLength(bytes: Uint8Array): number {
  return Buffer.from(bytes).readUInt32LE(48)
}
