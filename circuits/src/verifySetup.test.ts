import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { bn254 } from '@noble/curves/bn254.js'
import { applyBeacon } from './applyBeacon.ts'
import { findSections, putElement, viewOf } from './binFile.ts'
import { chooseProver } from './chooseProver.ts'
import { contribute } from './contribute.ts'
import type { Contribution } from './contributionRecord.ts'
import { devSetup } from './devSetup.ts'
import { type FakeCeremony, fakeCeremony } from './fakeCeremony.ts'
import { makeLocalPhase1 } from './makeLocalPhase1.ts'
import { newZkey } from './newZkey.ts'
import { prove, readProvingKey } from './prove.ts'
import { encodeR1cs } from './r1cs.ts'
import { runSnarkjs } from './runSnarkjs.ts'
import { productCircuit, randomCircuit, seededRandom } from './sampleCircuits.ts'
import { encodeTranscript, hashTranscript, type SetupTranscript, summarizeSetup } from './setupTranscript.ts'
import { verificationKeyFromZkey } from './verificationKey.ts'
import { verify } from './verify.ts'
import { verifySetup } from './verifySetup.ts'
import { g1Bytes, toMontgomery, zkeySections } from './zkey.ts'
import { readContributions } from './zkeyContributions.ts'

const { r1cs, witness } = productCircuit({ x: 5n, y: 7n, binding: 99n })
const { kind } = await chooseProver()
const programs = kind === 'native' ? (['native', 'snarkjs'] as const) : (['snarkjs'] as const)
let ceremony: FakeCeremony
const made: Contribution[] = []

before(async () => {
  ceremony = await fakeCeremony(r1cs)
  const { zkeyPath, limits, at } = ceremony
  const beacon = { name: 'block 7 of chain 1', blockHash: `0x${'5a'.repeat(32)}`, iterationsExp: 12 } as const
  made.push(
    await contribute({ zkeyPath, outPath: at('1.zkey'), name: 'Anna', limits }),
    await contribute({ zkeyPath: at('1.zkey'), outPath: at('2.zkey'), name: 'Ben', limits }),
    await applyBeacon({ zkeyPath: at('2.zkey'), outPath: at('sealed.zkey'), ...beacon, limits }),
  )
})
after(() => ceremony.remove())

/** What both programs say of a key, which must be the same. */
async function check(name: string, circuit = r1cs): Promise<SetupTranscript> {
  const { phase1, limits, at } = ceremony
  const said: PromiseSettledResult<SetupTranscript>[] = []
  for (const program of programs) {
    const verifying = verifySetup({ r1cs: circuit, phase1, zkeyPath: at(name), limits, program })
    said.push(...(await Promise.allSettled([verifying])))
  }
  const [first, ...rest] = said.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.name))
  for (const other of rest) assert.deepEqual(other, first)
  const [own] = said
  if (own?.status !== 'fulfilled') throw own?.reason
  return own.value
}

/** The sealed key with some bytes replaced, as another file. */
function changed(name: string, change: (bytes: Buffer, places: ReturnType<typeof findSections>) => void): string {
  const bytes = readFileSync(ceremony.at('sealed.zkey'))
  const read = (offset: number, length: number) => bytes.subarray(offset, offset + length)
  change(bytes, findSections(read, { magic: 'zkey', version: 1, fileLength: bytes.length }))
  writeFileSync(ceremony.at(name), bytes)
  return name
}

const startOf = (places: ReturnType<typeof findSections>, id: number) => places.get(id)?.start ?? 0

describe('verifySetup', () => {
  it('invariant: the first key is the same, byte for byte, whichever program derives it', {
    skip: kind !== 'native',
  }, async () => {
    const { phase1, limits, at } = ceremony
    for (const rows of [1, 5, 8]) {
      const shape = { rows, outputs: 1, publicInputs: 1, privateInputs: 3 }
      const circuit = randomCircuit(seededRandom(rows), shape)
      for (const program of ['native', 'snarkjs'] as const) {
        await newZkey({ r1cs: circuit.r1cs, phase1, outPath: at(program), limits, program })
      }

      assert.deepEqual(readFileSync(at('native')), readFileSync(at('snarkjs')), `${rows} rows`)
    }
  })

  it('behavior: a setup on a domain that is no power of two: contributions of both programs, a proof, and planted faults', {
    skip: kind !== 'native',
  }, async () => {
    const { phase1, limits, at } = ceremony
    const shape = { rows: 8, outputs: 1, publicInputs: 1, privateInputs: 3 }
    const circuit = randomCircuit(seededRandom(3), shape)
    await newZkey({ r1cs: circuit.r1cs, phase1, outPath: at('12.zkey'), limits, domain: 'mixed' })
    await contribute({ zkeyPath: at('12.zkey'), outPath: at('12a.zkey'), name: 'Anna', limits, program: 'snarkjs' })
    await contribute({ zkeyPath: at('12a.zkey'), outPath: at('12b.zkey'), name: 'Ben', limits, program: 'native' })
    const own = { r1cs: circuit.r1cs, phase1, limits }

    const transcript = await verifySetup({ ...own, zkeyPath: at('12b.zkey') })
    const { proof, signals } = await prove({ zkeyPath: at('12b.zkey'), witness: circuit.witness })

    assert.deepEqual(
      transcript.contributions.map(({ name }) => name),
      ['Anna', 'Ben'],
    )
    assert.equal(readProvingKey(at('12b.zkey')).domainSize, 12)
    assert.equal(verify(verificationKeyFromZkey(readFileSync(at('12b.zkey'))), signals, proof), true)
    const bytes = readFileSync(at('12b.zkey'))
    const read = (offset: number, length: number) => bytes.subarray(offset, offset + length)
    const places = findSections(read, { magic: 'zkey', version: 1, fileLength: bytes.length })
    for (const id of [zkeySections.a, zkeySections.c, zkeySections.h]) {
      const wrong = Buffer.from(bytes)
      const start = startOf(places, id)
      wrong.copyWithin(start + g1Bytes * 4, start + g1Bytes * 5, start + g1Bytes * 6)
      writeFileSync(at('12wrong.zkey'), wrong)
      await assert.rejects(verifySetup({ ...own, zkeyPath: at('12wrong.zkey') }), { name: 'SetupInvalidError' })
    }
    const unfit = { name: 'ProverUnfitError', domainSize: 12 }
    await assert.rejects(verifySetup({ ...own, zkeyPath: at('12b.zkey'), program: 'snarkjs' }), unfit)
  })

  it('behavior: the transcript names the phase 1, the circuit, each contribution, the beacon and the key', async () => {
    const transcript = await check('sealed.zkey')

    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
    const zkey = readFileSync(ceremony.at('sealed.zkey'))
    assert.equal(transcript.phase1.name, 'local')
    assert.equal(transcript.circuit.r1csSha256, sha256(encodeR1cs(r1cs)))
    assert.equal(transcript.circuit.blake2b, readContributions(ceremony.zkeyPath).circuitHash)
    assert.deepEqual(transcript.contributions, [
      { name: 'Anna', blake2b: made[0]?.hash },
      { name: 'Ben', blake2b: made[1]?.hash },
    ])
    assert.deepEqual(transcript.beacon, {
      name: 'block 7 of chain 1',
      blake2b: made[2]?.hash,
      hash: '5a'.repeat(32),
      iterationsExp: 12,
    })
    assert.equal(transcript.key.zkeySha256, sha256(zkey))
    assert.deepEqual(await check('sealed.zkey'), transcript)
  })

  it('behavior: the key proves, and the proof verifies', async () => {
    const zkeyPath = ceremony.at('sealed.zkey')

    const { proof, signals } = await prove({ zkeyPath, witness, limits: ceremony.limits })

    assert.equal(verify(verificationKeyFromZkey(readFileSync(zkeyPath)), signals, proof), true)
  })

  it('behavior: an unsealed setup has no beacon, and a phase 1 of one’s own makes it owner-only', async () => {
    const transcript = await check('2.zkey')

    assert.equal(transcript.beacon, null)
    assert.deepEqual(summarizeSetup(transcript), {
      kind: 'owner-only',
      contributions: 1,
      transcriptHash: hashTranscript(transcript),
    })
  })

  it('behavior: on the ceremony’s phase 1, two contributions are a ceremony of two and one is owner-only', async () => {
    const local = await check('2.zkey')
    const two = { ...local, phase1: { ...local.phase1, name: 'powersOfTau28_hez_final_10' } }
    const one = { ...two, contributions: two.contributions.slice(0, 1) }

    assert.deepEqual(summarizeSetup(two), {
      kind: 'ceremony',
      contributions: 2,
      transcriptHash: hashTranscript(two),
    })
    assert.equal(summarizeSetup(one).kind, 'owner-only')
    assert.equal(summarizeSetup(one).contributions, 1)
  })

  it('behavior: a transcript’s hash does not hang on the order of its members', async () => {
    const transcript = await check('1.zkey')
    const turned = Object.fromEntries(Object.entries(transcript).reverse()) as typeof transcript

    assert.equal(hashTranscript(turned), hashTranscript(transcript))
    assert.equal(encodeTranscript(turned), encodeTranscript(transcript))
    assert.match(encodeTranscript(transcript), /^\{"beacon":null,"circuit":\{"blake2b":"/)
    assert.deepEqual(JSON.parse(encodeTranscript(transcript)), transcript)
  })

  it('soundness: a key nobody contributed to is refused, as are a beacon alone and a development key', async () => {
    const { zkeyPath, at, limits } = ceremony
    const alone = { zkeyPath, outPath: at('alone.zkey'), name: 'alone', blockHash: `0x${'11'.repeat(32)}` } as const
    await applyBeacon({ ...alone, limits })
    writeFileSync(at('dev.zkey'), (await devSetup(r1cs)).zkey)

    await assert.rejects(check('first.zkey'), { name: 'VerificationKeySetupError' })
    await assert.rejects(check('alone.zkey'), { name: 'SetupInvalidError', fact: /nobody contributed/ })
    await assert.rejects(check('dev.zkey'), { name: 'SetupInvalidError', fact: /nobody contributed/ })
  })

  it('soundness: the key of another circuit is refused, by its shape or by snarkjs', async () => {
    const wider = { ...r1cs, wireCount: 6 }
    const moreSignals = { ...r1cs, publicInputCount: 2, wireCount: 5 }
    const [row] = r1cs.constraints
    assert.ok(row !== undefined)
    const moreRows = { ...r1cs, constraints: [row, row] }
    const squared = { ...r1cs, constraints: [{ ...row, b: row.a }] }

    await assert.rejects(check('sealed.zkey', wider), { name: 'SetupInvalidError', fact: /5 wires/ })
    await assert.rejects(check('sealed.zkey', moreSignals), { name: 'SetupInvalidError', fact: /2 public signals/ })
    await assert.rejects(check('sealed.zkey', moreRows), { name: 'SetupInvalidError', fact: /domain is 4/ })
    await assert.rejects(check('sealed.zkey', squared), { name: 'SetupInvalidError', fact: /refuses it|beacon/ })
  })

  it('soundness: the key of another phase 1 is refused', async () => {
    const { limits, at } = ceremony
    await makeLocalPhase1({ power: 3, outPath: at('other.ptau'), limits })

    const phase1 = { path: at('other.ptau'), trust: 'local' } as const
    await assert.rejects(verifySetup({ r1cs, phase1, zkeyPath: at('sealed.zkey'), limits }), {
      name: 'SetupInvalidError',
      fact: /refuses it|beacon/,
    })
    await assert.rejects(verifySetup({ r1cs, phase1: { ...phase1, trust: 'ceremony' }, zkeyPath: at('1.zkey') }), {
      name: 'Phase1UnknownError',
    })
  })

  it('soundness: a larger circuit than the phase 1 serves is refused before any work', async () => {
    const { r1cs: large } = randomCircuit(seededRandom(2), { rows: 20, outputs: 1, publicInputs: 1, privateInputs: 2 })
    const { phase1, limits, at } = ceremony

    await assert.rejects(newZkey({ r1cs: large, phase1, outPath: at('large.zkey'), limits }), {
      name: 'Phase1TooSmallError',
      power: 4,
      needed: 5,
    })
  })

  it('soundness: valid points of other value are refused in every section', async () => {
    const double = (bytes: Buffer, at: number) => {
      const view = viewOf(bytes)
      const point = bn254.G1.Point.BASE.multiply(12345n).toAffine()
      putElement(view, at, toMontgomery(point.x))
      putElement(view, at + 32, toMontgomery(point.y))
    }
    for (const id of [zkeySections.ic, zkeySections.a, zkeySections.b1, zkeySections.c, zkeySections.h]) {
      const name = changed(`point${id}.zkey`, (bytes, places) => double(bytes, startOf(places, id) + g1Bytes))

      await assert.rejects(check(name), { name: 'SetupInvalidError', fact: /refuses it|beacon/ })
    }
  })

  it('soundness: another coefficient is refused', async () => {
    const name = changed('coefficient.zkey', (bytes, places) => {
      bytes.writeUInt8(1, startOf(places, zkeySections.coefficients) + 4 + 12)
    })

    await assert.rejects(check(name), { name: 'SetupInvalidError', fact: /refuses it|beacon/ })
  })

  it('soundness: a beacon that says another value, and a contribution left out, are refused', async () => {
    const otherBeacon = changed('beacon.zkey', (bytes) => bytes.writeUInt8(0x5b, bytes.length - 1))
    const iterations = changed('iterations.zkey', (bytes) => bytes.writeUInt8(40, bytes.length - 35))

    await assert.rejects(check(otherBeacon), { name: 'SetupInvalidError', fact: /refuses it|beacon/ })
    await assert.rejects(check(iterations), { name: 'SetupInvalidError', fact: /cannot be checked/ })
    const mixed = changed('mixed.zkey', (bytes, places) => {
      const { start, length } = places.get(zkeySections.header) ?? { start: 0, length: 0 }
      const former = readFileSync(ceremony.at('2.zkey'))
      former.copy(bytes, start, start, start + length)
    })
    await assert.rejects(check(mixed), { name: 'SetupInvalidError', fact: /does not end in its delta/ })
  })

  it('soundness: a contribution behind the beacon is refused', async () => {
    const { folder, limits, at } = ceremony
    const args = ['zkey', 'contribute', 'sealed.zkey', 'late.zkey', '--name=late']
    await runSnarkjs({ args, cwd: folder, input: Buffer.from('entropy\n'), outputBytes: 2 ** 20, limits })

    assert.throws(() => readContributions(at('late.zkey')), { name: 'ContributionInvalidError', index: 3 })
    await assert.rejects(check('late.zkey'), { name: 'ContributionInvalidError', index: 3 })
  })

  it('behavior: an abort ends the verification', async () => {
    const { phase1, limits, at } = ceremony
    const reason = new Error('enough')
    const controller = new AbortController()

    const verifying = verifySetup({ r1cs, phase1, zkeyPath: at('sealed.zkey'), limits }, controller.signal)
    controller.abort(reason)

    await assert.rejects(verifying, reason)
  })
})
