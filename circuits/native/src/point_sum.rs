//! Sums of many points at once: affine additions that share one inversion (Montgomery's trick), six multiplications each.

use crate::field::FastField;
use ark_ec::short_weierstrass::SWCurveConfig;
use rayon::prelude::*;

/// A point in affine form. Zero coordinates are infinity, which is on none of the curves used here otherwise (b is not 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point<F> {
    /// The first coordinate.
    pub x: F,
    /// The second coordinate.
    pub y: F,
}

impl<F: FastField> Point<F> {
    /// The neutral element.
    pub const INFINITY: Self = Self {
        x: F::ZERO,
        y: F::ZERO,
    };

    /// Whether this is the neutral element.
    pub fn is_infinity(&self) -> bool {
        self.x.is_zero() && self.y.is_zero()
    }

    /// The point as the library's type, which checks nothing.
    pub fn to_affine<C: SWCurveConfig<BaseField = F>>(
        self,
    ) -> ark_ec::short_weierstrass::Affine<C> {
        match self.is_infinity() {
            true => ark_ec::short_weierstrass::Affine::identity(),
            false => ark_ec::short_weierstrass::Affine::new_unchecked(self.x, self.y),
        }
    }

    /// The point with its sign changed where `negative`.
    pub fn signed(self, negative: bool) -> Self {
        match negative {
            true => Self {
                x: self.x,
                y: F::ZERO.minus(&self.y),
            },
            false => self,
        }
    }
}

/// Additions that share an inversion: enough that it costs little for each, few enough that their operands stay in the cache.
const BATCH: usize = 1024;

/// Additions that wait for their common inversion.
struct Batch<F> {
    waiting: Vec<Waiting<F>>,
    /// for each addition its denominator and the product of all before it
    products: Vec<(F, F)>,
}

struct Waiting<F> {
    left: Point<F>,
    right: Point<F>,
    place: usize,
}

impl<F: FastField> Batch<F> {
    fn new() -> Self {
        Self {
            waiting: Vec::with_capacity(BATCH),
            products: Vec::with_capacity(BATCH),
        }
    }

    /// Puts `left + right` into `sums[place]`, at the latest when the batch is finished. Nothing is computed yet, so that the
    /// processor can fetch many points at once.
    #[inline]
    fn add(&mut self, left: Point<F>, right: Point<F>, place: usize, sums: &mut [Point<F>]) {
        self.waiting.push(Waiting { left, right, place });
        if self.waiting.len() == BATCH {
            self.finish(sums);
        }
    }

    fn finish(&mut self, sums: &mut [Point<F>]) {
        let mut product = F::ONE;
        for Waiting { left, right, .. } in &self.waiting {
            let denominator = denominator_of(left, right);
            self.products.push((denominator, product));
            product = product.times(&denominator);
        }
        // No denominator is zero, so neither is their product.
        let mut inverse = product.inverted().unwrap_or(F::ONE);
        let both = self.waiting.drain(..).zip(self.products.drain(..));
        for (Waiting { left, right, place }, (denominator, before)) in both.rev() {
            let inverted = inverse.times(&before);
            inverse = inverse.times(&denominator);
            sums[place] = add_with(&left, &right, inverted);
        }
    }
}

/// What the addition of two points divides by: the difference of their x, twice y for a doubling, and one where nothing is divided.
#[inline]
fn denominator_of<F: FastField>(left: &Point<F>, right: &Point<F>) -> F {
    let difference = right.x.minus(&left.x);
    if left.is_infinity() || right.is_infinity() {
        return F::ONE;
    }
    if !difference.is_zero() {
        return difference;
    }
    let doubled = left.y.double();
    // Opposite points, or one of order two (in G2, outside the subgroup).
    match left.y != right.y || doubled.is_zero() {
        true => F::ONE,
        false => doubled,
    }
}

/// The sum of two points, given the inverse of [`denominator_of`] them.
#[inline]
fn add_with<F: FastField>(left: &Point<F>, right: &Point<F>, inverted: F) -> Point<F> {
    if left.is_infinity() {
        return *right;
    }
    if right.is_infinity() {
        return *left;
    }
    let mut numerator = right.y.minus(&left.y);
    if left.x == right.x {
        if !numerator.is_zero() || left.y.is_zero() {
            return Point::INFINITY;
        }
        let square = left.x.square();
        numerator = square.double() + square;
    }
    let slope = numerator.times(&inverted);
    let x = slope.squared().minus(&left.x).minus(&right.x);
    let y = slope.times(&left.x.minus(&x)).minus(&left.y);
    Point { x, y }
}

/// Sums of consecutive groups of points: group i is what `point` gives for `starts[i] … starts[i + 1] - 1`, the first start being 0.
/// Neighbours are added in pairs, round by round, so that every round's additions share inversions.
/// A curve with a = 0 is assumed.
pub fn sum_groups<F: FastField>(
    starts: &[u32],
    point: impl Fn(usize) -> Point<F>,
) -> Vec<Point<F>> {
    let mut starts = starts.to_vec();
    let mut batch = Batch::new();
    let pairs = starts
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).div_ceil(2) as usize);
    let mut sums = vec![Point::INFINITY; pairs.sum()];
    fold_pairs(&mut starts, &mut batch, &mut sums, |_, index| point(index));
    while starts.windows(2).any(|pair| pair[1] - pair[0] > 1) {
        fold_pairs(&mut starts, &mut batch, &mut sums, |sums, index| {
            sums[index]
        });
    }
    let groups = starts.windows(2);
    groups
        .map(|group| match group[0] < group[1] {
            true => sums[group[0] as usize],
            false => Point::INFINITY,
        })
        .collect()
}

/// As [`sum_groups`], in tasks of `each` points that threads share. A group may be cut: one bucket holds all of a witness's bits.
pub fn sum_groups_in_tasks<F: FastField>(
    starts: &[u32],
    each: usize,
    point: impl Fn(usize) -> Point<F> + Sync,
) -> Vec<Point<F>> {
    let count = starts.last().copied().unwrap_or(0) as usize;
    if count <= each {
        return sum_groups(starts, point);
    }
    let tasks = (0..count).into_par_iter().step_by(each).with_max_len(1);
    let pieces: Vec<(usize, Vec<Point<F>>)> = tasks
        .map(|from| {
            let to = (from + each).min(count);
            // The groups that hold a point of the task: empty ones beside them are filled in below.
            let first = starts.partition_point(|start| *start as usize <= from) - 1;
            let end = starts.partition_point(|start| (*start as usize) < to);
            let own: Vec<u32> = starts[first..=end]
                .iter()
                .map(|start| (*start as usize).clamp(from, to) as u32 - from as u32)
                .collect();
            (first, sum_groups(&own, |place| point(from + place)))
        })
        .collect();
    let mut starts_of_parts = vec![0];
    let mut parts = Vec::with_capacity(starts.len() + pieces.len());
    for (first, sums) in pieces {
        for (at, sum) in sums.into_iter().enumerate() {
            let group = first + at;
            starts_of_parts.resize(starts_of_parts.len().max(group + 1), parts.len() as u32);
            parts.push(sum);
        }
    }
    starts_of_parts.resize(starts.len(), parts.len() as u32);
    sum_groups(&starts_of_parts, |part| parts[part])
}

/// One round: puts each group's points in pairs, the odd one alone, into the front of `sums`, whose groups `starts` then name.
/// What `point` reads of `sums` may be there: a sum's place is never behind its operands.
fn fold_pairs<F: FastField>(
    starts: &mut [u32],
    batch: &mut Batch<F>,
    sums: &mut [Point<F>],
    point: impl Fn(&[Point<F>], usize) -> Point<F>,
) {
    let mut place = 0;
    let mut start = 0;
    for group in 0..starts.len().saturating_sub(1) {
        let end = starts[group + 1] as usize;
        starts[group] = place as u32;
        while start + 1 < end {
            let (left, right) = (point(sums, start), point(sums, start + 1));
            batch.add(left, right, place, sums);
            place += 1;
            start += 2;
        }
        if start < end {
            sums[place] = point(sums, start);
            place += 1;
            start += 1;
        }
    }
    if let Some(last) = starts.last_mut() {
        *last = place as u32;
    }
    batch.finish(sums);
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{Fq, Fr, G1Affine, g1};
    use ark_ec::{AffineRepr, CurveGroup};
    use ark_ff::UniformRand;
    use ark_std::rand::{Rng, SeedableRng, rngs::StdRng};

    #[test]
    fn tasks_of_every_size_give_the_sums_of_empty_single_and_cut_groups() {
        let mut random = StdRng::seed_from_u64(9);
        let points: Vec<Point<Fq>> = (0..60)
            .map(|_| {
                let point = (G1Affine::generator() * Fr::rand(&mut random)).into_affine();
                Point {
                    x: point.x,
                    y: point.y,
                }
            })
            .collect();
        for _ in 0..30 {
            // Every other group is empty, at both ends too; one holds most points.
            let mut starts = vec![0, 0, 0];
            let mut end = 0;
            while end < 200 {
                end += match random.gen_range(0..4) {
                    0 => 0,
                    1 => 90,
                    _ => random.gen_range(1..5),
                };
                starts.extend([end, end]);
            }
            let point = |place: usize| points[place % points.len()];
            let expected: Vec<Point<Fq>> = starts
                .windows(2)
                .map(|group| {
                    let group = (group[0]..group[1]).map(|place| point(place as usize));
                    let affine = group.map(|point| point.to_affine::<g1::Config>());
                    let sum = affine.sum::<ark_bn254::G1Projective>().into_affine();
                    sum.xy().map_or(Point::INFINITY, |(x, y)| Point { x, y })
                })
                .collect();
            for each in [1, 2, 7, 64, 1000] {
                assert_eq!(sum_groups_in_tasks(&starts, each, point), expected);
            }
        }
        assert!(sum_groups_in_tasks(&[0], 4, |place| points[place]).is_empty());
    }
}
