import { bn254 } from '@noble/curves/bn254.js'
import { scalarOrder } from './field.ts'
import { type G1Point, type G2Point, isG1Point, isG2Point } from './points.ts'
import type { Proof } from './proof.ts'
import { checkVerificationKey, type VerificationKey } from './verificationKey.ts'

const { G1, G2, fields, pairingBatch } = bn254

/**
 * Whether a Groth16 proof holds for these public signals: e(A, B) = e(alpha, beta) · e(IC₀ + Σ signalᵢ · ICᵢ₊₁, gamma) · e(C, delta)
 * (Groth 2016, https://eprint.iacr.org/2016/260). False, never an error, for whatever may be wrong with signals or proof: another
 * number of signals than the key has, a signal not in 0 … r - 1, a coordinate not in 0 … p - 1, a point at infinity, off its
 * curve or (B) outside its subgroup.
 * Warning: a proof can be re-randomized by anyone ({@link Proof}), so a true answer says nothing of who made the proof.
 * @throws VerificationKeyLengthError, VerificationKeyPointError or VerificationKeySetupError: the key itself proves nothing
 */
export function verify(vk: VerificationKey, signals: readonly bigint[], proof: Proof): boolean {
  return prepareVerifier(vk)(signals, proof)
}

/**
 * As {@link verify} for many proofs with one key, whose checks and whose part of the pairing are done once.
 * @throws VerificationKeyLengthError, VerificationKeyPointError or VerificationKeySetupError: the key itself proves nothing
 */
export function prepareVerifier(vk: VerificationKey): (signals: readonly bigint[], proof: Proof) => boolean {
  checkVerificationKey(vk)
  // The library remembers its part of the pairing by these objects.
  const alpha = toG1(vk.alpha1)
  const [beta, gamma, delta] = [toG2(vk.beta2), toG2(vk.gamma2), toG2(vk.delta2)]
  const ic = vk.ic.map(toG1)
  return (signals, proof) => {
    if (signals.length !== ic.length - 1) return false
    if (signals.some((signal) => signal < 0n || signal >= scalarOrder)) return false
    if (!isG1Point(proof.a) || !isG2Point(proof.b) || !isG1Point(proof.c)) return false

    let statement = G1.Point.ZERO
    for (const [index, point] of ic.entries()) {
      statement = statement.add(point.multiplyUnsafe(index === 0 ? 1n : (signals[index - 1] ?? 0n)))
    }
    const pairs = [
      { g1: toG1(proof.a).negate(), g2: toG2(proof.b) },
      { g1: alpha, g2: beta },
      { g1: toG1(proof.c), g2: delta },
    ]
    // The pairing library refuses infinity, whose pairing is one and may be left out.
    if (!statement.is0()) pairs.push({ g1: statement, g2: gamma })
    return fields.Fp12.eql(pairingBatch(pairs), fields.Fp12.ONE)
  }
}

function toG1({ x, y }: G1Point) {
  return G1.Point.fromAffine({ x, y })
}

function toG2({ x, y }: G2Point) {
  return G2.Point.fromAffine({ x, y })
}
