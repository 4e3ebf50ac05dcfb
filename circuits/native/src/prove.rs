//! Groth16 (<https://eprint.iacr.org/2016/260>) as snarkjs lays it out, and the check of every proof before it leaves.

use crate::domain::Domain;
use crate::error::ProverError;
use crate::final_exponentiation::final_exponentiation;
use crate::key::ProvingKey;
use crate::msm::Msm;
use crate::program::{Input, Program};
use crate::table::{Table, WidePoints};
use crate::witness::read_witness;
use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine, G2Projective, g1, g2};
use ark_ec::pairing::{Pairing, PairingOutput};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInt, PrimeField};
use rayon::join;
use rayon::prelude::*;
use std::sync::OnceLock;

/// A proof and the public signals it is of.
pub struct Proof {
    /// A
    pub a: G1Affine,
    /// B
    pub b: G2Affine,
    /// C
    pub c: G1Affine,
    /// plain values
    pub signals: Vec<BigInt<4>>,
}

/// A key ready to prove with, again and again.
pub struct Prover {
    key: ProvingKey,
    domain: Domain,
    table: Table<g1::Config>,
    /// what is left of the tables' bytes
    bytes_left: usize,
    /// made of the first proof's witness
    sections: OnceLock<Sections>,
    /// e(α, β)
    alpha_beta: PairingOutput<Bn254>,
    /// γ and δ, with the lines of their Miller loops
    gamma2: G2Prepared,
    delta2: G2Prepared,
}

/// The sections of a key that a witness is summed over.
struct Sections {
    a: WidePoints<g1::Config>,
    b1: WidePoints<g1::Config>,
    b2: WidePoints<g2::Config>,
    c: WidePoints<g1::Config>,
}

type G2Prepared = <Bn254 as Pairing>::G2Prepared;

impl Prover {
    /// Prepares a checked key, with a table of so many bytes at most.
    pub fn new(key: ProvingKey, table_bytes: usize) -> Self {
        let table = Table::new(key.domain, table_bytes, |index| {
            key.point(&key.h, index as u32)
        });
        Self {
            bytes_left: table_bytes - table.bytes(),
            sections: OnceLock::new(),
            table,
            domain: Domain::new(key.domain),
            alpha_beta: Bn254::pairing(key.alpha1, key.beta2),
            gamma2: key.gamma2.into(),
            delta2: key.delta2.into(),
            key,
        }
    }

    /// Makes a proof of a `.wtns` file's values, blinded by the system's random source, and verifies it.
    ///
    /// # Errors
    /// [`ProverError::Witness`]: the file is no witness of this circuit. [`ProverError::Unsatisfied`]: the proof does not verify.
    /// [`ProverError::System`]: no random numbers.
    pub fn prove(&self, wtns: &[u8]) -> Result<Proof, ProverError> {
        self.prove_values(&read_witness(wtns, self.key.wires)?)
    }

    /// Checks that a program is of this key's circuit, as far as its counts say.
    ///
    /// # Errors
    /// [`ProverError::Program`]
    pub fn check_program(&self, program: &Program) -> Result<(), ProverError> {
        let (wires, signals) = (self.key.wires, self.key.signals);
        if (program.wires, program.signals) == (wires, signals) {
            return Ok(());
        }
        Err(ProverError::Program(format!(
            "the witness program takes {} wires for {} signals and the key's circuit {wires} for {signals}",
            program.wires, program.signals
        )))
    }

    /// Makes a proof of what a checked program computes from an input, as [`Self::prove`] does of a file.
    ///
    /// # Errors
    /// As [`Program::run`] and [`Self::prove`].
    pub fn prove_input(&self, program: &Program, input: &Input) -> Result<Proof, ProverError> {
        self.prove_values(&program.run(input)?)
    }

    /// [`Self::prove`] of one value below r for each wire, where wire 0 is one.
    fn prove_values(&self, witness: &[BigInt<4>]) -> Result<Proof, ProverError> {
        let (r, s) = (random_scalar()?, random_scalar()?);
        let sections = self.sections.get_or_init(|| self.sections(witness));
        // On a thread of the pool, so that nothing below waits for one to wake.
        match rayon::scope(|_| self.blind(sections, witness, r, s)) {
            Some(proof) => Ok(proof),
            None => Err(ProverError::Unsatisfied),
        }
    }

    /// A proof that verifies. Whatever does not wait for the quotient is done beside it, so that threads are never short of work; one
    /// of the verification's three Miller loops is left for the second thread at the end.
    fn blind(&self, sections: &Sections, witness: &[BigInt<4>], r: Fr, s: Fr) -> Option<Proof> {
        let key = &self.key;
        let (public, private) = witness.split_at(key.signals + 1);
        let opening = || {
            let (b_sum, a_sum) = join(
                || sections.b2.sum(witness, |index| key.point(&key.b2, index)),
                || sections.a.sum(witness, |index| key.point(&key.a, index)),
            );
            let a: G1Projective = a_sum + key.alpha1 + key.delta1 * r;
            let b: G2Projective = b_sum + key.beta2 + key.delta2 * s;
            let (a, b) = (a.into_affine(), b.into_affine());
            let (in_c, loop_ab) = join(|| a * s, || Bn254::miller_loop(a, b));
            (a, b, in_c, loop_ab)
        };
        let b1 = || {
            let b1 = sections.b1.sum(witness, |index| key.point(&key.b1, index)) + key.beta1;
            // r · (B in G1), less the r · s · δ that a · s brings a second time
            b1 * r
        };
        let c = || sections.c.sum(private, |index| key.point(&key.c, index));
        // The longest way first, and nothing after another that it does not need, so that the threads end together.
        let (h_sum, ((a, b, a_in_c, loop_ab), (b_in_c, (c_sum, statement)))) = join(
            || self.sum_h(&self.quotient(witness)),
            || join(opening, || join(b1, || join(c, || self.statement(public)))),
        );
        let c: G1Projective = c_sum + h_sum + a_in_c + b_in_c;
        let c = c.into_affine();
        if a.is_zero() || b.is_zero() || c.is_zero() {
            return None;
        }
        // Whether e(A, B) = e(α, β) · e(IC₀ + Σ signalᵢ · ICᵢ₊₁, γ) · e(C, δ).
        let (loop_statement, loop_c) = join(
            || Bn254::miller_loop(-statement, self.gamma2.clone()),
            || Bn254::miller_loop(-c, self.delta2.clone()),
        );
        let product = loop_ab.0 * loop_statement.0 * loop_c.0;
        let verifies = final_exponentiation(&product) == Some(self.alpha_beta.0);
        let signals = public[1..].to_vec();
        verifies.then_some(Proof { a, b, c, signals })
    }

    /// IC₀ + Σ signalᵢ · ICᵢ₊₁, where wire 0 is one.
    fn statement(&self, public: &[BigInt<4>]) -> G1Affine {
        let terms = self.key.ic.iter().zip(public);
        let sum: G1Projective = terms.map(|(point, signal)| point.mul_bigint(signal)).sum();
        sum.into_affine()
    }

    /// Each section's wide points, which share what the table of section H has left; a point of B in G2 is twice as large.
    fn sections(&self, witness: &[BigInt<4>]) -> Sections {
        let key = &self.key;
        let share = self.bytes_left / 5;
        let private = &witness[key.signals + 1..];
        Sections {
            a: WidePoints::new(&key.a.present, witness, share, |index| {
                key.point(&key.a, index)
            }),
            b1: WidePoints::new(&key.b1.present, witness, share, |index| {
                key.point(&key.b1, index)
            }),
            b2: WidePoints::new(&key.b2.present, witness, 2 * share, |index| {
                key.point(&key.b2, index)
            }),
            c: WidePoints::new(&key.c.present, private, share, |index| {
                key.point(&key.c, index)
            }),
        }
    }

    /// Σ scalar · point over section H.
    fn sum_h(&self, scalars: &[BigInt<4>]) -> G1Projective {
        let terms = scalars.iter().copied().zip(0..);
        Msm::new(terms, Some(self.table.windows)).sum(|level, index| match level {
            0 => self.key.point(&self.key.h, index),
            _ => self.table.multiple(level, index),
        })
    }

    /// A·B - C on the odd coset, which is the quotient there but for a factor that section H carries.
    fn quotient(&self, witness: &[BigInt<4>]) -> Vec<BigInt<4>> {
        // A value below r becomes its Montgomery form by one multiplication.
        let values: Vec<Fr> = witness
            .par_iter()
            .with_min_len(4096)
            .map(|value| Fr::new_unchecked(*value) * Fr::new_unchecked(Fr::R2))
            .collect();
        let (mut a, mut b) = join(
            || self.key.a_rows.times(&values),
            || self.key.b_rows.times(&values),
        );
        let rows = a.par_iter().zip(&b).with_min_len(4096);
        let mut c: Vec<Fr> = rows.map(|(a, b)| *a * b).collect();
        join(
            || {
                join(
                    || self.domain.to_odd_coset(&mut a),
                    || self.domain.to_odd_coset(&mut b),
                )
            },
            || self.domain.to_odd_coset(&mut c),
        );
        let rows = a.par_iter().zip(&b).zip(&c).with_min_len(4096);
        rows.map(|((a, b), c)| (*a * b - c).into_bigint()).collect()
    }
}

/// A scalar from 512 random bits, so its bias is below 2^-256.
fn random_scalar() -> Result<Fr, ProverError> {
    let mut bytes = [0u8; 64];
    getrandom::fill(&mut bytes).map_err(|error| {
        ProverError::System(format!("the system gave no random numbers: {error}"))
    })?;
    Ok(Fr::from_le_bytes_mod_order(&bytes))
}
