//! Many points times one scalar, as a contribution to a setup needs it: all points take the same steps, whose additions share inversions.

use crate::point_sum::{Point, sum_groups};
use ark_bn254::{Fq, Fr, g1};
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ff::{BigInt, BigInteger, PrimeField};
use rayon::prelude::*;

/// Points that are multiplied together: few enough that their multiples stay in the cache.
const EACH: usize = 512;

/// Bits of a digit with its sign; digits are odd or zero.
const WINDOW_BITS: usize = 4;

/// The odd multiples that a digit may name: 1, 3, 5 and 7.
const MULTIPLES: usize = 1 << (WINDOW_BITS - 2);

/// scalar · point for each point of G1, infinity among them.
pub fn scale(points: &[Point<Fq>], scalar: Fr) -> Vec<Point<Fq>> {
    // scalar = ±low ± high · λ, where λ · (x, y) = (β · x, y).
    let halves = <g1::Config as GLVConfig>::scalar_decomposition(scalar);
    let digits = [halves.0, halves.1]
        .map(|(positive, half)| digits_of(positive, half.into_bigint(), WINDOW_BITS));
    let pieces = points.par_chunks(EACH);
    pieces
        .flat_map_iter(|points| scale_some(points, &digits))
        .collect()
}

/// Signed digits of a scalar or its negative, lowest first: Σ digit · 2^i, where those that are not zero are odd, of so many bits with
/// their sign, and at least as many places apart.
pub fn digits_of(positive: bool, scalar: BigInt<4>, window_bits: usize) -> Vec<i8> {
    let mut rest = scalar;
    let mut digits = Vec::new();
    while !rest.is_zero() {
        let mut digit = 0;
        if rest.is_odd() {
            digit = (rest.0[0] & ((1 << window_bits) - 1)) as i8;
            if digit >= 1 << (window_bits - 1) {
                digit -= 1 << window_bits;
            }
            match digit < 0 {
                true => rest.add_with_carry(&u64::from(digit.unsigned_abs()).into()),
                false => rest.sub_with_borrow(&(digit as u64).into()),
            };
        }
        digits.push(if positive { digit } else { -digit });
        rest.div2();
    }
    digits
}

fn scale_some(points: &[Point<Fq>], digits: &[Vec<i8>; 2]) -> Vec<Point<Fq>> {
    let twice = add_each(points.len(), 2, |index, _| points[index]);
    let mut multiples = vec![points.to_vec()];
    for odd in 1..MULTIPLES {
        let before = &multiples[odd - 1];
        multiples.push(add_each(points.len(), 2, |index, term| match term {
            0 => before[index],
            _ => twice[index],
        }));
    }
    let mut sums = vec![Point::INFINITY; points.len()];
    for bit in (0..digits[0].len().max(digits[1].len())).rev() {
        let added: Vec<(usize, i8)> = digits
            .iter()
            .map(|digits| digits.get(bit).copied().unwrap_or(0))
            .enumerate()
            .filter(|(_, digit)| *digit != 0)
            .collect();
        sums = add_each(points.len(), 2 + added.len(), |index, term| {
            let Some((half, digit)) = term.checked_sub(2).map(|term| added[term]) else {
                return sums[index];
            };
            let Point { x, y } = multiples[digit.unsigned_abs() as usize / 2][index];
            let x = match half {
                0 => x,
                _ => x * <g1::Config as GLVConfig>::ENDO_COEFFS[0],
            };
            Point { x, y }.signed(digit < 0)
        });
    }
    sums
}

/// A sum of so many terms for each index.
fn add_each(
    count: usize,
    terms: usize,
    term: impl Fn(usize, usize) -> Point<Fq>,
) -> Vec<Point<Fq>> {
    let starts: Vec<u32> = (0..=count).map(|index| (index * terms) as u32).collect();
    sum_groups(&starts, |place| term(place / terms, place % terms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::G1Affine;
    use ark_ec::{AffineRepr, CurveGroup};
    use ark_ff::UniformRand;
    use ark_std::rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn agrees_with_the_library_for_edges_and_random_scalars() {
        let mut random = StdRng::seed_from_u64(10);
        let mut scalars: Vec<Fr> = [0u64, 1, 2, 3, 7, 8, 15, 16, 1 << 63]
            .map(Fr::from)
            .to_vec();
        scalars.extend([1u64, 2, 8].map(|value| -Fr::from(value)));
        scalars.extend((0..20).map(|_| Fr::rand(&mut random)));
        let affine: Vec<G1Affine> = (0..600)
            .map(|_| (G1Affine::generator() * Fr::rand(&mut random)).into_affine())
            .collect();
        let mut points: Vec<Point<Fq>> = affine
            .iter()
            .map(|point| Point {
                x: point.x,
                y: point.y,
            })
            .collect();
        points[5] = Point::INFINITY;
        for scalar in scalars {
            let scaled = scale(&points, scalar);

            assert_eq!(scaled.len(), points.len());
            for (index, (point, scaled)) in points.iter().zip(&scaled).enumerate() {
                if index < 8 || index == 599 {
                    let expected = (point.to_affine::<g1::Config>() * scalar).into_affine();
                    assert_eq!(
                        scaled.to_affine::<g1::Config>(),
                        expected,
                        "{scalar} {index}"
                    );
                }
            }
        }
    }
}
