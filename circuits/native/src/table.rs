//! Multiples of a key's points, which are worth their memory where one key makes many proofs.

use crate::field::FastField;
use crate::msm::{Msm, Windows};
use crate::point_sum::Point;
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInt};
use rayon::prelude::*;

/// Points whose multiples are made together: enough to share an inversion.
const EACH: usize = 512;

/// Each point's multiples by 2^(bits · sets · level) for the levels from 1 on.
pub struct Table<C: SWCurveConfig> {
    /// how the scalars of these points are cut
    pub windows: Windows,
    multiples: Vec<Point<C::BaseField>>,
}

impl<C: SWCurveConfig<BaseField: FastField>> Table<C> {
    /// Makes the table that saves most additions within so many bytes; none is made of zero bytes.
    pub fn new(
        count: usize,
        bytes: usize,
        point: impl Fn(usize) -> Point<C::BaseField> + Sync,
    ) -> Self {
        let each = count * size_of::<Point<C::BaseField>>();
        let windows = Windows::cheapest(count, 1 + bytes / each.max(1));
        let levels = windows.levels - 1;
        let mut multiples = vec![Point::INFINITY; count * levels];
        let pieces = multiples.par_chunks_mut((EACH * levels).max(1));
        pieces.enumerate().for_each(|(piece, multiples)| {
            let first = piece * EACH;
            let mut points: Vec<Projective<C>> = (first..count.min(first + EACH))
                .map(|index| point(index).to_affine::<C>().into())
                .collect();
            for level in 0..levels {
                for point in &mut points {
                    for _ in 0..windows.bits * windows.sets {
                        point.double_in_place();
                    }
                }
                let affine = Projective::normalize_batch(&points);
                for (at, affine) in affine.into_iter().enumerate() {
                    let point = affine.xy().map_or(Point::INFINITY, |(x, y)| Point { x, y });
                    multiples[at * levels + level] = point;
                }
            }
        });
        Self { windows, multiples }
    }

    /// The multiple of a level from 1 on.
    #[inline]
    pub fn multiple(&self, level: usize, index: u32) -> Point<C::BaseField> {
        self.multiples[index as usize * (self.windows.levels - 1) + level - 1]
    }

    /// Bytes of the multiples.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.multiples[..])
    }
}

/// A section's points whose scalars are wide, with their multiples, and the others. Nearly the same points have wide scalars in each
/// proof, those of a circuit's hash: each section's few take longer than its many bits.
pub struct WidePoints<C: SWCurveConfig> {
    wide: Vec<u32>,
    others: Vec<u32>,
    table: Table<C>,
}

impl<C: SWCurveConfig<BaseField: FastField>> WidePoints<C> {
    /// Finds a section's `present` points that have wide scalars, and makes their table within so many bytes.
    pub fn new(
        present: &[u32],
        scalars: &[BigInt<4>],
        bytes: usize,
        point: impl Fn(u32) -> Point<C::BaseField> + Sync,
    ) -> Self {
        let is_wide = |index: &u32| bytes > 0 && Msm::is_wide(&scalars[*index as usize]);
        let (wide, others): (Vec<u32>, Vec<u32>) = present.iter().partition(|index| is_wide(index));
        let table = Table::new(wide.len(), bytes, |at| point(wide[at]));
        Self {
            wide,
            others,
            table,
        }
    }

    /// Σ scalar · point over the section.
    pub fn sum(
        &self,
        scalars: &[BigInt<4>],
        point: impl Fn(u32) -> Point<C::BaseField> + Sync,
    ) -> Projective<C> {
        let scalar = |index: &u32| scalars[*index as usize];
        let (wide, others) = rayon::join(
            || {
                let terms = self.wide.iter().map(scalar).zip(0..);
                Msm::new(terms, Some(self.table.windows)).sum::<C>(|level, at| match level {
                    0 => point(self.wide[at as usize]),
                    _ => self.table.multiple(level, at),
                })
            },
            || {
                let terms = self.others.iter().map(|index| (scalar(index), *index));
                Msm::new(terms, None).sum::<C>(|_, index| point(index))
            },
        );
        wide + others
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{Fq, Fr, G1Affine, G1Projective, g1, g2};
    use ark_ec::short_weierstrass::Affine;
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
                let table = Table::<g1::Config>::new(count, bytes, |index| points[index]);
                let terms = scalars.iter().map(|scalar| scalar.into_bigint()).zip(0..);
                let sum: G1Projective =
                    Msm::new(terms, Some(table.windows)).sum(|level, index| match level {
                        0 => points[index as usize],
                        _ => table.multiple(level, index),
                    });

                assert_eq!(sum, expected, "{count} points, {bytes} bytes");
                assert!(table.bytes() <= bytes);
                assert_eq!(bytes == 0, table.multiples.is_empty());
            }
        }
    }

    fn check_wide<C: SWCurveConfig<ScalarField = Fr, BaseField: FastField>>() {
        let mut random = StdRng::seed_from_u64(9);
        let affine: Vec<Affine<C>> = (0..90)
            .map(|_| (C::GENERATOR * Fr::rand(&mut random)).into_affine())
            .collect();
        let points = |index: u32| Point {
            x: affine[index as usize].x,
            y: affine[index as usize].y,
        };
        // A third are bits, a third wide and the rest either; every fifth point is none of the section's.
        let mut scalars = |shift: u64| -> Vec<BigInt<4>> {
            (0..90u64)
                .map(|index| match (index + shift * (index % 7)) % 3 {
                    0 => Fr::from(index % 2),
                    1 => -Fr::from(index % 2),
                    _ => Fr::rand(&mut random),
                })
                .map(Fr::into_bigint)
                .collect()
        };
        let present: Vec<u32> = (0..90).filter(|index| index % 5 > 0).collect();
        let first = scalars(0);
        for bytes in [0, 1, 5000, 1 << 16, 1 << 20] {
            let kept = WidePoints::<C>::new(&present, &first, bytes, points);
            assert!(kept.table.bytes() <= bytes);
            assert_eq!(kept.wide.is_empty(), bytes == 0);
            // In later proofs others may be wide, or none.
            let none = vec![BigInt::zero(); 90];
            for scalars in [&first, &scalars(1), &scalars(2), &none] {
                let expected: Projective<C> = present
                    .iter()
                    .map(|index| affine[*index as usize].mul_bigint(scalars[*index as usize]))
                    .sum();
                assert_eq!(kept.sum(scalars, points), expected, "{bytes} bytes");
            }
        }
    }

    #[test]
    fn sums_a_section_whichever_of_its_scalars_are_wide() {
        check_wide::<g1::Config>();
        check_wide::<g2::Config>();
    }
}
