//! Checks proofs against verification keys in the market's bytes (layout in `IProofVerifier`): words of 32 bytes, big-endian, of G2 the
//! imaginary parts first. Nothing of the prover is used for it, neither its kernels nor its reading of a zkey.

use crate::bin_file::ELEMENT_BYTES;
use crate::error::ProverError;
use ark_bn254::{Bn254, Fq, Fq2, Fr, G1Affine, G1Projective, G2Affine, g1, g2};
use ark_ec::pairing::{Pairing, PairingOutput};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInt, PrimeField};

/// α, β, γ and δ
const FIXED_WORDS: usize = 2 + 3 * 4;
const PROOF_WORDS: usize = 2 + 4 + 2;
/// As many as the market can store with a key: a contract has 24,576 bytes at most.
const MOST_IC: usize = 376;
/// Keys whose part of the pairing is kept.
const KEPT: usize = 16;

type G2Prepared = <Bn254 as Pairing>::G2Prepared;

/// A verification key that has been checked, with what of the pairing is the same for every proof.
struct Key {
    /// e(α, β)
    alpha_beta: PairingOutput<Bn254>,
    gamma2: G2Prepared,
    delta2: G2Prepared,
    ic: Vec<G1Affine>,
}

/// Verifies proofs, and remembers the keys that were used last.
#[derive(Default)]
pub struct Verifier {
    /// by their bytes, the latest last
    keys: Vec<(Vec<u8>, Key)>,
}

impl Verifier {
    /// Whether a proof holds: the request is the key with n + 1 points for n public signals, the signals, and the proof's eight words.
    /// False for whatever may be wrong with signals or proof: a signal not below r, a coordinate not below p, a point that is zero, off
    /// its curve or outside its subgroup.
    ///
    /// # Errors
    /// [`ProverError::Key`]: the request has no such length, or the key proves nothing, by the rules that the market's contract has too.
    pub fn verify(&mut self, request: &[u8]) -> Result<bool, ProverError> {
        let ic_count = ic_count(request.len()).ok_or_else(|| {
            let bytes = request.len();
            ProverError::Key(format!(
                "{bytes} bytes are no key with its signals and a proof"
            ))
        })?;
        let (key, statement) = request.split_at((FIXED_WORDS + 2 * ic_count) * ELEMENT_BYTES);
        let (signals, proof) = statement.split_at((ic_count - 1) * ELEMENT_BYTES);
        let known = self.keys.iter().position(|(bytes, _)| bytes == key);
        let entry = match known {
            Some(at) => self.keys.remove(at),
            None => (key.to_vec(), Key::read(key).map_err(ProverError::Key)?),
        };
        let verifies = entry.1.accepts(signals, proof);
        self.keys.push(entry);
        if self.keys.len() > KEPT {
            self.keys.remove(0);
        }
        Ok(verifies)
    }
}

/// Points of the IC in a request of so many bytes: each but the first comes with a signal.
fn ic_count(bytes: usize) -> Option<usize> {
    let others = (FIXED_WORDS + PROOF_WORDS) * ELEMENT_BYTES - ELEMENT_BYTES;
    let each = 3 * ELEMENT_BYTES;
    let count = bytes.checked_sub(others)? / each;
    ((2..=MOST_IC).contains(&count) && others + count * each == bytes).then_some(count)
}

impl Key {
    fn read(bytes: &[u8]) -> Result<Self, String> {
        let missing = |name: &str| {
            format!(
                "point {name} of the verification key is zero, off its curve or outside its subgroup"
            )
        };
        let alpha1 = read_g1(bytes, 0).ok_or_else(|| missing("alpha"))?;
        let g2 = |name, at| read_g2(bytes, at).ok_or_else(|| missing(name));
        let [beta2, gamma2, delta2] = [g2("beta", 2)?, g2("gamma", 6)?, g2("delta", 10)?];
        if delta2 == gamma2 || delta2 == G2Affine::generator() {
            return Err("nobody contributed to its delta, so anyone can forge proofs".into());
        }
        let words = bytes.len() / ELEMENT_BYTES;
        let ic = (FIXED_WORDS..words)
            .step_by(2)
            .map(|at| read_g1(bytes, at).ok_or_else(|| missing("IC")));
        Ok(Self {
            alpha_beta: Bn254::pairing(alpha1, beta2),
            gamma2: gamma2.into(),
            delta2: delta2.into(),
            ic: ic.collect::<Result<_, _>>()?,
        })
    }

    /// Whether e(A, B) = e(α, β) · e(IC₀ + Σ signalᵢ · ICᵢ₊₁, γ) · e(C, δ).
    fn accepts(&self, signals: &[u8], proof: &[u8]) -> bool {
        let points = (read_g1(proof, 0), read_g2(proof, 2), read_g1(proof, 6));
        let (Some(a), Some(b), Some(c)) = points else {
            return false;
        };
        let mut statement: G1Projective = self.ic[0].into();
        for (at, point) in self.ic[1..].iter().enumerate() {
            match word_at(signals, at) {
                signal if signal < Fr::MODULUS => statement += point.mul_bigint(signal),
                _ => return false,
            }
        }
        let in_g1 = [a, -statement.into_affine(), -c];
        let in_g2 = [b.into(), self.gamma2.clone(), self.delta2.clone()];
        Bn254::multi_pairing(in_g1, in_g2) == self.alpha_beta
    }
}

/// The 32 big-endian bytes of a word.
fn word_at(bytes: &[u8], word: usize) -> BigInt<4> {
    let end = (word + 1) * ELEMENT_BYTES;
    BigInt(std::array::from_fn(|limb| {
        let mut part = [0; 8];
        part.copy_from_slice(&bytes[end - 8 * (limb + 1)..end - 8 * limb]);
        u64::from_be_bytes(part)
    }))
}

/// A coordinate, unless it is not below p.
fn coordinate(bytes: &[u8], word: usize) -> Option<Fq> {
    Fq::from_bigint(word_at(bytes, word))
}

fn read_g1(bytes: &[u8], word: usize) -> Option<G1Affine> {
    checked::<g1::Config>(coordinate(bytes, word)?, coordinate(bytes, word + 1)?)
}

fn read_g2(bytes: &[u8], word: usize) -> Option<G2Affine> {
    let pair = |at| Some(Fq2::new(coordinate(bytes, at + 1)?, coordinate(bytes, at)?));
    checked::<g2::Config>(pair(word)?, pair(word + 2)?)
}

/// The point, if it is one of its group and not infinity, for which zeros stand.
fn checked<C: SWCurveConfig>(x: C::BaseField, y: C::BaseField) -> Option<Affine<C>> {
    let point = Affine::<C>::new_unchecked(x, y);
    let good =
        !point.is_zero() && point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve();
    good.then_some(point)
}
