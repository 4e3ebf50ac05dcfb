//! Multiples of a key's points for section H, which are worth their memory where one key makes many proofs.

use crate::msm::Windows;
use crate::point_sum::Point;
use ark_bn254::{Fq, G1Affine, G1Projective};
use ark_ec::CurveGroup;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

/// Points whose multiples are made together: enough to share an inversion.
const EACH: usize = 512;

/// Each point's multiples by 2^(bits · sets · level) for the levels from 1 on.
pub struct Table {
    /// how the scalars of these points are cut
    pub windows: Windows,
    multiples: Vec<Point<Fq>>,
}

impl Table {
    /// Makes the table that saves most additions within so many bytes; none is made of zero bytes.
    pub fn new(count: usize, bytes: usize, point: impl Fn(usize) -> Point<Fq> + Sync) -> Self {
        let each = count * size_of::<Point<Fq>>();
        let windows = Windows::cheapest(count, 1 + bytes / each.max(1));
        let levels = windows.levels - 1;
        let mut multiples = vec![Point::INFINITY; count * levels];
        let pieces = multiples.par_chunks_mut((EACH * levels).max(1));
        pieces.enumerate().for_each(|(piece, multiples)| {
            let first = piece * EACH;
            let mut points: Vec<G1Projective> = (first..count.min(first + EACH))
                .map(|index| point(index).to_affine().into())
                .collect();
            for level in 0..levels {
                for point in &mut points {
                    for _ in 0..windows.bits * windows.sets {
                        point.double_in_place();
                    }
                }
                let affine = G1Projective::normalize_batch(&points);
                for (at, G1Affine { x, y, .. }) in affine.into_iter().enumerate() {
                    multiples[at * levels + level] = Point { x, y };
                }
            }
        });
        Self { windows, multiples }
    }

    /// The multiple of a level from 1 on.
    #[inline]
    pub fn multiple(&self, level: usize, index: u32) -> Point<Fq> {
        self.multiples[index as usize * (self.windows.levels - 1) + level - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msm::Msm;
    use ark_bn254::Fr;
    use ark_ec::AffineRepr;
    use ark_ff::{PrimeField, UniformRand};
    use ark_std::rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn gives_the_naive_sum_at_every_size_and_keeps_to_its_bytes() {
        let mut random = StdRng::seed_from_u64(8);
        for count in [1, 2, 70, 600] {
            let affine: Vec<G1Affine> = (0..count)
                .map(|_| (G1Affine::generator() * Fr::rand(&mut random)).into_affine())
                .collect();
            let points: Vec<Point<Fq>> = affine
                .iter()
                .map(|point| Point {
                    x: point.x,
                    y: point.y,
                })
                .collect();
            let scalars: Vec<Fr> = (0..count).map(|_| Fr::rand(&mut random)).collect();
            let expected: G1Projective = affine
                .iter()
                .zip(&scalars)
                .map(|(point, scalar)| *point * scalar)
                .sum();
            for bytes in [0, count * 64, count * 64 * 5, 1 << 20] {
                let table = Table::new(count, bytes, |index| points[index]);
                let terms = scalars.iter().map(|scalar| scalar.into_bigint()).zip(0..);
                let sum: G1Projective =
                    Msm::new(terms, Some(table.windows)).sum(|level, index| match level {
                        0 => points[index as usize],
                        _ => table.multiple(level, index),
                    });

                assert_eq!(sum, expected, "{count} points, {bytes} bytes");
                assert!(size_of_val(&table.multiples[..]) <= bytes);
                assert_eq!(bytes == 0, table.multiples.is_empty());
            }
        }
    }
}
