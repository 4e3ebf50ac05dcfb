//! Field arithmetic without branches. The library's own compares before it subtracts, and random values make the processor guess wrong
//! half the time: a third of an addition of points.

use crate::inverse::invert;
use ark_bn254::{Fq, Fq2, Fr};
use ark_ff::{AdditiveGroup, BigInt, Field, Fp, MontBackend, MontConfig};

/// A field whose sums and products take the same time for all values.
pub trait FastField: Field {
    /// self · other
    fn times(&self, other: &Self) -> Self;
    /// self²
    fn squared(&self) -> Self;
    /// self + other
    fn plus(&self, other: &Self) -> Self;
    /// self - other
    fn minus(&self, other: &Self) -> Self;
    /// 1 / self; nothing for zero
    fn inverted(&self) -> Option<Self>;
}

type Element<C> = Fp<MontBackend<C, 4>, 4>;

macro_rules! prime_field {
    ($field:ty) => {
        impl FastField for $field {
            #[inline]
            fn times(&self, other: &Self) -> Self {
                multiply(self, other)
            }
            #[inline]
            fn squared(&self) -> Self {
                multiply(self, self)
            }
            #[inline]
            fn plus(&self, other: &Self) -> Self {
                add(self, other)
            }
            #[inline]
            fn minus(&self, other: &Self) -> Self {
                subtract(self, other)
            }
            #[inline]
            fn inverted(&self) -> Option<Self> {
                invert(self)
            }
        }
    };
}
prime_field!(Fq);
prime_field!(Fr);

impl FastField for Fq2 {
    #[inline]
    fn times(&self, other: &Self) -> Self {
        // i² = -1; Karatsuba's three products.
        let low = self.c0.times(&other.c0);
        let high = self.c1.times(&other.c1);
        let both = self.c0.plus(&self.c1).times(&other.c0.plus(&other.c1));
        Self::new(low.minus(&high), both.minus(&low).minus(&high))
    }
    #[inline]
    fn squared(&self) -> Self {
        let product = self.c0.times(&self.c1);
        let real = self.c0.plus(&self.c1).times(&self.c0.minus(&self.c1));
        Self::new(real, product.plus(&product))
    }
    #[inline]
    fn plus(&self, other: &Self) -> Self {
        Self::new(self.c0.plus(&other.c0), self.c1.plus(&other.c1))
    }
    #[inline]
    fn minus(&self, other: &Self) -> Self {
        Self::new(self.c0.minus(&other.c0), self.c1.minus(&other.c1))
    }
    #[inline]
    fn inverted(&self) -> Option<Self> {
        // (c₀ - c₁ · i) / (c₀² + c₁²)
        let norm = self.c0.squared().plus(&self.c1.squared()).inverted()?;
        let minus = Fq::ZERO.minus(&self.c1);
        Some(Self::new(self.c0.times(&norm), minus.times(&norm)))
    }
}

/// left - right, and whether that is below zero (0 or 1).
#[inline]
fn difference(left: &[u64; 4], right: &[u64; 4]) -> ([u64; 4], u64) {
    let mut words = [0; 4];
    let mut borrow = false;
    for (word, (left, right)) in words.iter_mut().zip(left.iter().zip(right)) {
        let (part, first) = left.overflowing_sub(*right);
        let (rest, second) = part.overflowing_sub(u64::from(borrow));
        *word = rest;
        borrow = first | second;
    }
    (words, u64::from(borrow))
}

/// left + right, which is below 2^256.
#[inline]
fn sum(left: &[u64; 4], right: &[u64; 4]) -> [u64; 4] {
    let mut words = [0; 4];
    let mut carry = false;
    for (word, (left, right)) in words.iter_mut().zip(left.iter().zip(right)) {
        let (part, first) = left.overflowing_add(*right);
        let (total, second) = part.overflowing_add(u64::from(carry));
        *word = total;
        carry = first | second;
    }
    words
}

#[inline]
fn add<C: MontConfig<4>>(left: &Element<C>, right: &Element<C>) -> Element<C> {
    let total = sum(&left.0.0, &right.0.0);
    let (reduced, below) = difference(&total, &C::MODULUS.0);
    let keep = below.wrapping_neg();
    let words = std::array::from_fn(|word| reduced[word] ^ ((reduced[word] ^ total[word]) & keep));
    Fp::new_unchecked(BigInt(words))
}

#[inline]
fn subtract<C: MontConfig<4>>(left: &Element<C>, right: &Element<C>) -> Element<C> {
    let (words, below) = difference(&left.0.0, &right.0.0);
    let raise = below.wrapping_neg();
    let modulus = std::array::from_fn(|word| C::MODULUS.0[word] & raise);
    Fp::new_unchecked(BigInt(sum(&words, &modulus)))
}

#[cfg(not(all(
    target_arch = "x86_64",
    target_feature = "bmi2",
    target_feature = "adx"
)))]
#[inline]
fn multiply<C: MontConfig<4>>(left: &Element<C>, right: &Element<C>) -> Element<C> {
    *left * right
}

/// Montgomery multiplication word by word, with two carry chains; both moduli leave their highest bit free, so five words are enough.
#[cfg(all(
    target_arch = "x86_64",
    target_feature = "bmi2",
    target_feature = "adx"
))]
#[inline]
fn multiply<C: MontConfig<4>>(left: &Element<C>, right: &Element<C>) -> Element<C> {
    // Adds left · right[$word] to the sum, whose words are $t0 (lowest) … $t3, and whose next is $t4.
    macro_rules! row {
        ($word:literal, $t0:literal, $t1:literal, $t2:literal, $t3:literal, $t4:literal) => {
            concat!(
                "mov rdx, [{right} + 8 * ",
                $word,
                "]\n",
                "xor {zero:e}, {zero:e}\n",
                "mulx {high}, {low}, [{left}]\nadcx {",
                $t0,
                "}, {low}\nadox {",
                $t1,
                "}, {high}\n",
                "mulx {high}, {low}, [{left} + 8]\nadcx {",
                $t1,
                "}, {low}\nadox {",
                $t2,
                "}, {high}\n",
                "mulx {high}, {low}, [{left} + 16]\nadcx {",
                $t2,
                "}, {low}\nadox {",
                $t3,
                "}, {high}\n",
                "mulx {",
                $t4,
                "}, {low}, [{left} + 24]\nadcx {",
                $t3,
                "}, {low}\nadox {",
                $t4,
                "}, {zero}\n",
                "adcx {",
                $t4,
                "}, {zero}\n",
            )
        };
    }
    // Adds the multiple of the modulus that makes the lowest word zero.
    macro_rules! reduce {
        ($t0:literal, $t1:literal, $t2:literal, $t3:literal, $t4:literal) => {
            concat!(
                "mov rdx, {inverse}\nimul rdx, {",
                $t0,
                "}\n",
                "xor {zero:e}, {zero:e}\n",
                "mulx {high}, {low}, [{modulus}]\nadcx {",
                $t0,
                "}, {low}\nadox {",
                $t1,
                "}, {high}\n",
                "mulx {high}, {low}, [{modulus} + 8]\nadcx {",
                $t1,
                "}, {low}\nadox {",
                $t2,
                "}, {high}\n",
                "mulx {high}, {low}, [{modulus} + 16]\nadcx {",
                $t2,
                "}, {low}\nadox {",
                $t3,
                "}, {high}\n",
                "mulx {high}, {low}, [{modulus} + 24]\nadcx {",
                $t3,
                "}, {low}\nadox {",
                $t4,
                "}, {high}\n",
                "adcx {",
                $t4,
                "}, {zero}\n",
            )
        };
    }
    let (t4, t0, t1, t2): (u64, u64, u64, u64);
    // SAFETY: reads 32 bytes behind each of three references and writes registers alone; the processor has the instructions, which
    // the condition on this function says.
    unsafe {
        std::arch::asm!(
            "xor {t0:e}, {t0:e}",
            "xor {t1:e}, {t1:e}",
            "xor {t2:e}, {t2:e}",
            "xor {t3:e}, {t3:e}",
            row!("0", "t0", "t1", "t2", "t3", "t4"),
            reduce!("t0", "t1", "t2", "t3", "t4"),
            row!("1", "t1", "t2", "t3", "t4", "t0"),
            reduce!("t1", "t2", "t3", "t4", "t0"),
            row!("2", "t2", "t3", "t4", "t0", "t1"),
            reduce!("t2", "t3", "t4", "t0", "t1"),
            row!("3", "t3", "t4", "t0", "t1", "t2"),
            reduce!("t3", "t4", "t0", "t1", "t2"),
            // t4 t0 t1 t2 is below twice the modulus.
            "mov {high}, {t4}\nsub {high}, [{modulus}]",
            "mov {low}, {t0}\nsbb {low}, [{modulus} + 8]",
            "mov {t3}, {t1}\nsbb {t3}, [{modulus} + 16]",
            "mov {zero}, {t2}\nsbb {zero}, [{modulus} + 24]",
            "cmovnc {t4}, {high}",
            "cmovnc {t0}, {low}",
            "cmovnc {t1}, {t3}",
            "cmovnc {t2}, {zero}",
            left = in(reg) left.0.0.as_ptr(),
            right = in(reg) right.0.0.as_ptr(),
            modulus = in(reg) const { &C::MODULUS.0 }.as_ptr(),
            inverse = in(reg) C::INV,
            t0 = out(reg) t0,
            t1 = out(reg) t1,
            t2 = out(reg) t2,
            t3 = out(reg) _,
            t4 = out(reg) t4,
            low = out(reg) _,
            high = out(reg) _,
            zero = out(reg) _,
            out("rdx") _,
            options(pure, readonly, nostack),
        );
    }
    Fp::new_unchecked(BigInt([t4, t0, t1, t2]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{PrimeField, UniformRand};
    use ark_std::rand::{SeedableRng, rngs::StdRng};

    fn check<F: FastField>(left: F, right: F) {
        assert_eq!(left.times(&right), left * right);
        assert_eq!(left.squared(), left * left);
        assert_eq!(left.plus(&right), left + right);
        assert_eq!(left.minus(&right), left - right);
        assert_eq!(left.inverted(), left.inverse());
    }

    /// Zero, one, their neighbours, and forms whose words are all ones or all zeros.
    fn edges<F: PrimeField<BigInt = BigInt<4>>>() -> Vec<F> {
        let mut values = vec![F::ZERO, F::ONE, -F::ONE, -F::from(2u64), F::from(2u64)];
        for word in 0..4 {
            for limb in [1, 1 << 63, u64::MAX] {
                let mut words = [0; 4];
                words[word] = limb;
                values.extend(F::from_bigint(BigInt(words)));
                let mut words = F::MODULUS.0;
                words[word] &= limb;
                values.extend(F::from_bigint(BigInt(words)));
            }
        }
        values
    }

    #[test]
    fn agrees_with_the_library_at_every_edge_and_on_random_values() {
        for left in edges::<Fq>() {
            for right in edges::<Fq>() {
                check(left, right);
                check(Fq2::new(left, right), Fq2::new(right, left));
                check(Fq2::new(left, left), Fq2::new(right, right));
            }
        }
        for left in edges::<Fr>() {
            for right in edges::<Fr>() {
                check(left, right);
            }
        }
        let mut random = StdRng::seed_from_u64(6);
        for _ in 0..100_000 {
            check(Fq::rand(&mut random), Fq::rand(&mut random));
            check(Fr::rand(&mut random), Fr::rand(&mut random));
            check(Fq2::rand(&mut random), Fq2::rand(&mut random));
        }
    }
}
