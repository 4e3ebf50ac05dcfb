//! Number-theoretic transforms over the subgroup of 2^k elements of the scalar field.

use crate::field::FastField;
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, FftField, Field};
use rayon::prelude::*;

/// Below this many elements a transform stays on one thread.
const SPLIT_FROM: usize = 1 << 11;

/// A subgroup and what moves a polynomial from its values there to its values on the subgroup's odd coset.
pub struct Domain {
    size: usize,
    /// for each power of two m below the size, at m … 2m - 1: the powers of a root of unity of order 2m
    roots: Vec<Fr>,
    /// (root of unity of order 2 · size)^i / size, in bit-reversed order
    shift: Vec<Fr>,
}

impl Domain {
    /// The subgroup of 2^`log_size` elements, at most 2^27.
    pub fn new(log_size: u32) -> Self {
        let size = 1usize << log_size;
        let mut roots = vec![Fr::ONE; size.max(2)];
        for level in 0..log_size {
            let half = 1usize << level;
            let root = root_of_unity(level + 1);
            let mut power = Fr::ONE;
            for place in &mut roots[half..2 * half] {
                *place = power;
                power *= root;
            }
        }
        let root = root_of_unity(log_size + 1);
        // The size is a power of two below r.
        let mut power = Fr::from(size as u64).inverse().unwrap_or(Fr::ONE);
        let mut shift = vec![Fr::ZERO; size];
        for index in 0..size {
            shift[reverse(index, log_size)] = power;
            power *= root;
        }
        Self { size, roots, shift }
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

    /// Values in natural order to coefficients in bit-reversed order, times the size.
    fn interpolate(&self, values: &mut [Fr]) {
        let half = values.len() / 2;
        if half == 0 {
            return;
        }
        let (low, high) = values.split_at_mut(half);
        // The inverse of root^i is -root^(half - i).
        let butterfly = |low: &mut Fr, high: &mut Fr, index: usize| {
            let (left, right) = (*low, *high);
            *low = left.plus(&right);
            *high = match index {
                0 => left.minus(&right),
                _ => right.minus(&left).times(&self.roots[2 * half - index]),
            };
        };
        apply(low, high, butterfly);
        join(half, || self.interpolate(low), || self.interpolate(high));
    }

    /// Coefficients in bit-reversed order to values in natural order.
    fn evaluate(&self, values: &mut [Fr]) {
        let half = values.len() / 2;
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

/// The generator of the subgroup of order 2^`log_order` that setup and prover share: a power of 5, the least non-residue.
fn root_of_unity(log_order: u32) -> Fr {
    let mut root = Fr::TWO_ADIC_ROOT_OF_UNITY;
    for _ in log_order..Fr::TWO_ADICITY {
        root.square_in_place();
    }
    root
}

fn reverse(index: usize, bits: u32) -> usize {
    match bits {
        0 => 0,
        _ => index.reverse_bits() >> (usize::BITS - bits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{PrimeField, UniformRand};
    use ark_std::rand::{SeedableRng, rngs::StdRng};

    #[test]
    fn the_root_is_the_power_of_five_that_setups_use() {
        let mut exponent = Fr::MODULUS_MINUS_ONE_DIV_TWO;
        exponent >>= 27;
        assert_eq!(root_of_unity(28), Fr::from(5u64).pow(exponent));
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut random = StdRng::seed_from_u64(5);
        for log_size in 0..8 {
            let domain = Domain::new(log_size);
            let coefficients: Vec<Fr> = (0..domain.size()).map(|_| Fr::rand(&mut random)).collect();
            let at = |point: Fr| {
                let powers = coefficients.iter().rev();
                powers.fold(Fr::ZERO, |sum, coefficient| sum * point + coefficient)
            };
            let (root, odd) = (root_of_unity(log_size), root_of_unity(log_size + 1));
            let points = (0..domain.size() as u64).map(|index| root.pow([index]));
            let mut values: Vec<Fr> = points.clone().map(at).collect();

            domain.to_odd_coset(&mut values);

            let expected: Vec<Fr> = points.map(|point| at(point * odd)).collect();
            assert_eq!(values, expected, "2^{log_size}");
        }
    }

    #[test]
    fn a_large_transform_on_several_threads_is_that_of_its_polynomial() {
        let log_size = 14;
        let domain = Domain::new(log_size);
        let (root, odd) = (root_of_unity(log_size), root_of_unity(log_size + 1));
        let at = |point: Fr| point.pow([9000u64]) + point.pow([3u64]) * Fr::from(7u64);
        let points = (0..domain.size() as u64).map(|index| root.pow([index]));
        let mut values: Vec<Fr> = points.clone().map(at).collect();

        domain.to_odd_coset(&mut values);

        assert!(points.map(|point| at(point * odd)).eq(values));
    }
}
