//! Multi-scalar multiplication: signed-digit buckets (Pippenger), each window summed by batched affine additions.
//! Scalars of one digit, such as the bits that most wires of a circuit are, take part in the lowest window alone.

use crate::field::FastField;
use crate::point_sum::{Point, sum_groups_in_tasks};
use ark_bn254::Fr;
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use rayon::join;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

type Scalar = ark_ff::BigInt<4>;

/// Bits of a scalar's absolute value and one for the carry of signed digits: scalars stand between -r/2 and r/2.
const SCALAR_BITS: usize = 254;

/// Widest window.
const WINDOW_BITS_AT_MOST: usize = 17;

/// Digits that one task takes: enough that their additions share inversions, few enough that their sums stay in the cache.
const TASK_DIGITS: std::ops::RangeInclusive<usize> = 1 << 11..=1 << 14;

/// Tasks for each thread, where there are digits enough, so that threads end together.
const TASKS_EACH: usize = 4;

/// From so many digits on, threads sort them together.
const SORTED_TOGETHER_FROM: usize = 1 << 15;

/// How scalars are cut into digits. Window w = level · sets + set: its digits multiply 2^(c · sets · level) · point, which a table may
/// hold, and the windows of one set share buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// bits of a digit
    pub bits: usize,
    /// sets of buckets
    pub sets: usize,
    /// multiples of each point that are kept, with the point itself
    pub levels: usize,
}

impl Windows {
    /// For scalars of one digit alone.
    const LOWEST: Self = Self {
        bits: 2,
        sets: 1,
        levels: 1,
    };

    /// The windows that take fewest additions for so many scalars, with at most so many multiples of each point: one addition for each
    /// scalar in each window, and two for each bucket.
    pub fn cheapest(scalars: usize, levels_at_most: usize) -> Self {
        let choices = (2..=WINDOW_BITS_AT_MOST).flat_map(|bits| {
            let windows = SCALAR_BITS.div_ceil(bits);
            (1..=levels_at_most.clamp(1, windows)).map(move |levels| Self {
                bits,
                sets: windows.div_ceil(levels),
                levels,
            })
        });
        let cost = |windows: &Self| {
            let additions = SCALAR_BITS.div_ceil(windows.bits) * scalars;
            // Rows and columns of buckets are weighed by additions that share no inversion, each worth some four that do.
            let each_set = (1 << windows.bits) + (16 << (windows.bits / 2));
            (additions + windows.sets * each_set, windows.levels)
        };
        // There is always a choice.
        choices.min_by_key(cost).unwrap_or(Self {
            bits: 8,
            sets: 32,
            levels: 1,
        })
    }

    fn count(&self) -> usize {
        SCALAR_BITS.div_ceil(self.bits)
    }
}

/// One scalar, shifted so that its signed digits can be read off its bits.
struct Term {
    /// |scalar| + Σ 2^(c - 1) · 2^(c · window) over all windows but the highest
    shifted: Scalar,
    /// the point's index twice, and one for a negative scalar
    entry: u32,
}

/// Terms of a multiplication, ready to be summed window by window.
pub struct Msm {
    windows: Windows,
    /// those whose only digit is the lowest
    narrow: Vec<Term>,
    wide: Vec<Term>,
}

impl Msm {
    /// Sorts scalars by width. `terms` are scalars below r with the index of their point (below 2^31); `windows` says how they are cut,
    /// by default as cheaply as can be without tables.
    pub fn new(terms: impl Iterator<Item = (Scalar, u32)>, windows: Option<Windows>) -> Self {
        let mut narrow = Vec::new();
        let mut wide = Vec::with_capacity(terms.size_hint().0);
        for (scalar, index) in terms {
            if scalar.is_zero() {
                continue;
            }
            let (shifted, negative) = absolute(scalar);
            let term = Term {
                shifted,
                entry: index << 1 | u32::from(negative),
            };
            match has_one_digit(&shifted) {
                true => narrow.push(term),
                false => wide.push(term),
            }
        }
        let windows = windows.unwrap_or_else(|| match wide.len() {
            0 => Windows::LOWEST,
            count => Windows::cheapest(count, 1),
        });
        let mut least = Scalar::zero();
        for window in 0..windows.count() - 1 {
            let bit = window * windows.bits + windows.bits - 1;
            least.0[bit / 64] |= 1 << (bit % 64);
        }
        for term in narrow.iter_mut().chain(&mut wide) {
            // Both are below 2^254.
            term.shifted.add_with_carry(&least);
        }
        Self {
            windows,
            narrow,
            wide,
        }
    }

    /// Whether a scalar below r takes part in more than the lowest window.
    pub fn is_wide(scalar: &Scalar) -> bool {
        !has_one_digit(&absolute(*scalar).0)
    }

    /// Σ scalar · point, where `point` gives the multiple of a level of the point of an index.
    pub fn sum<C: SWCurveConfig<BaseField: FastField>>(
        &self,
        point: impl Fn(usize, u32) -> Point<C::BaseField> + Sync,
    ) -> Projective<C> {
        let Windows { sets, bits, .. } = self.windows;
        let digits = self.wide.len() * self.windows.count() + self.narrow.len();
        let task_digits = task_digits::<C>(digits);
        let sets_each = (sets * task_digits / digits.max(1)).clamp(1, sets);
        let ranges: Vec<_> = (0..sets).step_by(sets_each).collect();
        let by_set: Vec<Vec<Projective<C>>> = ranges
            .into_par_iter()
            .with_max_len(1)
            .map(|first| {
                let range = first..(first + sets_each).min(sets);
                self.sum_sets(range, task_digits, &point)
            })
            .collect();
        let mut total = Projective::ZERO;
        for sum in by_set.iter().flatten().rev() {
            for _ in 0..bits {
                total.double_in_place();
            }
            total += sum;
        }
        total
    }

    /// The digits of a window that are not zero, each with its absolute value and the entry with its sign: those of one of so many parts
    /// of the terms.
    fn digits(
        &self,
        window: usize,
        (part, parts): (usize, usize),
    ) -> impl Iterator<Item = (usize, u32)> {
        let part_of = |terms: &[Term]| terms.len() * part / parts..terms.len() * (part + 1) / parts;
        let narrow: &[Term] = match window == 0 {
            true => &self.narrow[part_of(&self.narrow)],
            false => &[],
        };
        let wide: &[Term] = match window < self.windows.count() {
            true => &self.wide[part_of(&self.wide)],
            false => &[],
        };
        let bits = self.windows.bits;
        let (limb, shift) = (window * bits / 64, window * bits % 64);
        // The highest digit takes the carry and has no sign.
        let half = match window + 1 == self.windows.count() {
            true => 0,
            false => 1i64 << (bits - 1),
        };
        narrow.iter().chain(wide).filter_map(move |term| {
            let low = term.shifted.0[limb] >> shift;
            let high = match shift + bits > 64 && limb < 3 {
                true => term.shifted.0[limb + 1] << (64 - shift),
                false => 0,
            };
            let digit = ((low | high) & ((1 << bits) - 1)) as i64 - half;
            let entry = term.entry ^ u32::from(digit < 0);
            (digit != 0).then_some((digit.unsigned_abs() as usize, entry))
        })
    }

    /// Σ digit · point for each set of a range, all their additions in common rounds.
    fn sum_sets<C: SWCurveConfig<BaseField: FastField>>(
        &self,
        range: std::ops::Range<usize>,
        task_digits: usize,
        point: &(impl Fn(usize, u32) -> Point<C::BaseField> + Sync),
    ) -> Vec<Projective<C>> {
        let Windows { bits, sets, levels } = self.windows;
        let buckets = 1usize << (bits - 1);
        let count = range.len() * buckets;
        let parts = match range.len() * levels * self.wide.len() < SORTED_TOGETHER_FROM {
            true => 1,
            false => rayon::current_num_threads(),
        };
        let all = |part: usize| {
            range.clone().enumerate().flat_map(move |(at, set)| {
                (0..levels).flat_map(move |level| {
                    let digits = self.digits(level * sets + set, (part, parts));
                    // Bucket i holds digit i + 1.
                    digits.map(move |(digit, entry)| (at * buckets + digit - 1, level, entry))
                })
            })
        };
        // Counting sort, each thread of a part: how many it has in each bucket, and from that the places that are its own.
        let mut places: Vec<Vec<u32>> = (0..parts)
            .into_par_iter()
            .with_max_len(1)
            .map(|part| {
                let mut counts = vec![0; count];
                all(part).for_each(|(bucket, _, _)| counts[bucket] += 1);
                counts
            })
            .collect();
        let mut starts = Vec::with_capacity(count + 1);
        let mut next = 0;
        for bucket in 0..count {
            starts.push(next);
            for places in &mut places {
                next += std::mem::replace(&mut places[bucket], next);
            }
        }
        starts.push(next);
        let entries: Vec<AtomicU64> = (0..next).map(|_| AtomicU64::new(0)).collect();
        places
            .into_par_iter()
            .enumerate()
            .with_max_len(1)
            .for_each(|(part, mut places)| {
                all(part).for_each(|(bucket, level, entry)| {
                    let place = &mut places[bucket];
                    let both = (level as u64) << 32 | u64::from(entry);
                    entries[*place as usize].store(both, Ordering::Relaxed);
                    *place += 1;
                });
            });
        let sums = sum_groups_in_tasks(&starts, task_digits, |place| {
            let both = entries[place].load(Ordering::Relaxed);
            let (level, entry) = ((both >> 32) as usize, both as u32);
            point(level, entry >> 1).signed(entry & 1 == 1)
        });
        drop(entries);
        weigh(&sums, buckets, task_digits)
    }
}

/// The absolute value of a scalar below r, as it stands between -r/2 and r/2, and whether it is negative there.
fn absolute(scalar: Scalar) -> (Scalar, bool) {
    let mut opposite = Fr::MODULUS;
    opposite.sub_with_borrow(&scalar);
    match opposite < scalar {
        true => (opposite, true),
        false => (scalar, false),
    }
}

/// Whether an absolute value is a digit of the narrowest windows.
fn has_one_digit(absolute: &Scalar) -> bool {
    absolute.num_bits() < 2
}

/// Digits that one task takes, out of so many: fewer where an addition costs more.
fn task_digits<C: SWCurveConfig>(digits: usize) -> usize {
    let (least, most) = TASK_DIGITS.into_inner();
    let even = match rayon::current_num_threads() {
        1 => most,
        threads => (digits / (threads * TASKS_EACH)).clamp(least, most),
    };
    // A base field of two words of the prime field makes additions of three times the cost.
    match C::BaseField::extension_degree() {
        1 => even,
        _ => even / 2,
    }
}

/// Σ (i + 1) · sumᵢ for each of several sets of a power of two of sums: rows and columns of a square are summed by batched additions,
/// and only these by running sums.
fn weigh<C: SWCurveConfig<BaseField: FastField>>(
    sums: &[Point<C::BaseField>],
    buckets: usize,
    task_digits: usize,
) -> Vec<Projective<C>> {
    let column_bits = buckets.trailing_zeros().div_ceil(2);
    let columns = 1usize << column_bits;
    let rows = buckets >> column_bits;
    let starts = |each: usize| -> Vec<u32> {
        (0..=sums.len())
            .step_by(each)
            .map(|start| start as u32)
            .collect()
    };
    let (row_sums, column_sums) = join(
        || sum_groups_in_tasks(&starts(columns), task_digits, |place| sums[place]),
        || {
            sum_groups_in_tasks(&starts(rows), task_digits, |place| {
                let (set, place) = (place / buckets, place % buckets);
                sums[set * buckets + place % rows * columns + place / rows]
            })
        },
    );
    let both = row_sums.chunks(rows).zip(column_sums.chunks(columns));
    both.map(|(row_sums, column_sums)| {
        let mut by_row: Projective<C> = running_sum(&row_sums[1..]);
        for _ in 0..column_bits {
            by_row.double_in_place();
        }
        by_row + running_sum::<C>(column_sums)
    })
    .collect()
}

/// Σ (i + 1) · pointᵢ.
fn running_sum<C: SWCurveConfig<BaseField: FastField>>(
    points: &[Point<C::BaseField>],
) -> Projective<C> {
    let mut behind = Projective::ZERO;
    let mut total = Projective::ZERO;
    for point in points.iter().rev() {
        behind += point.to_affine::<C>();
        total += behind;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{g1, g2};
    use ark_ec::CurveGroup;
    use ark_ff::{Field, UniformRand};
    use ark_std::rand::{Rng, SeedableRng, rngs::StdRng};

    fn points<C: SWCurveConfig<ScalarField = Fr, BaseField: FastField>>(
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

    fn naive<C: SWCurveConfig<ScalarField = Fr, BaseField: FastField>>(
        scalars: &[Fr],
        points: &[Point<C::BaseField>],
    ) -> Projective<C> {
        let terms = scalars.iter().zip(points);
        terms
            .map(|(scalar, point)| point.to_affine::<C>() * *scalar)
            .sum()
    }

    fn check<C: SWCurveConfig<ScalarField = Fr, BaseField: FastField>>(
        scalars: &[Fr],
        points: &[Point<C::BaseField>],
    ) {
        let terms = scalars.iter().map(|scalar| scalar.into_bigint()).zip(0..);
        let sum: Projective<C> = Msm::new(terms, None).sum(|_, index| points[index as usize]);
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
            let sum: Projective<g1::Config> =
                Msm::new(terms, None).sum(|_, index| g1[index as usize]);
            let bases: Vec<_> = g1.iter().copied().cycle().take(repeated.len()).collect();
            assert_eq!(sum, naive::<g1::Config>(&repeated, &bases), "{wide}");
        }
    }
}
