//! Sums of many points at once: affine additions that share one inversion (Montgomery's trick), six multiplications each.

use ark_ec::short_weierstrass::SWCurveConfig;
use ark_ff::Field;

/// A point in affine form. Zero coordinates are infinity, which is on none of the curves used here otherwise (b is not 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point<F> {
    /// The first coordinate.
    pub x: F,
    /// The second coordinate.
    pub y: F,
}

impl<F: Field> Point<F> {
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
                y: -self.y,
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
    /// Product of all denominators before each.
    before: Vec<F>,
    product: F,
}

struct Waiting<F> {
    left: Point<F>,
    right: Point<F>,
    /// x₂ - x₁, or 2·y for a doubling
    denominator: F,
    doubling: bool,
    place: usize,
}

impl<F: Field> Batch<F> {
    fn new() -> Self {
        Self {
            waiting: Vec::with_capacity(BATCH),
            before: Vec::with_capacity(BATCH),
            product: F::ONE,
        }
    }

    /// Puts `left + right` into `sums[place]`, at the latest when the batch is finished.
    #[inline]
    fn add(&mut self, left: Point<F>, right: Point<F>, place: usize, sums: &mut [Point<F>]) {
        let mut denominator = right.x - left.x;
        let mut doubling = false;
        if left.is_infinity() || right.is_infinity() {
            sums[place] = if left.is_infinity() { right } else { left };
            return;
        }
        if denominator.is_zero() {
            denominator = left.y.double();
            // Opposite points, or one of order two (in G2, outside the subgroup).
            if left.y != right.y || denominator.is_zero() {
                sums[place] = Point::INFINITY;
                return;
            }
            doubling = true;
        }
        self.before.push(self.product);
        self.product *= denominator;
        self.waiting.push(Waiting {
            left,
            right,
            denominator,
            doubling,
            place,
        });
        if self.waiting.len() == BATCH {
            self.finish(sums);
        }
    }

    fn finish(&mut self, sums: &mut [Point<F>]) {
        // No denominator is zero, so neither is their product.
        let mut inverse = self.product.inverse().unwrap_or(F::ONE);
        for (waiting, before) in self.waiting.drain(..).zip(self.before.drain(..)).rev() {
            let Waiting {
                left,
                right,
                denominator,
                doubling,
                place,
            } = waiting;
            let numerator = match doubling {
                true => {
                    let square = left.x.square();
                    square.double() + square
                }
                false => right.y - left.y,
            };
            let slope = numerator * (inverse * before);
            inverse *= denominator;
            let x = slope.square() - left.x - right.x;
            let y = slope * (left.x - x) - left.y;
            sums[place] = Point { x, y };
        }
        self.product = F::ONE;
    }
}

/// Sums of consecutive groups of points: group i is what `point` gives for `starts[i] … starts[i + 1] - 1`.
/// Neighbours are added in pairs, round by round, so that every round's additions share inversions.
/// A curve with a = 0 is assumed.
pub fn sum_groups<F: Field>(starts: &[u32], point: impl Fn(usize) -> Point<F>) -> Vec<Point<F>> {
    let group_count = starts.len().saturating_sub(1);
    let mut batch = Batch::new();
    let mut starts = starts.to_vec();
    let mut sums = fold_pairs(&mut starts, &mut batch, point);
    while starts.windows(2).any(|pair| pair[1] - pair[0] > 1) {
        let folded = fold_pairs(&mut starts, &mut batch, |index| sums[index]);
        sums = folded;
    }
    (0..group_count)
        .map(|group| match starts[group] < starts[group + 1] {
            true => sums[starts[group] as usize],
            false => Point::INFINITY,
        })
        .collect()
}

/// One round: each group's points in pairs, the odd one alone; `starts` then name the groups of what is returned.
fn fold_pairs<F: Field>(
    starts: &mut [u32],
    batch: &mut Batch<F>,
    point: impl Fn(usize) -> Point<F>,
) -> Vec<Point<F>> {
    let folded: usize = starts
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).div_ceil(2) as usize)
        .sum();
    let mut sums = vec![Point::INFINITY; folded];
    let mut place = 0;
    let mut start = starts.first().copied().unwrap_or(0) as usize;
    for group in 0..starts.len().saturating_sub(1) {
        let end = starts[group + 1] as usize;
        starts[group] = place as u32;
        while start + 1 < end {
            batch.add(point(start), point(start + 1), place, &mut sums);
            place += 1;
            start += 2;
        }
        if start < end {
            sums[place] = point(start);
            place += 1;
            start += 1;
        }
    }
    if let Some(last) = starts.last_mut() {
        *last = place as u32;
    }
    batch.finish(&mut sums);
    sums
}
