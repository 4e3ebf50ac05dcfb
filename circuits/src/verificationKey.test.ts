import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { baseOrder } from './field.ts'
import { g2Generator } from './points.ts'
import {
  checkVerificationKey,
  decodeVerificationKey,
  encodeVerificationKey,
  toSnarkjsKey,
  type VerificationKey,
  verificationKeyFromZkey,
} from './verificationKey.ts'

const fixture: { key: string } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/proofs/product.json', import.meta.url), 'utf8'),
)
const bytes = new Uint8Array(Buffer.from(fixture.key.slice(2), 'hex'))
const vk = decodeVerificationKey(bytes)
const zeroG2 = { x: { c0: 0n, c1: 0n }, y: { c0: 0n, c1: 0n } }

describe('verificationKey', () => {
  it('behavior: 14 words and two for each IC point, imaginary parts first', () => {
    const { alpha1, beta2, ic } = vk
    const word = (index: number) =>
      BigInt(`0x${Buffer.from(bytes.subarray(index * 32, index * 32 + 32)).toString('hex')}`)

    assert.equal(bytes.length, (14 + 2 * ic.length) * 32)
    assert.equal(ic.length, 3)
    assert.deepEqual([word(0), word(1)], [alpha1.x, alpha1.y])
    assert.deepEqual([word(2), word(3), word(4), word(5)], [beta2.x.c1, beta2.x.c0, beta2.y.c1, beta2.y.c0])
    assert.deepEqual(encodeVerificationKey(vk), bytes)
  })

  it('behavior: a development key has the generator as gamma, as keys of snarkjs have, and another delta', () => {
    assert.deepEqual(vk.gamma2, g2Generator)
    assert.notDeepEqual(vk.delta2, g2Generator)
    checkVerificationKey(vk)
  })

  it('behavior: JSON as snarkjs reads it', () => {
    const json = toSnarkjsKey(vk)

    assert.equal(json.nPublic, 2)
    assert.deepEqual(json.vk_alpha_1, [String(vk.alpha1.x), String(vk.alpha1.y), '1'])
    assert.deepEqual(json.vk_gamma_2[0], [String(g2Generator.x.c0), String(g2Generator.x.c1)])
    assert.equal(json.IC.length, 3)
  })

  it('error: lengths that hold no key', () => {
    for (const length of [0, 64, 448, 512, 575, 577, 640 - 32, 448 + 377 * 64]) {
      assert.throws(() => decodeVerificationKey(new Uint8Array(length)), {
        name: 'VerificationKeyLengthError',
        bytes: length,
      })
    }
    const [point] = vk.ic
    assert.ok(point !== undefined)
    for (const count of [0, 1, 377]) {
      const ic = new Array(count).fill(point)
      assert.throws(() => checkVerificationKey({ ...vk, ic }), { name: 'VerificationKeyLengthError' })
    }
    checkVerificationKey({ ...vk, ic: new Array(376).fill(point) })
  })

  it('soundness: zero, off-curve and out-of-range points are refused, each by its index', () => {
    const off = { x: vk.alpha1.x, y: vk.alpha1.y + 1n }
    const offG2 = { x: vk.beta2.x, y: { c0: vk.beta2.y.c0, c1: vk.beta2.y.c1 + 1n } }
    const bad: [Partial<VerificationKey>, number][] = [
      [{ alpha1: { x: 0n, y: 0n } }, 0],
      [{ alpha1: off }, 0],
      [{ alpha1: { x: vk.alpha1.x + baseOrder, y: vk.alpha1.y } }, 0],
      [{ beta2: zeroG2 }, 1],
      [{ beta2: offG2 }, 1],
      [{ gamma2: zeroG2 }, 2],
      [{ delta2: zeroG2 }, 3],
      [{ ic: vk.ic.with(0, { x: 0n, y: 0n }) }, 4],
      [{ ic: vk.ic.with(2, off) }, 6],
    ]
    for (const [change, index] of bad) {
      assert.throws(() => checkVerificationKey({ ...vk, ...change }), { name: 'VerificationKeyPointError', index })
    }
  })

  it('soundness: a delta nobody contributed to is refused', () => {
    assert.throws(() => checkVerificationKey({ ...vk, delta2: g2Generator }), { name: 'VerificationKeySetupError' })
    assert.throws(() => checkVerificationKey({ ...vk, gamma2: vk.delta2 }), { name: 'VerificationKeySetupError' })
  })

  it('error: bytes that are no zkey', () => {
    assert.throws(() => verificationKeyFromZkey(new Uint8Array(0)), { name: 'BinFileInvalidError' })
    assert.throws(() => verificationKeyFromZkey(new TextEncoder().encode('zkey, or so it says')), {
      name: 'BinFileInvalidError',
    })
  })
})
