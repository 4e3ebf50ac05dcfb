//! Multi-scalar multiplication: signed-digit buckets (Pippenger), each window summed by batched affine additions.
//! Scalars of one digit, such as the bits that most wires of a circuit are, take part in the lowest window alone.

use crate::point_sum::{Point, sum_groups};
use ark_bn254::Fr;
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, BigInteger, PrimeField};
use rayon::prelude::*;

type Scalar = ark_ff::BigInt<4>;

/// Bits of a scalar's absolute value and one for the carry of signed digits: scalars stand between -r/2 and r/2.
const SCALAR_BITS: usize = 254;

/// Widest window: its buckets still fit a core's cache.
const WINDOW_BITS_AT_MOST: usize = 16;

/// One scalar, shifted so that its signed digits can be read off its bits.
struct Term {
    /// |scalar| + Σ 2^(c - 1) · 2^(c · window) over all windows but the highest
    shifted: Scalar,
    /// the point's index twice, and one for a negative scalar
    entry: u32,
}

/// Terms of a multiplication, ready to be summed window by window.
pub struct Msm {
    window_bits: usize,
    windows: usize,
    /// those whose only digit is the lowest
    narrow: Vec<Term>,
    wide: Vec<Term>,
}

impl Msm {
    /// Sorts scalars by width and chooses the windows. `terms` are scalars below r with the index of their point (below 2^31).
    pub fn new(terms: impl Iterator<Item = (Scalar, u32)>) -> Self {
        let mut narrow = Vec::new();
        let mut wide = Vec::new();
        for (scalar, index) in terms {
            if scalar.is_zero() {
                continue;
            }
            let mut shifted = Fr::MODULUS;
            shifted.sub_with_borrow(&scalar);
            let negative = shifted < scalar;
            let term = Term {
                shifted: if negative { shifted } else { scalar },
                entry: index << 1 | u32::from(negative),
            };
            match term.shifted.num_bits() < 2 {
                true => narrow.push(term),
                false => wide.push(term),
            }
        }
        let window_bits = cheapest_window(wide.len());
        let windows = SCALAR_BITS.div_ceil(window_bits);
        let mut least = Scalar::zero();
        for window in 0..windows - 1 {
            let bit = window * window_bits + window_bits - 1;
            least.0[bit / 64] |= 1 << (bit % 64);
        }
        for term in narrow.iter_mut().chain(&mut wide) {
            // Both are below 2^254.
            term.shifted.add_with_carry(&least);
        }
        Self {
            window_bits,
            windows,
            narrow,
            wide,
        }
    }

    /// Σ scalar · point, where `point` gives the point of an index.
    pub fn sum<C: SWCurveConfig>(
        &self,
        point: impl Fn(u32) -> Point<C::BaseField> + Sync,
    ) -> Projective<C> {
        let sums: Vec<Projective<C>> = (0..self.windows)
            .into_par_iter()
            .with_max_len(1)
            .map(|window| self.sum_window(window, &point))
            .collect();
        let mut total = Projective::ZERO;
        for sum in sums.iter().rev() {
            for _ in 0..self.window_bits {
                total.double_in_place();
            }
            total += sum;
        }
        total
    }

    /// The terms that have a digit in this window, and that digit's absolute value and sign.
    fn digits(&self, window: usize) -> impl Iterator<Item = (usize, u32)> + Clone {
        let narrow: &[Term] = if window == 0 { &self.narrow } else { &[] };
        let (bits, start) = (self.window_bits, window * self.window_bits);
        let (limb, shift) = (start / 64, start % 64);
        // The highest digit takes the carry and has no sign.
        let half = match window + 1 == self.windows {
            true => 0,
            false => 1i64 << (bits - 1),
        };
        narrow.iter().chain(&self.wide).filter_map(move |term| {
            let low = term.shifted.0[limb] >> shift;
            let high = match shift + bits > 64 && limb < 3 {
                true => term.shifted.0[limb + 1] << (64 - shift),
                false => 0,
            };
            let digit = ((low | high) & ((1 << bits) - 1)) as i64 - half;
            match digit {
                0 => None,
                _ => Some((
                    digit.unsigned_abs() as usize,
                    term.entry ^ u32::from(digit < 0),
                )),
            }
        })
    }

    fn sum_window<C: SWCurveConfig>(
        &self,
        window: usize,
        point: &(impl Fn(u32) -> Point<C::BaseField> + Sync),
    ) -> Projective<C> {
        let digits = self.digits(window);
        let buckets = 1usize << (self.window_bits - 1);
        // Counting sort; bucket i holds digit i + 1.
        let mut starts = vec![0u32; buckets + 2];
        for (digit, _) in digits.clone() {
            starts[digit + 1] += 1;
        }
        for bucket in 1..starts.len() {
            starts[bucket] += starts[bucket - 1];
        }
        let mut entries = vec![0u32; starts[buckets + 1] as usize];
        for (digit, entry) in digits {
            let place = &mut starts[digit];
            entries[*place as usize] = entry;
            *place += 1;
        }
        // Each start has moved to its bucket's end, which is the next one's start.
        let sums = sum_groups(&starts[..=buckets], |place| {
            let entry = entries[place];
            point(entry >> 1).signed(entry & 1 == 1)
        });
        weigh(&sums)
    }
}

/// Σ (i + 1) · sumᵢ for a power of two of sums: rows and columns of a square are summed by batched additions, and only these by
/// running sums.
fn weigh<C: SWCurveConfig>(sums: &[Point<C::BaseField>]) -> Projective<C> {
    let column_bits = sums.len().trailing_zeros().div_ceil(2);
    let columns = 1usize << column_bits;
    let rows = sums.len() >> column_bits;
    let starts = |count: usize, step: usize| -> Vec<u32> {
        (0..=count).map(|group| (group * step) as u32).collect()
    };
    let row_sums = sum_groups(&starts(rows, columns), |place| sums[place]);
    let column_sums = sum_groups(&starts(columns, rows), |place| {
        sums[(place % rows) * columns + place / rows]
    });
    let mut by_row: Projective<C> = running_sum(&row_sums[1..]);
    for _ in 0..column_bits {
        by_row.double_in_place();
    }
    by_row + running_sum::<C>(&column_sums)
}

/// Σ (i + 1) · pointᵢ.
fn running_sum<C: SWCurveConfig>(points: &[Point<C::BaseField>]) -> Projective<C> {
    let mut behind = Projective::ZERO;
    let mut total = Projective::ZERO;
    for point in points.iter().rev() {
        behind += point.to_affine::<C>();
        total += behind;
    }
    total
}

/// The window width that takes fewest additions for so many wide scalars: one for each in each window, and two for each bucket.
fn cheapest_window(wide: usize) -> usize {
    (2..=WINDOW_BITS_AT_MOST)
        .min_by_key(|bits| SCALAR_BITS.div_ceil(*bits) * (wide + (1 << bits)))
        .unwrap_or(WINDOW_BITS_AT_MOST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{g1, g2};
    use ark_ec::CurveGroup;
    use ark_ff::{Field, UniformRand};
    use ark_std::rand::{Rng, SeedableRng, rngs::StdRng};

    fn points<C: SWCurveConfig<ScalarField = Fr>>(
        count: usize,
        random: &mut StdRng,
    ) -> Vec<Point<C::BaseField>> {
        (0..count)
            .map(|_| {
                let point = (C::GENERATOR * Fr::rand(random)).into_affine();
                Point {
                    x: point.x,
                    y: point.y,
                }
            })
            .collect()
    }

    fn naive<C: SWCurveConfig<ScalarField = Fr>>(
        scalars: &[Fr],
        points: &[Point<C::BaseField>],
    ) -> Projective<C> {
        let terms = scalars.iter().zip(points);
        terms
            .map(|(scalar, point)| point.to_affine::<C>() * *scalar)
            .sum()
    }

    fn check<C: SWCurveConfig<ScalarField = Fr>>(scalars: &[Fr], points: &[Point<C::BaseField>]) {
        let terms = scalars.iter().map(|scalar| scalar.into_bigint()).zip(0..);
        let sum: Projective<C> = Msm::new(terms).sum(|index| points[index as usize]);
        assert_eq!(sum, naive::<C>(scalars, points));
    }

    #[test]
    fn agrees_with_the_naive_sum_for_scalars_of_every_width() {
        let mut random = StdRng::seed_from_u64(1);
        for count in [0, 1, 2, 3, 17, 100, 700] {
            let g1 = points::<g1::Config>(count, &mut random);
            let scalars: Vec<Fr> = (0..count)
                .map(|_| {
                    let wide = Fr::rand(&mut random).into_bigint();
                    let narrow = wide >> random.gen_range(0..256u32);
                    let scalar = Fr::from_bigint(narrow).unwrap_or(Fr::ONE);
                    if random.r#gen() { scalar } else { -scalar }
                })
                .collect();
            check::<g1::Config>(&scalars, &g1);
            let g2 = points::<g2::Config>(count.min(100), &mut random);
            check::<g2::Config>(&scalars[..count.min(100)], &g2);
        }
    }

    #[test]
    fn takes_the_scalars_at_every_edge() {
        let mut random = StdRng::seed_from_u64(2);
        let mut edges = vec![Fr::ZERO, Fr::ONE, -Fr::ONE, -Fr::from(2u64)];
        let half = Fr::from_bigint(Fr::MODULUS_MINUS_ONE_DIV_TWO).unwrap();
        edges.extend([half, half + Fr::ONE, half - Fr::ONE]);
        for bit in 0..253u64 {
            let power = Fr::from(2u64).pow([bit]);
            edges.extend([power, power - Fr::ONE, -power]);
        }
        let g1 = points::<g1::Config>(edges.len(), &mut random);
        check::<g1::Config>(&edges, &g1);
    }

    #[test]
    fn takes_equal_opposite_and_infinite_points() {
        let mut random = StdRng::seed_from_u64(3);
        let [point, other] = points::<g1::Config>(2, &mut random)[..] else {
            unreachable!()
        };
        let mut same = vec![point; 40];
        same.extend(vec![point.signed(true); 30]);
        same.extend([Point::INFINITY, other, Point::INFINITY, Point::INFINITY]);
        for scalars in [
            vec![Fr::ONE; 74],
            (0..74u64).map(|value| Fr::from(value % 3)).collect(),
            (0..74).map(|_| Fr::rand(&mut random)).collect(),
        ] {
            check::<g1::Config>(&scalars, &same);
        }
        check::<g1::Config>(&[Fr::ONE, -Fr::ONE], &[point, point]);
    }

    #[test]
    fn agrees_at_every_width_of_window() {
        let mut random = StdRng::seed_from_u64(4);
        let g1 = points::<g1::Config>(40, &mut random);
        let scalars: Vec<Fr> = (0..40).map(|_| Fr::rand(&mut random)).collect();
        for wide in [0, 10, 100, 1000, 10_000, 100_000, 1_000_000] {
            let repeated: Vec<Fr> = scalars
                .iter()
                .copied()
                .cycle()
                .take(wide.min(4000))
                .collect();
            let terms = repeated.iter().map(|scalar| scalar.into_bigint());
            let terms = terms.zip((0..).map(|index: u32| index % 40));
            let sum: Projective<g1::Config> = Msm::new(terms).sum(|index| g1[index as usize]);
            let bases: Vec<_> = g1.iter().copied().cycle().take(repeated.len()).collect();
            assert_eq!(sum, naive::<g1::Config>(&repeated, &bases), "{wide}");
        }
    }
}
