import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { makeLocalPhase1 } from './makeLocalPhase1.ts'
import { newZkey } from './newZkey.ts'
import { hashFile, readPhase1 } from './phase1.ts'
import { ceremonyFileOf, Phase1TooSmallError, Phase1UnknownError } from './phase1File.ts'
import { ceremonyHashes } from './phase1Hashes.ts'
import { randomCircuit, seededRandom } from './sampleCircuits.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-phase1-'))
const path = join(folder, 'local.ptau')
const limits = { memoryMb: 1024, wallSeconds: 120, threads: 1 }
before(() => makeLocalPhase1({ power: 2, outPath: path, limits }))
after(() => rmSync(folder, { recursive: true, force: true }))

describe('phase1', () => {
  it('behavior: a file of this machine is named local, with its power and BLAKE2b-512', async () => {
    const found = await readPhase1({ path, trust: 'local' })

    const blake2b = createHash('blake2b512').update(readFileSync(path)).digest('hex')
    assert.deepEqual(found, { name: 'local', power: 2, blake2b })
  })

  it('soundness: a file that is none of the ceremony’s is refused unless it is called local', async () => {
    const blake2b = await hashFile({ path, algorithm: 'blake2b512' })

    await assert.rejects(readPhase1({ path, trust: 'ceremony' }), { name: 'Phase1UnknownError', path, blake2b })
  })

  it('behavior: the pinned hashes are those the README of snarkjs lists, each under its file’s name', () => {
    const snarkjs = dirname(dirname(createRequire(import.meta.url).resolve('snarkjs')))
    const rows = readFileSync(join(snarkjs, 'README.md'), 'utf8').matchAll(
      /^\| +(\d+) .*\[(\w+)\.ptau\].*\| ([0-9a-f]{128}) \|$/gm,
    )
    const listed = [...rows].map(([, power, name, hash]) => ({ power: Number(power), name, hash }))

    assert.deepEqual(
      listed.map(({ power }) => power),
      Array.from({ length: 21 }, (_, index) => 8 + index),
    )
    for (const { power, name, hash } of listed) {
      assert.equal(ceremonyHashes.get(power), hash)
      assert.equal(ceremonyFileOf(String(hash)), name)
    }
    assert.equal(ceremonyFileOf('0'.repeat(128)), undefined)
  })

  it('error: a file that is cut short, foreign, or not prepared for phase 2', async () => {
    const bytes = readFileSync(path)
    const file = (name: string, content: Uint8Array) => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const otherCurve = Buffer.from(bytes)
    otherCurve.writeUInt8((otherCurve[28] ?? 0) ^ 1, 28)
    const otherPower = Buffer.from(bytes)
    otherPower.writeUInt8(3, 12 + 12 + 4 + 32)
    const unprepared = Buffer.from(bytes)
    // The number of sections, and the file's end behind section 7.
    unprepared.writeUInt32LE(7, 8)
    const end = bytes.indexOf(Buffer.from('0c000000c003000000000000', 'hex'))
    assert.ok(end > 0)
    const broken: [string, Uint8Array][] = [
      ['cut.ptau', bytes.subarray(0, -1)],
      ['empty.ptau', new Uint8Array(0)],
      ['curve.ptau', otherCurve],
      ['power.ptau', otherPower],
      ['unprepared.ptau', unprepared.subarray(0, end)],
    ]

    for (const [name, content] of broken) {
      await assert.rejects(readPhase1({ path: file(name, content), trust: 'local' }), {
        name: 'BinFileInvalidError',
        magic: 'ptau',
      })
    }
  })

  it('error: a circuit with more rows than the file serves', async () => {
    const { r1cs } = randomCircuit(seededRandom(1), { rows: 5, outputs: 1, publicInputs: 1, privateInputs: 1 })

    await assert.rejects(
      newZkey({ r1cs, phase1: { path, trust: 'local' }, outPath: join(folder, 'none.zkey'), limits }),
      {
        name: 'Phase1TooSmallError',
        power: 2,
        needed: 3,
      },
    )
  })

  it('behavior: an abort ends the hashing', async () => {
    const reason = new Error('enough')

    await assert.rejects(readPhase1({ path, trust: 'local' }, AbortSignal.abort(reason)), reason)
  })

  it('error: messages say what was and what to do', () => {
    assert.equal(
      new Phase1UnknownError({ path: 'a.ptau', blake2b: 'ab' }).message,
      'a.ptau has the BLAKE2b-512 ab, which no file of the perpetual-powers-of-tau ceremony has; fetch it again, or name it local.',
    )
    assert.equal(
      new Phase1TooSmallError({ power: 10, needed: 12 }).message,
      'The phase-1 file serves 2^10 rows and the circuit needs 2^12; use a file of power 12 or more.',
    )
  })
})
