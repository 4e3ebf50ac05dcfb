//! The end of a pairing, which nothing is left to run beside: two threads share it, where the library's takes one.

use ark_bn254::{Config, Fq12};
use ark_ec::bn::BnConfig;
use ark_ff::{CyclotomicMultSubgroup, Field};
use rayon::join;
use std::hint::spin_loop;
use std::sync::OnceLock;

/// The curve's parameter x as digits of -1, 0 and 1, the lowest first, no two neighbours of which are other than 0.
const DIGITS: [i8; 63] = {
    let mut digits = [0; 63];
    let mut left = Config::X[0] as i64;
    let mut at = 0;
    while left != 0 {
        if left & 1 == 1 {
            digits[at] = 2 - (left & 3) as i8;
            left -= digits[at] as i64;
        }
        left >>= 1;
        at += 1;
    }
    digits
};

/// f^(2x · (6x² + 3x + 1) · (p¹² - 1) / r), as arkworks has it (Fuentes-Castañeda, Knapp and Rodríguez-Henríquez, "Faster hashing to
/// G2", <https://doi.org/10.1007/978-3-642-28496-0_25>); nothing for zero.
pub fn final_exponentiation(f: &Fq12) -> Option<Fq12> {
    // After the power of (p⁶ - 1) · (p² + 1) an inverse is a conjugate, and squares are cheaper.
    let f = conjugate(*f) * f.inverse()?;
    let f = frobenius(f, 2) * f;
    let f_2x = power_of_x(&f).cyclotomic_square();
    let f_6x = f_2x.cyclotomic_square() * f_2x;
    let f_6x2 = power_of_x(&f_6x);
    let f_12x3 = power_of_x(&f_6x2.cyclotomic_square());
    let common = f_12x3 * f_6x2 * f_6x;
    let without_2x = common * conjugate(f_2x);
    let powers_of_p =
        frobenius(without_2x, 1) * frobenius(common, 2) * frobenius(without_2x * conjugate(f), 3);
    Some(powers_of_p * common * f_6x2 * f)
}

/// f^x, where an inverse is a conjugate. One thread squares, and another, if one is free, multiplies what has been squared.
fn power_of_x(f: &Fq12) -> Fq12 {
    let squares = [const { OnceLock::new() }; DIGITS.len()];
    let ((), product) = join(
        || {
            let mut square = *f;
            for (digit, place) in DIGITS.iter().zip(&squares) {
                if *digit != 0 {
                    place.get_or_init(|| square);
                }
                square.cyclotomic_square_in_place();
            }
        },
        || {
            let needed = DIGITS
                .iter()
                .zip(&squares)
                .filter(|(digit, _)| **digit != 0);
            let factors = needed.map(|(digit, place)| match digit {
                1 => awaited(place),
                _ => conjugate(awaited(place)),
            });
            factors.product()
        },
    );
    product
}

/// What another thread is about to put there. It does so within some microseconds, less than it takes to fall asleep and wake; and a
/// thread that is to do both itself squares first.
fn awaited(place: &OnceLock<Fq12>) -> Fq12 {
    loop {
        match place.get() {
            Some(value) => return *value,
            None => spin_loop(),
        }
    }
}

/// f^(p⁶)
fn conjugate(f: Fq12) -> Fq12 {
    Fq12::new(f.c0, -f.c1)
}

/// f^(p^power)
fn frobenius(mut f: Fq12, power: usize) -> Fq12 {
    f.frobenius_map_in_place(power);
    f
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::Bn254;
    use ark_ec::pairing::{MillerLoopOutput, Pairing};
    use ark_ff::{AdditiveGroup, UniformRand};
    use ark_std::rand::{SeedableRng, rngs::StdRng};
    use rayon::ThreadPoolBuilder;
    use rayon::prelude::*;

    #[test]
    fn agrees_with_the_library_on_any_number_of_threads_and_when_they_are_busy() {
        let mut random = StdRng::seed_from_u64(12);
        let mut values: Vec<Fq12> = (0..20).map(|_| Fq12::rand(&mut random)).collect();
        values.extend([Fq12::ONE, -Fq12::ONE, Fq12::ZERO]);
        let expected = |f: &Fq12| Bn254::final_exponentiation(MillerLoopOutput(*f)).map(|e| e.0);
        for threads in [1, 2, 3] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| {
                for f in &values {
                    assert_eq!(final_exponentiation(f), expected(f), "{f}");
                }
                // Each waits for what threads make that have others of their own to do.
                values
                    .par_iter()
                    .for_each(|f| assert_eq!(final_exponentiation(f), expected(f)));
            });
        }
    }
}
