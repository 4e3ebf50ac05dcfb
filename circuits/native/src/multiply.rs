//! Multiples of the generators of G1 and G2, which a development setup is made of.

use crate::bin_file::{ELEMENT_BYTES, limbs_at, u32_at};
use crate::error::ProverError;
use crate::field::FastField;
use crate::key::Coordinate;
use crate::point_sum::{Point, sum_groups};
use ark_bn254::{Fr, g1, g2};
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, BigInt, PrimeField};
use rayon::prelude::*;

const WINDOW_BITS: usize = 8;
const WINDOWS: usize = 32;
const DIGITS: usize = (1 << WINDOW_BITS) - 1;

/// Scalars that are multiplied together, so that their additions share inversions.
const EACH: usize = 256;

/// Multiplies generators: two counts (u32), then as many scalars for G1 and for G2, little-endian; the points come as a key holds
/// them, in the same order, infinity as zeros.
///
/// # Errors
/// [`ProverError::System`]: other bytes than the counts say, or a scalar not below r.
pub fn multiply_generators(request: &[u8]) -> Result<Vec<u8>, ProverError> {
    let invalid = |fact: &str| ProverError::System(format!("the list of scalars {fact}"));
    let (head, body) = request
        .split_at_checked(8)
        .ok_or_else(|| invalid("is cut short"))?;
    let [in_g1, in_g2] = [0, 4].map(|at| u32_at(head, at) as usize);
    if body.len() != (in_g1 + in_g2) * ELEMENT_BYTES {
        return Err(invalid("has another length than it says"));
    }
    let scalars: Vec<_> = body
        .chunks_exact(ELEMENT_BYTES)
        .map(|bytes| BigInt(limbs_at(bytes, 0)))
        .collect();
    if scalars.iter().any(|scalar| *scalar >= Fr::MODULUS) {
        return Err(invalid("has one that is not below r"));
    }
    let mut points = multiples::<g1::Config>(&scalars[..in_g1]);
    points.extend(multiples::<g2::Config>(&scalars[in_g1..]));
    Ok(points)
}

/// Each scalar's multiple of the generator, as bytes.
fn multiples<C: SWCurveConfig<BaseField: Coordinate>>(scalars: &[BigInt<4>]) -> Vec<u8> {
    let table = table::<C>();
    let pieces: Vec<Vec<u8>> = scalars
        .par_chunks(EACH)
        .map(|scalars| {
            let mut starts = vec![0];
            let mut entries = Vec::with_capacity(scalars.len() * WINDOWS);
            for scalar in scalars {
                for window in 0..WINDOWS {
                    let bit = window * WINDOW_BITS;
                    let digit = (scalar.0[bit / 64] >> (bit % 64)) as usize & DIGITS;
                    if digit > 0 {
                        entries.push(window * DIGITS + digit - 1);
                    }
                }
                starts.push(entries.len() as u32);
            }
            let points = sum_groups(&starts, |place| table[entries[place]]);
            let mut bytes = Vec::with_capacity(points.len() * 2 * C::BaseField::BYTES);
            for Point { x, y } in points {
                x.write(&mut bytes);
                y.write(&mut bytes);
            }
            bytes
        })
        .collect();
    pieces.concat()
}

/// digit · 2^(8 · window) · generator, for each window and each digit from 1 on.
fn table<C: SWCurveConfig<BaseField: FastField>>() -> Vec<Point<C::BaseField>> {
    let mut points = Vec::with_capacity(WINDOWS * DIGITS);
    let mut base: Projective<C> = C::GENERATOR.into();
    for _ in 0..WINDOWS {
        let mut multiple = Projective::ZERO;
        for _ in 0..DIGITS {
            multiple += base;
            points.push(multiple);
        }
        base += multiple;
    }
    let affine = Projective::normalize_batch(&points);
    affine
        .iter()
        .map(|point| Point {
            x: point.x,
            y: point.y,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::UniformRand;
    use ark_std::rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn agrees_with_the_library_for_edges_and_random_scalars() {
        let mut random = StdRng::seed_from_u64(7);
        let mut scalars: Vec<Fr> = [0u64, 1, 2, 255, 256, 65_535].map(Fr::from).to_vec();
        scalars.extend([-Fr::from(1u64), -Fr::from(2u64)]);
        scalars.extend((0..300).map(|_| Fr::rand(&mut random)));
        let mut request = [300u32.to_le_bytes(), 8u32.to_le_bytes()].concat();
        for scalar in &scalars {
            for limb in scalar.into_bigint().0 {
                request.extend(limb.to_le_bytes());
            }
        }

        let points = multiply_generators(&request).unwrap();

        assert_eq!(points.len(), 300 * 64 + 8 * 128);
        for (index, scalar) in scalars.iter().enumerate() {
            if index < 300 {
                check::<g1::Config>(&points[index * 64..], *scalar);
            } else {
                check::<g2::Config>(&points[300 * 64 + (index - 300) * 128..], *scalar);
            }
        }
    }

    fn check<C: SWCurveConfig<ScalarField = Fr, BaseField: Coordinate>>(bytes: &[u8], scalar: Fr) {
        let [x, y] = [0, C::BaseField::BYTES].map(|at| C::BaseField::read(bytes, at));
        assert_eq!(
            Point { x, y }.to_affine::<C>(),
            (C::GENERATOR * scalar).into_affine()
        );
    }

    #[test]
    fn refuses_other_lengths_and_scalars_outside_the_field() {
        let mut request = [1u32.to_le_bytes(), 0u32.to_le_bytes()].concat();
        assert!(multiply_generators(&request).is_err());
        assert!(multiply_generators(&request[..7]).is_err());
        for limb in Fr::MODULUS.0 {
            request.extend(limb.to_le_bytes());
        }
        assert!(multiply_generators(&request).is_err());
        request[8] -= 1;
        assert!(multiply_generators(&request).is_ok());
    }
}
