//! Number-theoretic transforms over subgroups of the scalar field whose order is 2^k, 3 · 2^k or 9 · 2^k.

use crate::field::FastField;
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, FftField, Field};
use rayon::prelude::*;

/// Below this many elements a transform stays on one thread.
const SPLIT_FROM: usize = 1 << 11;

/// Largest domain.
pub const MOST_ROWS: usize = 1 << 27;

/// The smallest domain of a power of two of rows that holds so many, and the smallest of 2^k, 3 · 2^k or 9 · 2^k; k is 1 at least.
/// Below 2^28 each has an odd coset: 2^28 · 9 divides r - 1.
pub fn domains_of(rows: usize) -> [usize; 2] {
    let power = rows.next_power_of_two().max(2);
    let mixed = [3, 9].map(|odd| odd * rows.div_ceil(odd).next_power_of_two().max(2));
    [power, mixed.into_iter().fold(power, usize::min)]
}

/// A subgroup and what moves a polynomial from its values there to its values on the subgroup's odd coset.
pub struct Domain {
    size: usize,
    /// for each power of two m below the size's: at m … 2m - 1 the powers of a root of unity of order 2m
    roots: Vec<Fr>,
    /// all powers of a root of unity of the size's order, where that is no power of two
    powers: Vec<Fr>,
    /// (root of unity of order 2 · size)^i / size, in the order in which [`Domain::interpolate`] leaves coefficients
    shift: Vec<Fr>,
}

impl Domain {
    /// The subgroup of so many elements, one of [`domains_of`] some number of rows.
    pub fn new(size: usize) -> Self {
        let levels = size.trailing_zeros();
        let mut roots = vec![Fr::ONE; (1 << levels).max(2)];
        for level in 0..levels {
            let half = 1 << level;
            fill_powers(&mut roots[half..2 * half], root_of_unity(2 * half), Fr::ONE);
        }
        let mut powers = vec![Fr::ZERO; if size % 3 == 0 { size } else { 0 }];
        fill_powers(&mut powers, root_of_unity(size), Fr::ONE);
        // The size is below r and not zero.
        let over_size = Fr::from(size as u64).inverse().unwrap_or(Fr::ONE);
        let mut natural = vec![Fr::ZERO; size];
        fill_powers(&mut natural, root_of_unity(2 * size), over_size);
        let mut shift = Vec::with_capacity(size);
        sift(&natural, 0, 1, &mut shift);
        Self {
            size,
            roots,
            powers,
            shift,
        }
    }

    /// Number of elements.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Takes a polynomial of degree below the size from its values on the subgroup to those on the odd coset, in place.
    pub fn to_odd_coset(&self, values: &mut [Fr]) {
        debug_assert_eq!(values.len(), self.size);
        self.interpolate(values);
        let each = (self.size / 64).max(SPLIT_FROM);
        let (values_each, shift_each) = (values.par_chunks_mut(each), self.shift.par_chunks(each));
        values_each.zip(shift_each).for_each(|(values, shift)| {
            for (value, factor) in values.iter_mut().zip(shift) {
                *value = value.times(factor);
            }
        });
        self.evaluate(values);
    }

    /// Values in natural order to coefficients in the order of [`sift`], times the size.
    fn interpolate(&self, values: &mut [Fr]) {
        let length = values.len();
        if length % 3 == 0 {
            let stride = self.size / length;
            self.apply_to_thirds(values, |thirds, index| {
                let [sum, first, second] = self.transform_three(thirds);
                // The inverse of root^i is root^(length - i).
                match index {
                    0 => [sum, second, first],
                    _ => [
                        sum,
                        second.times(&self.powers[(length - index) * stride]),
                        first.times(&self.powers[(length - 2 * index) * stride]),
                    ],
                }
            });
            return join_thirds(values, |third| self.interpolate(third));
        }
        let half = length / 2;
        if half == 0 {
            return;
        }
        let (low, high) = values.split_at_mut(half);
        let butterfly = |low: &mut Fr, high: &mut Fr, index: usize| {
            let (left, right) = (*low, *high);
            *low = left.plus(&right);
            // The inverse of root^i is -root^(half - i).
            *high = match index {
                0 => left.minus(&right),
                _ => right.minus(&left).times(&self.roots[2 * half - index]),
            };
        };
        apply(low, high, butterfly);
        join(half, || self.interpolate(low), || self.interpolate(high));
    }

    /// Coefficients in the order of [`sift`] to values in natural order.
    fn evaluate(&self, values: &mut [Fr]) {
        let length = values.len();
        if length % 3 == 0 {
            let stride = self.size / length;
            join_thirds(values, |third| self.evaluate(third));
            return self.apply_to_thirds(values, |[low, middle, high], index| {
                self.transform_three([
                    low,
                    middle.times(&self.powers[index * stride]),
                    high.times(&self.powers[2 * index * stride]),
                ])
            });
        }
        let half = length / 2;
        if half == 0 {
            return;
        }
        let (low, high) = values.split_at_mut(half);
        join(half, || self.evaluate(low), || self.evaluate(high));
        let butterfly = |low: &mut Fr, high: &mut Fr, index: usize| {
            let right = match index {
                0 => *high,
                _ => high.times(&self.roots[half + index]),
            };
            *high = low.minus(&right);
            *low = low.plus(&right);
        };
        apply(low, high, butterfly);
    }

    /// [a + b + c, a + b·w + c·w², a + b·w² + c·w], where w is a cube root of one: w² = -1 - w leaves one multiplication.
    fn transform_three(&self, [a, b, c]: [Fr; 3]) -> [Fr; 3] {
        let turned = b.minus(&c).times(&self.powers[self.size / 3]);
        [
            a.plus(&b).plus(&c),
            a.plus(&turned).minus(&c),
            a.minus(&b).minus(&turned),
        ]
    }

    /// One layer of threes: `butterfly` on each triple with its index, on several threads where that pays.
    fn apply_to_thirds(
        &self,
        values: &mut [Fr],
        butterfly: impl Fn([Fr; 3], usize) -> [Fr; 3] + Sync,
    ) {
        let third = values.len() / 3;
        let (low, rest) = values.split_at_mut(third);
        let (middle, high) = rest.split_at_mut(third);
        let each = match third < SPLIT_FROM {
            true => third,
            false => SPLIT_FROM / 2,
        };
        let pieces = low
            .par_chunks_mut(each)
            .zip(middle.par_chunks_mut(each))
            .zip(high.par_chunks_mut(each));
        pieces
            .enumerate()
            .for_each(|(piece, ((low, middle), high))| {
                for (index, ((low, middle), high)) in
                    low.iter_mut().zip(middle).zip(high).enumerate()
                {
                    [*low, *middle, *high] =
                        butterfly([*low, *middle, *high], piece * each + index);
                }
            });
    }
}

/// Numbers in the order in which a transform leaves coefficients: those whose index leaves the least rest first (modulo 3, or modulo 2
/// where 3 does not divide their number), and so on within each rest.
fn sift(natural: &[Fr], start: usize, step: usize, sifted: &mut Vec<Fr>) {
    let length = natural.len() / step;
    let rests = match length % 3 {
        0 => 3,
        _ => 2,
    };
    match length {
        1 => sifted.push(natural[start]),
        _ => (0..rests).for_each(|rest| sift(natural, start + rest * step, rests * step, sifted)),
    }
}

/// `first` · root^i at i.
fn fill_powers(places: &mut [Fr], root: Fr, first: Fr) {
    let mut power = first;
    for place in places {
        *place = power;
        power = power.times(&root);
    }
}

/// One layer: `butterfly` on each pair with its index, on several threads where that pays.
fn apply(low: &mut [Fr], high: &mut [Fr], butterfly: impl Fn(&mut Fr, &mut Fr, usize) + Sync) {
    if low.len() < SPLIT_FROM {
        for (index, (low, high)) in low.iter_mut().zip(high).enumerate() {
            butterfly(low, high, index);
        }
        return;
    }
    let each = SPLIT_FROM / 2;
    let pieces = low.par_chunks_mut(each).zip(high.par_chunks_mut(each));
    pieces.enumerate().for_each(|(piece, (low, high))| {
        for (index, (low, high)) in low.iter_mut().zip(high).enumerate() {
            butterfly(low, high, piece * each + index);
        }
    });
}

fn join(half: usize, left: impl FnOnce() + Send, right: impl FnOnce() + Send) {
    if half < SPLIT_FROM {
        left();
        right();
    } else {
        rayon::join(left, right);
    }
}

fn join_thirds(values: &mut [Fr], each: impl Fn(&mut [Fr]) + Send + Sync) {
    let third = values.len() / 3;
    let parts = values.par_chunks_mut(third);
    parts
        .with_min_len(SPLIT_FROM.div_ceil(third))
        .for_each(each);
}

/// The generator of the subgroup of an order that divides 2^28 · 9, as setup and prover share it: a power of 5, the least non-residue.
pub fn root_of_unity(order: usize) -> Fr {
    // There is one for every such order.
    Fr::get_root_of_unity(order as u64).unwrap_or(Fr::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{PrimeField, UniformRand};
    use ark_std::rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn the_roots_are_the_powers_of_five_that_setups_use() {
        for (log, odd) in [(1, 1), (28, 1), (1, 3), (27, 3), (1, 9), (28, 9)] {
            // (r - 1) / 2^log / odd, by long division.
            let mut exponent = Fr::MODULUS >> log;
            let mut rest = 0;
            for limb in exponent.0.iter_mut().rev() {
                let dividend = rest << 64 | u128::from(*limb);
                (*limb, rest) = ((dividend / odd) as u64, dividend % odd);
            }
            assert_eq!(rest, 0);
            let root = root_of_unity((odd as usize) << log);
            assert_eq!(root, Fr::from(5u64).pow(exponent), "{odd} · 2^{log}");
        }
    }

    #[test]
    fn the_smallest_domains_hold_their_rows() {
        for rows in 0..5000 {
            let [power, mixed] = domains_of(rows);
            assert!(power.is_power_of_two() && power >= 2 && mixed <= power);
            assert!(power >= rows && (power == 2 || power / 2 < rows));
            let odd = mixed >> mixed.trailing_zeros();
            assert!([1, 3, 9].contains(&odd) && mixed % 2 == 0 && mixed >= rows);
        }
        let mixed = [5, 9, 17, 18, 19, 24, 25, 4609, 6144, 6145].map(|rows| domains_of(rows)[1]);
        assert_eq!(mixed, [6, 12, 18, 18, 24, 24, 32, 6144, 6144, 8192]);
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut random = StdRng::seed_from_u64(5);
        let small = (0..8).map(|log| 1 << log);
        let mixed = (1..6).flat_map(|log| [3 << log, 9 << log]);
        for size in small.chain(mixed) {
            let domain = Domain::new(size);
            let coefficients: Vec<Fr> = (0..domain.size()).map(|_| Fr::rand(&mut random)).collect();
            let at = |point: Fr| {
                let powers = coefficients.iter().rev();
                powers.fold(Fr::ZERO, |sum, coefficient| sum * point + coefficient)
            };
            let (root, odd) = (root_of_unity(size), root_of_unity(2 * size));
            let points = (0..domain.size() as u64).map(|index| root.pow([index]));
            let mut values: Vec<Fr> = points.clone().map(at).collect();

            domain.to_odd_coset(&mut values);

            let expected: Vec<Fr> = points.map(|point| at(point * odd)).collect();
            assert_eq!(values, expected, "{size}");
        }
    }

    #[test]
    fn a_large_transform_on_several_threads_is_that_of_its_polynomial() {
        for size in [1 << 14, 3 << 13, 9 << 11] {
            let domain = Domain::new(size);
            let (root, odd) = (root_of_unity(size), root_of_unity(2 * size));
            let at = |point: Fr| point.pow([9000u64]) + point.pow([3u64]) * Fr::from(7u64);
            let points = (0..domain.size() as u64).map(|index| root.pow([index]));
            let mut values: Vec<Fr> = points.clone().map(at).collect();

            domain.to_odd_coset(&mut values);

            assert!(points.map(|point| at(point * odd)).eq(values), "{size}");
        }
    }
}
