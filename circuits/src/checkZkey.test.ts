import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { bn254 } from '@noble/curves/bn254.js'
import { findSections, putElement, type SectionPlace, viewOf } from './binFile.ts'
import { checkZkey } from './checkZkey.ts'
import { devSetup } from './devSetup.ts'
import { baseOrder, scalarOrder } from './field.ts'
import { type G2Point, g2Generator } from './points.ts'
import { productCircuit, randomCircuit, seededRandom } from './sampleCircuits.ts'
import { g1Bytes, g2Bytes, toMontgomery, zkeySections } from './zkey.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-zkey-'))
const { r1cs } = productCircuit({ x: 5n, y: 7n, binding: 99n })
let zkey: Uint8Array
let places: Map<number, SectionPlace>

before(async () => {
  ;({ zkey } = await devSetup(r1cs, { threads: 1 }))
  places = findSections((offset, length) => zkey.subarray(offset, offset + length), {
    magic: 'zkey',
    version: 1,
    fileLength: zkey.length,
  })
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** Path of the key with some bytes changed. */
function changed(change: (view: DataView) => void): string {
  const path = join(folder, 'changed.zkey')
  const bytes = zkey.slice()
  change(viewOf(bytes))
  writeFileSync(path, bytes)
  return path
}

const startOf = (id: number) => places.get(id)?.start ?? 0
const putG1 = (view: DataView, at: number, { x, y }: { x: bigint; y: bigint }) => {
  putElement(view, at, toMontgomery(x))
  putElement(view, at + 32, toMontgomery(y))
}
const putG2 = (view: DataView, at: number, { x, y }: G2Point) => {
  for (const [index, value] of [x.c0, x.c1, y.c0, y.c1].entries())
    putElement(view, at + 32 * index, toMontgomery(value))
}

/** A point of the twist outside the subgroup of order r: the first small x that has a y is (cofactor 2p - r). */
function pointOutsideSubgroup(): G2Point {
  const { Fp2 } = bn254.fields
  const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]))
  for (let small = 1n; ; small++) {
    const x = Fp2.fromBigTuple([small, 0n])
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)
    try {
      const y = Fp2.sqrt(square)
      return { x, y }
    } catch {
      // No square root: try the next.
    }
  }
}

// Offsets in section 2.
const header = { domain: 80, alpha1: 84, beta1: 148, beta2: 212, gamma2: 340, delta1: 468, delta2: 532 }

describe('checkZkey', () => {
  it('behavior: development keys and keys of snarkjs pass', async () => {
    const fixture = new URL('../../test/fixtures/groth16/', import.meta.url)
    const { zkey: random } = await devSetup(
      randomCircuit(seededRandom(5), { rows: 70, outputs: 3, publicInputs: 2, privateInputs: 4 }).r1cs,
    )
    writeFileSync(join(folder, 'random.zkey'), random)

    const own = await checkZkey(changed(() => {}))

    assert.equal(own.domainSize, 4)
    assert.equal((await checkZkey(join(folder, 'random.zkey'))).domainSize, 128)
    for (const name of ['answer.zkey', 'short.zkey']) await checkZkey(new URL(name, fixture).pathname)
  })

  it('soundness: delta equal to gamma or to the generator', async () => {
    const start = startOf(zkeySections.header)
    const generator = changed((view) => putG2(view, start + header.delta2, g2Generator))
    await assert.rejects(checkZkey(generator), { name: 'VerificationKeySetupError' })

    const other = bn254.G2.Point.BASE.multiply(7n).toAffine()
    const equal = changed((view) => {
      putG2(view, start + header.delta2, other)
      putG2(view, start + header.gamma2, other)
    })
    await assert.rejects(checkZkey(equal), { name: 'VerificationKeySetupError' })
  })

  it('soundness: zero and off-curve points of the verification key, each by its index', async () => {
    const start = startOf(zkeySections.header)
    const places: [number, number, number][] = [
      [start + header.alpha1, g1Bytes, 0],
      [start + header.beta2, g2Bytes, 1],
      [start + header.gamma2, g2Bytes, 2],
      [start + header.delta2, g2Bytes, 3],
      [startOf(zkeySections.ic), g1Bytes, 4],
      [startOf(zkeySections.ic) + 2 * g1Bytes, g1Bytes, 6],
    ]
    for (const [at, length, index] of places) {
      const zero = changed((view) => new Uint8Array(view.buffer, at, length).fill(0))
      await assert.rejects(checkZkey(zero), { name: 'VerificationKeyPointError', index })
      const off = changed((view) => view.setUint8(at, view.getUint8(at) ^ 1))
      await assert.rejects(checkZkey(off), { name: 'VerificationKeyPointError', index })
    }
  })

  it('soundness: points of the twist outside the subgroup', async () => {
    const outside = pointOutsideSubgroup()
    for (const [name, index] of [
      ['beta2', 1],
      ['gamma2', 2],
      ['delta2', 3],
    ] as const) {
      const path = changed((view) => putG2(view, startOf(zkeySections.header) + header[name], outside))

      await assert.rejects(checkZkey(path), { name: 'VerificationKeyPointError', index })
    }
  })

  it('soundness: beta or delta of G1 that is not that of G2', async () => {
    const other = bn254.G1.Point.BASE.multiply(7n).toAffine()
    for (const name of ['beta1', 'delta1'] as const) {
      const at = startOf(zkeySections.header) + header[name]
      const swapped = changed((view) => putG1(view, at, other))
      await assert.rejects(checkZkey(swapped), { name: 'ZkeyInvalidError', fact: /in G1 is not its/ })
      const zero = changed((view) => new Uint8Array(view.buffer, at, g1Bytes).fill(0))
      await assert.rejects(checkZkey(zero), { name: 'ZkeyInvalidError', fact: /in G1 is not its/ })
    }
  })

  it('soundness: off-curve points in every section, a zero H, coordinates not below p', async () => {
    const { a, b1, b2, c, h } = zkeySections
    for (const id of [a, b1, b2, c, h]) {
      const { start, length } = places.get(id) ?? { start: 0, length: 0 }
      const path = changed((view) => view.setUint8(start + length - 1, view.getUint8(start + length - 1) ^ 1))
      await assert.rejects(checkZkey(path), { name: 'ZkeyInvalidError', fact: /zero or off its curve/ })
    }
    const zero = changed((view) => new Uint8Array(view.buffer, startOf(h), g1Bytes).fill(0))
    await assert.rejects(checkZkey(zero), { name: 'ZkeyInvalidError', fact: /section H/ })
    const large = changed((view) => putElement(view, startOf(a), 2n ** 256n - 1n))
    await assert.rejects(checkZkey(large), { name: 'ZkeyInvalidError', fact: /section A/ })
    const ic = changed((view) => putElement(view, startOf(zkeySections.ic), baseOrder))
    await assert.rejects(checkZkey(ic), { name: 'BinFileInvalidError' })
  })

  it('soundness: another domain than the rows need', async () => {
    const at = startOf(zkeySections.header) + header.domain
    for (const domain of [0, 1, 3, 5, 2 ** 29]) {
      const path = changed((view) => view.setUint32(at, domain, true))
      await assert.rejects(checkZkey(path), { name: 'BinFileInvalidError', fact: /domain/ })
    }
    // A domain of two needs a section H of two points: cut from the file, with the length of what is left.
    const { start, length } = places.get(zkeySections.h) ?? { start: 0, length: 0 }
    const smaller = changed((view) => {
      view.setUint32(at, 2, true)
      view.setBigUint64(start - 8, BigInt(length / 2), true)
    })
    const bytes = readFileSync(smaller)
    writeFileSync(smaller, Buffer.concat([bytes.subarray(0, start + length / 2), bytes.subarray(start + length)]))
    await assert.rejects(checkZkey(smaller), { name: 'ZkeyInvalidError', fact: /of matrix|domain/ })
    // 6 rows serve 5 and 6, but not 4.
    const larger = changed((view) => {
      view.setUint32(at, 6, true)
      view.setBigUint64(start - 8, BigInt(length * 1.5), true)
    })
    const four = readFileSync(larger)
    const points = four.subarray(start, start + length)
    writeFileSync(
      larger,
      Buffer.concat([four.subarray(0, start + length), points.subarray(0, length / 2), four.subarray(start + length)]),
    )
    await assert.rejects(checkZkey(larger), { name: 'ZkeyInvalidError', fact: 'its domain is 6 for 4 rows' })
  })

  it('soundness: a wrong number of IC points', async () => {
    const at = startOf(zkeySections.header) + 76
    for (const signals of [0, 1, 3]) {
      const path = changed((view) => view.setUint32(at, signals, true))
      await assert.rejects(checkZkey(path), { name: 'BinFileInvalidError', fact: /section \d has/ })
    }
  })

  it('soundness: coefficients outside the circuit, and a public signal without a row of its own', async () => {
    const terms = startOf(zkeySections.coefficients) + 4
    const term = (index: number) => terms + 44 * index
    const cases: [(view: DataView) => void, RegExp][] = [
      [(view) => view.setUint32(term(0), 2, true), /matrix 2/],
      [(view) => view.setUint32(term(0) + 4, 4, true), /row 4/],
      [(view) => view.setUint32(term(0) + 8, 5, true), /wire 5/],
      [(view) => putElement(view, term(0) + 12, scalarOrder), /not below r/],
      // Terms 2 … 4 bind wire one and the two signals; the last is the binding.
      [(view) => view.setUint32(term(4) + 8, 1, true), /signal 2 has no row/],
      [(view) => view.setUint32(term(4), 1, true), /signal 2 has no row/],
      [(view) => view.setUint32(term(4) + 4, 2, true), /signal 2 has no row/],
      [(view) => putElement(view, term(4) + 12, 0n), /signal 2 has no row/],
      [(view) => view.setUint32(term(0) + 4, 3, true), /signal 0 has no row/],
    ]
    for (const [change, fact] of cases) {
      await assert.rejects(checkZkey(changed(change)), { name: 'ZkeyInvalidError', fact })
    }
  })

  it('error: a file that is cut short anywhere', async () => {
    const path = join(folder, 'cut.zkey')
    for (let length = 0; length < zkey.length; length += 97) {
      writeFileSync(path, zkey.subarray(0, length))
      await assert.rejects(checkZkey(path), { name: 'BinFileInvalidError' })
    }
  })

  it('behavior: an abort ends the check', async () => {
    const reason = new Error('enough')

    await assert.rejects(
      checkZkey(
        changed(() => {}),
        AbortSignal.abort(reason),
      ),
      reason,
    )
  })
})
