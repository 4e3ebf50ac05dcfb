import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { bn254 } from '@noble/curves/bn254.js'
import { baseOrder, scalarOrder } from './field.ts'
import { isG2Point } from './points.ts'
import { decodeProof, encodeProof, type Proof } from './proof.ts'
import { decodeVerificationKey } from './verificationKey.ts'
import { prepareVerifier, verify } from './verify.ts'

// Written by devSetup and snarkjs, see its `about`.
type Fixture = { key: string; signals: string[]; proof: string[] }
const fixture: Fixture = JSON.parse(
  readFileSync(new URL('../../test/fixtures/proofs/product.json', import.meta.url), 'utf8'),
)
const vk = decodeVerificationKey(Buffer.from(fixture.key.slice(2), 'hex'))
const signals = fixture.signals.map(BigInt)
const words = fixture.proof.map(BigInt)
const proof = decodeProof(words)

const negate = ({ x, y }: { x: bigint; y: bigint }) => ({ x, y: baseOrder - y })
const negateB = ({ x, y }: Proof['b']) => ({ x, y: { c0: baseOrder - y.c0, c1: baseOrder - y.c1 } })

/** A point of the twist that is not in the subgroup of order r. */
function strayPoint(): Proof['b'] {
  const { Fp2 } = bn254.fields
  const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]))
  for (let c0 = 1n; ; c0++) {
    const x = Fp2.fromBigTuple([c0, 1n])
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)
    try {
      const y = Fp2.sqrt(square)
      if (!bn254.G2.Point.fromAffine({ x, y }).isTorsionFree()) return { x, y }
    } catch {
      // No point of the twist has this x.
    }
  }
}

describe('verify', () => {
  it('behavior: accepts a proof snarkjs made (S1-ZK-2)', () => {
    assert.equal(verify(vk, signals, proof), true)
  })

  it('behavior: a verifier of one key judges proof after proof as if each were the first', () => {
    const verifier = prepareVerifier(vk)
    const others = [signals.with(0, (signals[0] ?? 0n) + 1n), signals.slice(1), signals]

    assert.deepEqual(
      others.map((own) => verifier(own, proof)),
      [false, false, true],
    )
    assert.equal(verifier(signals, { ...proof, a: negate(proof.a) }), false)
    assert.equal(verifier(signals, proof), true)
  })

  it('behavior: a re-randomized proof (-A, -B, C) of the same statement is as good: Groth16 is malleable', () => {
    assert.equal(verify(vk, signals, { a: negate(proof.a), b: negateB(proof.b), c: proof.c }), true)
  })

  it('soundness: any word changed by one, or taken mod p again, is rejected (S1-ZK-3)', () => {
    for (const [index, word] of words.entries()) {
      const tampered = { ...proof }
      for (const value of [word + 1n, word - 1n, word + baseOrder, -word, 0n, 2n ** 256n - 1n]) {
        const [ax, ay, bx1, bx0, by1, by0, cx, cy] = words.with(index, value)
        assert.ok(ax !== undefined && ay !== undefined && bx1 !== undefined && bx0 !== undefined)
        assert.ok(by1 !== undefined && by0 !== undefined && cx !== undefined && cy !== undefined)
        tampered.a = { x: ax, y: ay }
        tampered.b = { x: { c0: bx0, c1: bx1 }, y: { c0: by0, c1: by1 } }
        tampered.c = { x: cx, y: cy }
        assert.equal(verify(vk, signals, tampered), false, `word ${index} = ${value}`)
      }
    }
  })

  it('soundness: negated, swapped, replaced and zero points are rejected (S1-ZK-3)', () => {
    const g1 = { x: 1n, y: 2n }
    const zero = { x: 0n, y: 0n }
    const zeroB = { x: { c0: 0n, c1: 0n }, y: { c0: 0n, c1: 0n } }
    const forged: [string, Proof][] = [
      ['-A', { ...proof, a: negate(proof.a) }],
      ['-B', { ...proof, b: negateB(proof.b) }],
      ['-C', { ...proof, c: negate(proof.c) }],
      ['A and C swapped', { ...proof, a: proof.c, c: proof.a }],
      ['B with its parts swapped', { ...proof, b: { x: swap(proof.b.x), y: swap(proof.b.y) } }],
      ['A = alpha', { ...proof, a: vk.alpha1 }],
      ['A = generator', { ...proof, a: g1 }],
      ['A = alpha, B = beta, C = generator', { a: vk.alpha1, b: vk.beta2, c: g1 }],
      ['A = 0', { ...proof, a: zero }],
      ['B = 0', { ...proof, b: zeroB }],
      ['C = 0', { ...proof, c: zero }],
      ['all 0', { a: zero, b: zeroB, c: zero }],
    ]
    for (const [what, candidate] of forged) assert.equal(verify(vk, signals, candidate), false, what)
  })

  it('soundness: a B on the twist but outside the subgroup is rejected (S1-ZK-3)', () => {
    const stray = strayPoint()

    bn254.G2.Point.fromAffine(stray) // On the curve by construction; only its order is wrong.
    assert.equal(isG2Point(stray), false)
    assert.equal(verify(vk, signals, { ...proof, b: stray }), false)
  })

  it('soundness: every public signal is bound, one that no constraint mentions too (S1-ZK-6)', () => {
    for (const [index, signal] of signals.entries()) {
      for (const value of [signal + 1n, 0n, scalarOrder - signal]) {
        assert.equal(verify(vk, signals.with(index, value), proof), false, `signal ${index} = ${value}`)
      }
    }
    assert.equal(verify(vk, signals.toReversed(), proof), false)
  })

  it('soundness: the same signal plus r, or minus r, is another signal (S1-ZK-3)', () => {
    for (const [index, signal] of signals.entries()) {
      assert.equal(verify(vk, signals.with(index, signal + scalarOrder), proof), false)
      assert.equal(verify(vk, signals.with(index, signal - scalarOrder), proof), false)
    }
  })

  it('soundness: more or fewer signals than the key has are rejected (S1-ZK-3)', () => {
    assert.equal(verify(vk, signals.slice(0, 1), proof), false)
    assert.equal(verify(vk, [...signals, 0n], proof), false)
    assert.equal(verify(vk, [], proof), false)
  })

  it('soundness: the proof of one key is none of another', () => {
    assert.equal(verify({ ...vk, alpha1: { x: 1n, y: 2n } }, signals, proof), false)
    assert.equal(verify({ ...vk, ic: vk.ic.toReversed() }, signals, proof), false)
  })

  it('error: a key nobody contributed to proves nothing', () => {
    assert.throws(() => verify({ ...vk, delta2: vk.gamma2 }, signals, proof), { name: 'VerificationKeySetupError' })
  })

  it('behavior: encoding the words again changes nothing', () => {
    assert.deepEqual([...encodeProof(proof)], words)
  })
})

function swap({ c0, c1 }: { c0: bigint; c1: bigint }) {
  return { c0: c1, c1: c0 }
}
