//! Whether a key is what contributions make of a circuit's first key.

use crate::error::ProverError;
use crate::first_key::FirstKey;
use crate::key::{ProvingKey, read_point};
use crate::msm::Msm;
use crate::point_sum::Point;
use ark_bn254::{Bn254, Fq, G1Affine, G1Projective, G2Affine, g1};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInt, Field};

/// Bits of the factors by which points are combined: a wrong point passes with a chance of 2^-128.
const FACTOR_BYTES: usize = 16;

/// Where α, β and γ stand in section 2, behind the curve and the counts.
const FIXED_HEADER: std::ops::Range<usize> = 0..468;

/// Compares a key that has been checked in itself with the first key of its circuit: all that a contribution leaves alone must be the
/// same, and C and H the first ones divided by delta. Who contributed, and that delta is theirs, the record of contributions says.
///
/// # Errors
/// [`ProverError::Setup`] naming the difference. [`ProverError::System`]: no random numbers.
pub fn check_setup(key: &ProvingKey, first: &FirstKey) -> Result<(), ProverError> {
    let differs = |fact: String| Err(ProverError::Setup(fact));
    if key.section(2)[FIXED_HEADER] != first.section(2)[FIXED_HEADER] {
        return differs("its circuit, alpha, beta or gamma is another".into());
    }
    for (id, name) in [
        (3, "IC"),
        (4, "coefficients"),
        (5, "A"),
        (6, "B1"),
        (7, "B2"),
    ] {
        if key.section(id) != first.section(id) {
            return differs(format!(
                "its section {name} is that of another circuit or phase 1"
            ));
        }
    }
    if key.section(10)[..64] != first.section(10)[..64] {
        return differs("its record is that of another circuit or phase 1".into());
    }
    let points = |bytes: [&[u8]; 2]| -> Vec<Point<Fq>> {
        let chunks = bytes.into_iter().flat_map(|bytes| bytes.chunks_exact(64));
        chunks.map(|bytes| read_point(bytes, 0)).collect()
    };
    let own = points([key.section(8), key.section(9)]);
    let former = points([first.section(8), first.section(9)]);
    let factors = random_factors(own.len())?;
    let combine = |points: &[Point<Fq>]| -> G1Affine {
        let terms = factors.iter().copied().zip(0..);
        let sum: G1Projective =
            Msm::new(terms, None).sum::<g1::Config>(|_, index| points[index as usize]);
        sum.into_affine()
    };
    let (own, former) = rayon::join(|| combine(&own), || combine(&former));
    match Bn254::multi_pairing([own, -former], [key.delta2, G2Affine::generator()]).0 == Field::ONE
    {
        true => Ok(()),
        false => differs("its points C and H are not the first ones divided by its delta".into()),
    }
}

fn random_factors(count: usize) -> Result<Vec<BigInt<4>>, ProverError> {
    let mut bytes = vec![0; count * FACTOR_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        ProverError::System(format!("the system gave no random numbers: {error}"))
    })?;
    let factors = bytes.chunks_exact(FACTOR_BYTES).map(|bytes| {
        let [low, high] = [0, 8].map(|at| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        });
        BigInt([low, high, 0, 0])
    });
    Ok(factors.collect())
}
