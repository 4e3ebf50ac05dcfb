import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setImmediate as pause } from 'node:timers/promises'
import { applyBeacon } from '@assay/circuits/applyBeacon'
import { BinFileInvalidError, findSections } from '@assay/circuits/binFile'
import { SetupInvalidError } from '@assay/circuits/checkSetup'
import { compile } from '@assay/circuits/compile'
import { contribute } from '@assay/circuits/contribute'
import type { ExactGraph } from '@assay/circuits/exactGraph'
import { type FakeCeremony, fakeCeremony } from '@assay/circuits/fakeCeremony'
import { sampleInput } from '@assay/circuits/intervals'
import { ProcessFailedError } from '@assay/circuits/limitedProcess'
import { makeLocalPhase1 } from '@assay/circuits/makeLocalPhase1'
import { readPhase1 } from '@assay/circuits/phase1'
import type { Phase1 } from '@assay/circuits/phase1File'
import { toSnarkjsProof } from '@assay/circuits/proof'
import { prove } from '@assay/circuits/prove'
import { runSnarkjs } from '@assay/circuits/runSnarkjs'
import { encodeTranscript } from '@assay/circuits/setupTranscript'
import { verifySetup } from '@assay/circuits/verifySetup'
import { computeWitness } from '@assay/circuits/witness'
import { zkeySections } from '@assay/circuits/zkey'
import { readContributions } from '@assay/circuits/zkeyContributions'
import { CeremonyMismatchError } from './ceremonyKey.ts'
import {
  acceptPhase1,
  acceptSample,
  type CeremonySetup,
  expectPhase1Size,
  Phase1MismatchError,
  prepareSample,
  type SetupFiles,
  verifyCeremonyKey,
} from './ceremonySetup.ts'
import { ProofRefusedError } from './checkProof.ts'

/** y_j = x_{1-j} over two elements of 4 bits. */
const graph: ExactGraph = {
  nodes: [
    { op: 'input', count: 2, width: 2, lo: 1, hi: 16 },
    { op: 'move', count: 2, width: 2, lo: 1, hi: 16, operands: [0], weight: 0 },
  ],
  weights: [{ width: 4, values: Int32Array.of(1, 0) }],
  inputNode: 0,
  outputNode: 1,
}

describe('the whole setup of a ceremony, where there is no file system', () => {
  const r1cs = compile(graph)
  let ceremony: FakeCeremony
  let phase1: Phase1
  let phase1Bytes: Uint8Array
  let otherPhase1: Uint8Array
  let sealed: Uint8Array
  let power: number

  before(async () => {
    ceremony = await fakeCeremony(r1cs)
    const { at, limits, zkeyPath } = ceremony
    await contribute({ zkeyPath, outPath: at('anna.zkey'), name: 'Anna', limits })
    await contribute({ zkeyPath: at('anna.zkey'), outPath: at('ben.zkey'), name: 'Ben', limits })
    const beacon = { blockHash: `0x${'5a'.repeat(32)}`, name: 'block 7 of chain 1', limits } as const
    await applyBeacon({ zkeyPath: at('ben.zkey'), outPath: at('sealed.zkey'), ...beacon })
    await applyBeacon({ zkeyPath, outPath: at('alone.zkey'), ...beacon })
    phase1 = await readPhase1(ceremony.phase1)
    power = phase1.power
    await makeLocalPhase1({ power, outPath: at('other.ptau'), limits })
    phase1Bytes = bytesAt(ceremony.phase1.path)
    otherPhase1 = bytesAt(at('other.ptau'))
    sealed = bytesAt(at('sealed.zkey'))
  })
  after(() => ceremony.remove())

  /** snarkjs as a page has it: bytes in, what is wrong out. */
  async function derive({ r1cs, phase1, zkey }: SetupFiles): Promise<string | undefined> {
    const cwd = mkdtempSync(join(ceremony.folder, 'derive-'))
    try {
      writeFileSync(join(cwd, 'a.r1cs'), r1cs)
      writeFileSync(join(cwd, 'a.ptau'), phase1)
      writeFileSync(join(cwd, 'a.zkey'), zkey)
      const args = ['zkey', 'verify', 'a.r1cs', 'a.ptau', 'a.zkey']
      await runSnarkjs({ args, cwd, outputBytes: 2 ** 20, limits: ceremony.limits })
      return undefined
    } catch (error) {
      if (error instanceof ProcessFailedError) return 'it says no'
      throw error
    } finally {
      rmSync(cwd, { recursive: true })
    }
  }

  const named = (file: string) =>
    readContributions(ceremony.at(file))
      .contributions.filter(({ beacon }) => beacon === undefined)
      .map(({ name, hash: blake2b }) => ({
        ...{ name, blake2b },
        ...({ account: `0x${'11'.repeat(20)}`, signature: `0x${'22'.repeat(65)}` } as const),
      }))
  const check = (overrides: Partial<CeremonySetup> = {}, contributions = named('sealed.zkey')) => {
    const setup = { graph, phase1: { is: phase1, bytes: phase1Bytes }, zkey: sealed, derive, pause }
    return verifyCeremonyKey({ contributions }, { ...setup, ...overrides })
  }

  it('behavior: the transcript is, byte for byte, what verifySetup gives for the same key', async () => {
    const transcript = await check()

    const { phase1, at, limits } = ceremony
    const expected = await verifySetup({ r1cs, phase1, zkeyPath: at('sealed.zkey'), limits })
    assert.equal(encodeTranscript(transcript), encodeTranscript(expected))
    assert.deepEqual(
      transcript.contributions.map(({ name }) => name),
      ['Anna', 'Ben'],
    )
    assert.equal(transcript.beacon?.hash, '5a'.repeat(32))
  })

  it('soundness: the key of another phase 1, or with a point of other value, is refused by the derivation', async () => {
    const read = (offset: number, length: number) => sealed.subarray(offset, offset + length)
    const places = findSections(read, { magic: 'zkey', version: 1, fileLength: sealed.length })
    const { start } = places.get(zkeySections.c) ?? { start: 0 }
    const moved = sealed.slice()
    moved.copyWithin(start, start + 5 * 64, start + 6 * 64)

    await assert.rejects(check({ phase1: { is: phase1, bytes: otherPhase1 } }), isRefusedBySnarkjs)
    await assert.rejects(check({ zkey: moved }), isRefusedBySnarkjs)
  })

  it('soundness: nothing is derived for a key of another circuit, with other contributions, or that nobody contributed to', async () => {
    const never = () => assert.fail('snarkjs was asked')
    const alone = bytesAt(ceremony.at('alone.zkey'))
    const other: ExactGraph = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, count: 1 })) }
    other.weights = [{ width: 4, values: Int32Array.of(0) }]

    await assert.rejects(check({ graph: other, derive: never }), SetupInvalidError)
    await assert.rejects(check({ zkey: alone, derive: never }, []), SetupInvalidError)
    await assert.rejects(check({ derive: never }, named('anna.zkey')), CeremonyMismatchError)
    await assert.rejects(check({ phase1: { is: { ...phase1, power: 2 }, bytes: phase1Bytes }, derive: never }), {
      name: 'Phase1TooSmallError',
    })
  })

  it('behavior: the phase-1 file that the record names is taken', async () => {
    const accepted = await acceptPhase1({ phase1 }, { name: 'mine.ptau', bytes: phase1Bytes, pause })

    assert.deepEqual(accepted, phase1)
  })

  it('soundness: another phase-1 file, one of another power, and a damaged one are refused', async () => {
    const file = { name: 'mine.ptau', pause }
    const isMismatch = (fact: RegExp) => (error: unknown) =>
      error instanceof Phase1MismatchError && error.file === 'mine.ptau' && fact.test(error.fact)

    await assert.rejects(acceptPhase1({ phase1 }, { ...file, bytes: otherPhase1 }), isMismatch(/^its BLAKE2b-512/))
    const larger = { ...phase1, power: power + 1 }
    await assert.rejects(acceptPhase1({ phase1: larger }, { ...file, bytes: phase1Bytes }), isMismatch(/^it serves/))
    const cut = phase1Bytes.subarray(0, -1)
    await assert.rejects(acceptPhase1({ phase1 }, { ...file, bytes: cut }), BinFileInvalidError)
  })

  it('error: a file that is too large to be it is refused before it is read', () => {
    expectPhase1Size({ phase1 }, { name: 'mine.ptau', size: phase1Bytes.length })

    const large = { name: 'holiday.mp4', size: 2 ** power * 1152 + 2 ** 20 + 1 }
    assert.throws(() => expectPhase1Size({ phase1 }, large), Phase1MismatchError)
  })

  it('soundness: a record that gives a file the name of a ceremony’s is refused, even with that file', async () => {
    const claimed = { ...phase1, name: 'powersOfTau28_hez_final_09' }

    await assert.rejects(
      acceptPhase1({ phase1: claimed }, { name: 'mine.ptau', bytes: phase1Bytes, pause }),
      CeremonyMismatchError,
    )
  })

  it('behavior: a sample in range is proved, and its proof taken', async () => {
    const { signals } = prepareSample(graph)
    const answer = await proveSample()

    assert.deepEqual(acceptSample({ zkey: sealed, signals, answer }).signals, signals)
  })

  it('soundness: a sample’s proof of other signals, or by another key, is refused', async () => {
    const { signals } = prepareSample(graph)
    const answer = await proveSample()
    const [first = 0n, ...rest] = signals

    assert.throws(() => acceptSample({ zkey: sealed, signals: [first + 1n, ...rest], answer }), ProofRefusedError)
    const anna = bytesAt(ceremony.at('anna.zkey'))
    assert.throws(() => acceptSample({ zkey: anna, signals, answer }), ProofRefusedError)
  })

  async function proveSample() {
    const { witness, signals } = computeWitness(graph, { input: sampleInput(graph), binding: 0n })
    const { proof } = await prove({ zkeyPath: ceremony.at('sealed.zkey'), witness, limits: ceremony.limits })
    return { proof: toSnarkjsProof(proof), publicSignals: signals.map(String) }
  }
})

const isRefusedBySnarkjs = (error: unknown) =>
  error instanceof SetupInvalidError && error.fact === 'snarkjs refuses it (it says no)'

/** A file's bytes as a browser has them: a slice of a Buffer would not be a copy. */
const bytesAt = (path: string) => new Uint8Array(readFileSync(path))
