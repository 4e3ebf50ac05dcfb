//! Inverses modulo a prime by division steps (Bernstein and Yang, <https://eprint.iacr.org/2019/266>), 62 of them on the lowest words
//! before the numbers themselves are touched. The library's binary algorithm branches on every bit, which costs four times as much.

use ark_ff::{BigInt, Fp, MontBackend, MontConfig};

/// An integer as five words of 62 bits, the lowest first; all but the highest are from 0 to 2^62 - 1.
type Words = [i64; 5];

const WORD_BITS: u32 = 62;
const WORD: i64 = (1 << WORD_BITS) - 1;

/// What 62 steps make of a pair (f, g): (u · f + v · g, q · f + r · g) / 2^62, where |u| + |v| and |q| + |r| are 2^62 at most.
struct Steps {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// 1 / value in Montgomery form; nothing for zero.
pub fn invert<C: MontConfig<4>>(
    value: &Fp<MontBackend<C, 4>, 4>,
) -> Option<Fp<MontBackend<C, 4>, 4>> {
    let modulus = words_of(&C::MODULUS.0);
    // INV is -1 / modulus modulo 2^64.
    let modulus_inverse = C::INV.wrapping_neg() as i64 & WORD;
    let (mut f, mut g) = (modulus, words_of(&value.0.0));
    let (mut d, mut e) = ([0; 5], [1, 0, 0, 0, 0]);
    let mut delta = -1;
    if g == [0; 5] {
        return None;
    }
    // f = d · value and g = e · value modulo the modulus; at the end f is 1 or -1.
    while g != [0; 5] {
        let steps = sixty_two_steps(&mut delta, f[0] as u64, g[0] as u64);
        (d, e) = steps.of_residues(&d, &e, &modulus, modulus_inverse);
        (f, g) = steps.of_integers(&f, &g);
    }
    let sign = f[4] >> 63;
    let signed = std::array::from_fn(|at| (d[at] ^ sign) - sign);
    // Between -2 · modulus and 2 · modulus.
    let mut least = carried(signed);
    while least[4] < 0 {
        least = carried(std::array::from_fn(|at| least[at] + modulus[at]));
    }
    let plain = Fp::new_unchecked(BigInt(limbs_of(&least)));
    let reduced: Fp<MontBackend<C, 4>, 4> = match plain.0 < C::MODULUS {
        true => plain,
        false => Fp::new_unchecked(BigInt(limbs_of(&carried(std::array::from_fn(|at| {
            least[at] - modulus[at]
        }))))),
    };
    // The value is a · R, so this is 1 / (a · R): two factors of R², each of which a multiplication makes R, give R / a.
    let square = Fp::new_unchecked(C::R2);
    Some(reduced * square * square)
}

/// The steps that the lowest words of f (odd) and g determine. `delta` is the paper's, from 1/2 on, negated and less 1/2.
fn sixty_two_steps(delta: &mut i64, mut f: u64, mut g: u64) -> Steps {
    let (mut u, mut v, mut q, mut r) = (1u64, 0u64, 0u64, 1u64);
    for _ in 0..WORD_BITS {
        // All ones where the paper's delta is positive, and where g is odd.
        let mut swaps = (*delta >> 63) as u64;
        let odd = (g & 1).wrapping_neg();
        // g ± f
        g = g.wrapping_add((f ^ swaps).wrapping_sub(swaps) & odd);
        q = q.wrapping_add((u ^ swaps).wrapping_sub(swaps) & odd);
        r = r.wrapping_add((v ^ swaps).wrapping_sub(swaps) & odd);
        swaps &= odd;
        *delta = (*delta ^ swaps as i64) - 1;
        // The former g is what f and the new g make together.
        f = f.wrapping_add(g & swaps);
        u = u.wrapping_add(q & swaps);
        v = v.wrapping_add(r & swaps);
        g >>= 1;
        u <<= 1;
        v <<= 1;
    }
    let [u, v, q, r] = [u, v, q, r].map(|entry| entry as i64);
    Steps { u, v, q, r }
}

impl Steps {
    /// (f, g) after these steps: 62 low bits are zero before they are divided off.
    fn of_integers(&self, f: &Words, g: &Words) -> (Words, Words) {
        let Self { u, v, q, r } = *self;
        (combine([(u, f), (v, g)]), combine([(q, f), (r, g)]))
    }

    /// (d, e) after these steps modulo the modulus: a multiple of it makes 62 low bits zero. Both stay above -2 · modulus and below it.
    fn of_residues(
        &self,
        d: &Words,
        e: &Words,
        modulus: &Words,
        modulus_inverse: i64,
    ) -> (Words, Words) {
        let row = |left: i64, right: i64| {
            // A negative operand is taken a modulus higher.
            let raised = (left & (d[4] >> 63)) + (right & (e[4] >> 63));
            let low = left
                .wrapping_mul(d[0])
                .wrapping_add(right.wrapping_mul(e[0]));
            let times = raised - (modulus_inverse.wrapping_mul(low).wrapping_add(raised) & WORD);
            combine([(left, d), (right, e), (times, modulus)])
        };
        (row(self.u, self.v), row(self.q, self.r))
    }
}

/// The sum of factors times integers, divided by 2^62.
#[inline]
fn combine<const TERMS: usize>(terms: [(i64, &Words); TERMS]) -> Words {
    let mut sum = [0; 5];
    let mut carry: i128 = 0;
    for at in 0..5 {
        for (factor, words) in terms {
            carry += i128::from(factor) * i128::from(words[at]);
        }
        if at > 0 {
            sum[at - 1] = carry as i64 & WORD;
        }
        carry >>= WORD_BITS;
    }
    sum[4] = carry as i64;
    sum
}

/// Brings all words but the highest into their range.
fn carried(words: Words) -> Words {
    let mut carry = 0;
    std::array::from_fn(|at| {
        let word = words[at] + carry;
        if at == 4 {
            return word;
        }
        carry = word >> WORD_BITS;
        word & WORD
    })
}

fn words_of(limbs: &[u64; 4]) -> Words {
    let [a, b, c, d] = *limbs;
    let words = [
        a,
        a >> 62 | b << 2,
        b >> 60 | c << 4,
        c >> 58 | d << 6,
        d >> 56,
    ];
    words.map(|word| word as i64 & WORD)
}

/// Of a number from 0 to 2^256 - 1.
fn limbs_of(words: &Words) -> [u64; 4] {
    let [a, b, c, d, e] = words.map(|word| word as u64);
    [
        a | b << 62,
        b >> 2 | c << 60,
        c >> 4 | d << 58,
        d >> 6 | e << 56,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{Fq, Fr};
    use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
    use ark_std::rand::{SeedableRng, rngs::StdRng};

    fn check<C: MontConfig<4>>(value: Fp<MontBackend<C, 4>, 4>) {
        assert_eq!(invert(&value), value.inverse(), "{value}");
    }

    #[test]
    fn agrees_with_the_library_at_every_edge_and_on_random_values() {
        check(Fq::ZERO);
        check(Fr::ZERO);
        for bit in 0..254u64 {
            let (q, r) = (Fq::from(2u64).pow([bit]), Fr::from(2u64).pow([bit]));
            for offset in [0u64, 1, 2, 3] {
                check(q + Fq::from(offset));
                check(-q - Fq::from(offset));
                check(r + Fr::from(offset));
                check(-r - Fr::from(offset));
            }
        }
        // Forms, not values, of few bits and of many: what the steps work on.
        for word in 0..4 {
            for limb in [1, 2, 3, 1 << 63, u64::MAX, u64::MAX - 1] {
                for below in [0, u64::MAX] {
                    let mut limbs = [below; 4];
                    limbs[word] = limb;
                    limbs[3] = limbs[3].min(Fq::MODULUS.0[3] - 1);
                    check(Fq::new_unchecked(BigInt(limbs)));
                    limbs[3] = limbs[3].min(Fr::MODULUS.0[3] - 1);
                    check(Fr::new_unchecked(BigInt(limbs)));
                }
            }
        }
        for offset in 1..100u64 {
            let (mut q, mut r) = (Fq::MODULUS, Fr::MODULUS);
            q.0[0] -= offset;
            r.0[0] -= offset;
            check(Fq::new_unchecked(q));
            check(Fr::new_unchecked(r));
        }
        let mut random = StdRng::seed_from_u64(11);
        for _ in 0..100_000 {
            check(Fq::rand(&mut random));
            check(Fr::rand(&mut random));
        }
    }
}
