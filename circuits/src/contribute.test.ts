import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { applyBeacon, BeaconInvalidError } from './applyBeacon.ts'
import { findSections } from './binFile.ts'
import { chooseProver } from './chooseProver.ts'
import { ContributionFailedError, ContributionNameError, contribute, SetupSealedError } from './contribute.ts'
import { type Contribution, ContributionInvalidError } from './contributionRecord.ts'
import { type FakeCeremony, fakeCeremony } from './fakeCeremony.ts'
import { encodeR1cs } from './r1cs.ts'
import { runSnarkjs } from './runSnarkjs.ts'
import { productCircuit } from './sampleCircuits.ts'
import { readContributions } from './zkeyContributions.ts'

const { kind, detail } = await chooseProver()
const skip = kind === 'native' ? false : detail
const { r1cs } = productCircuit({ x: 5n, y: 7n, binding: 99n })
const blockHash = `0x${'5a'.repeat(32)}` as const
let ceremony: FakeCeremony
let anna: Contribution
let sealed: Contribution

before(async () => {
  ceremony = await fakeCeremony(r1cs)
  const { zkeyPath, limits, at } = ceremony
  anna = await contribute({ zkeyPath, outPath: at('anna.zkey'), name: 'Anna "Å" = 1', limits })
  sealed = await applyBeacon({
    zkeyPath: at('anna.zkey'),
    outPath: at('sealed.zkey'),
    blockHash,
    name: 'block 7 of chain 1',
    limits,
  })
})
after(() => ceremony.remove())

describe('contribute', () => {
  it('behavior: the key records each contribution, and the old key stays as it was', () => {
    const { zkeyPath, at } = ceremony

    assert.deepEqual(readContributions(zkeyPath).contributions, [])
    assert.deepEqual(readContributions(at('anna.zkey')).contributions, [anna])
    assert.deepEqual(readContributions(at('sealed.zkey')).contributions, [anna, sealed])
    assert.equal(anna.name, 'Anna "Å" = 1')
    assert.match(anna.hash, /^[0-9a-f]{128}$/)
    assert.deepEqual(sealed.beacon, { hash: '5a'.repeat(32), iterationsExp: 10 })
  })

  it('behavior: a contribution’s hash is the one snarkjs shows its contributor', async () => {
    const { folder, limits, at } = ceremony
    const args = ['zkey', 'contribute', 'anna.zkey', 'shown.zkey', '--name=Ben']
    const input = Buffer.from('entropy\n')

    const { stdout } = await runSnarkjs({ args, cwd: folder, input, outputBytes: 2 ** 20, limits })

    const shown = Buffer.from(stdout)
      .toString()
      .split('Contribution Hash:')
      .at(-1)
      ?.match(/\b[0-9a-f]{8}\b/g)
      ?.join('')
    assert.equal(readContributions(at('shown.zkey')).contributions[1]?.hash, shown)
  })

  it('soundness: two contributions to one key differ, two beacons of one value do not', async () => {
    const { zkeyPath, limits, at } = ceremony

    const other = await contribute({ zkeyPath, outPath: at('other.zkey'), name: 'Anna', limits })
    const again = await applyBeacon({
      zkeyPath: at('anna.zkey'),
      outPath: at('again.zkey'),
      blockHash,
      name: 'block 7 of chain 1',
      limits,
    })

    assert.notEqual(other.hash, anna.hash)
    assert.notDeepEqual(other.deltaAfter, anna.deltaAfter)
    assert.deepEqual(again, sealed)
    assert.deepEqual(readFileSync(at('again.zkey')), readFileSync(at('sealed.zkey')))
  })

  it('invariant: a beacon gives the same key, byte for byte, whichever program applies it', { skip }, async () => {
    const { limits, at } = ceremony
    const beacon = { zkeyPath: at('anna.zkey'), blockHash, name: 'Å'.repeat(64), iterationsExp: 11, limits }

    const native = await applyBeacon({ ...beacon, outPath: at('native.zkey'), program: 'native' })
    const snarkjs = await applyBeacon({ ...beacon, outPath: at('snarkjs.zkey'), program: 'snarkjs' })

    assert.deepEqual(native, snarkjs)
    assert.deepEqual(readFileSync(at('native.zkey')), readFileSync(at('snarkjs.zkey')))
  })

  it('behavior: contributions of both programs stand on each other, and snarkjs verifies them all', {
    skip,
  }, async () => {
    const { folder, phase1, zkeyPath, limits, at } = ceremony
    let last = zkeyPath
    for (const [index, program] of (['snarkjs', 'native', 'native', 'snarkjs'] as const).entries()) {
      const outPath = at(`turn${index}.zkey`)
      await contribute({ zkeyPath: last, outPath, name: program, limits, program })
      last = outPath
    }
    await applyBeacon({ zkeyPath: last, outPath: at('end.zkey'), blockHash, name: 'end', limits, program: 'native' })

    writeFileSync(at('circuit.r1cs'), encodeR1cs(r1cs))
    const verify = (name: string) =>
      runSnarkjs({
        ...{ args: ['zkey', 'verify', 'circuit.r1cs', phase1.path, name], cwd: folder, outputBytes: 2 ** 20, limits },
      })
    const { stdout } = await verify('end.zkey')
    assert.match(Buffer.from(stdout).toString(), /ZKey Ok!/)
    // A point of section H that is not what the contribution makes of it.
    const bytes = readFileSync(at('end.zkey'))
    const read = (offset: number, length: number) => bytes.subarray(offset, offset + length)
    const { start } = findSections(read, { magic: 'zkey', version: 1, fileLength: bytes.length }).get(9) ?? { start: 0 }
    bytes.copyWithin(start, start + 64, start + 128)
    writeFileSync(at('damaged.zkey'), bytes)
    await assert.rejects(verify('damaged.zkey'), { name: 'ProcessFailedError' })
  })

  it('error: the native program takes no damaged key', { skip }, async () => {
    const { limits, at } = ceremony
    const bytes = readFileSync(at('anna.zkey'))
    bytes.writeUInt8((bytes[bytes.length - 600] ?? 0) ^ 1, bytes.length - 600)
    writeFileSync(at('bad.zkey'), bytes)
    const options = {
      zkeyPath: at('bad.zkey'),
      outPath: at('never.zkey'),
      name: 'a',
      limits,
      program: 'native',
    } as const

    await assert.rejects(contribute(options), { name: /^(ProcessFailed|ContributionInvalid|BinFileInvalid)Error$/ })
    assert.equal(existsSync(at('never.zkey')), false)
  })

  it('error: a sealed key takes no contribution and no second beacon', async () => {
    const { limits, at } = ceremony
    const zkeyPath = at('sealed.zkey')
    const options = { zkeyPath, outPath: at('late.zkey'), name: 'Late', limits }

    await assert.rejects(contribute(options), { name: 'SetupSealedError', zkeyPath })
    await assert.rejects(applyBeacon({ ...options, blockHash }), { name: 'SetupSealedError', zkeyPath })
  })

  it('error: names that cannot be printed', async () => {
    const { zkeyPath, limits, at } = ceremony
    for (const name of ['', 'a\nb', 'a\u202eb', 'x'.repeat(65), '\ud800']) {
      await assert.rejects(contribute({ zkeyPath, outPath: at('named.zkey'), name, limits }), {
        name: 'ContributionNameError',
        given: name,
      })
    }
  })

  it('error: beacons nobody could check', async () => {
    const { limits, at } = ceremony
    const options = { zkeyPath: at('anna.zkey'), outPath: at('beacon.zkey'), name: 'b', limits }
    for (const hash of ['0x', '0x1234', `0x${'zz'.repeat(32)}`] as const) {
      await assert.rejects(applyBeacon({ ...options, blockHash: hash }), { name: 'BeaconInvalidError' })
    }
    for (const iterationsExp of [9, 25, 10.5, Number.NaN]) {
      await assert.rejects(applyBeacon({ ...options, blockHash, iterationsExp }), {
        name: 'BeaconInvalidError',
        iterationsExp,
      })
    }
  })

  it('behavior: an abort leaves no file behind', async () => {
    const { zkeyPath, limits, at, folder } = ceremony
    const filesBefore = readdirSync(folder)
    const controller = new AbortController()
    const reason = new Error('enough')
    const contributing = contribute({ zkeyPath, outPath: at('aborted.zkey'), name: 'a', limits }, controller.signal)
    while (readdirSync(folder).length === filesBefore.length) await new Promise((resolve) => setImmediate(resolve))

    controller.abort(reason)

    await assert.rejects(contributing, reason)
    assert.deepEqual(readdirSync(folder), filesBefore)
  })

  it('soundness: no byte of the record but names, the beacon and its end can change unnoticed', () => {
    const { at } = ceremony
    const bytes = readFileSync(at('sealed.zkey'))
    const start = bytes.indexOf(Buffer.from(anna.name)) - 2 - (3 * 64 + 128 + 64 + 8) - 68
    assert.equal(
      Buffer.from(readContributions(at('sealed.zkey')).circuitHash, 'hex').compare(bytes, start, start + 64),
      0,
    )
    const path = at('changed.zkey')
    const unnoticed: number[] = []
    for (let position = start; position < bytes.length; position++) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8((changed[position] ?? 0) ^ 1, position)
      writeFileSync(path, changed)
      try {
        readContributions(path)
        unnoticed.push(position)
      } catch (error) {
        assert.ok(error instanceof Error)
        assert.match(error.name, /^(ContributionInvalidError|BinFileInvalidError)$/)
      }
    }

    const names = [anna.name, sealed.name].map((name) => Buffer.from(name))
    const inText = names.flatMap((name) => Array.from(name, (_, index) => bytes.indexOf(name) + index))
    const beaconAt = bytes.length - 34
    const inBeacon = [beaconAt - 1, ...Array.from({ length: 32 }, (_, index) => beaconAt + 2 + index)]
    assert.deepEqual(
      unnoticed.filter((position) => !inText.includes(position) && !inBeacon.includes(position)),
      [],
    )
  })

  it('error: messages say what was and what to do', () => {
    const messages = [
      new ContributionNameError('a\n'),
      new SetupSealedError('k.zkey'),
      new ContributionFailedError('k.zkey'),
      new BeaconInvalidError({ hash: '12', iterationsExp: 9 }),
      new ContributionInvalidError({ index: 2, fact: 'stands behind the beacon' }),
    ].map(({ message }) => message)

    assert.deepEqual(messages, [
      'A contribution cannot be named "a\\n"; use 1 to 64 printable characters.',
      'k.zkey is sealed by a beacon and takes no more contributions; begin another setup to add one.',
      'No contribution was added to k.zkey; check the key with verifySetup and try again.',
      "The beacon is 12 with 2^9 iterations; it must be 32 bytes in hexadecimal, such as a block's hash, with 2^10 to 2^24.",
      'Contribution 3 of the proving key stands behind the beacon; ask its contributor for the key again.',
    ])
  })
})
