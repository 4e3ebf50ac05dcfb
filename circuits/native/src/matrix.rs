//! The left and right sides of a circuit's rows, as a key holds them.

use crate::bin_file::{ELEMENT_BYTES, limbs_at, u32_at};
use crate::domain::domains_of;
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt, PrimeField};
use rayon::prelude::*;
use std::collections::HashMap;

const COEFFICIENT_BYTES: usize = 12 + ELEMENT_BYTES;

/// One term of a row: its wire and the number of its coefficient.
#[derive(Clone, Copy)]
struct Term {
    wire: u32,
    coefficient: u32,
}

/// Sparse rows; equal coefficients are kept once.
pub struct Matrix {
    starts: Vec<u32>,
    terms: Vec<Term>,
    coefficients: Vec<Fr>,
}

impl Matrix {
    /// Reads a key's section of coefficients: u32 count, then for each term u32 matrix, u32 row, u32 wire and the value times 2^512.
    /// The last terms bind the public signals: `signal i · 0 = 0`, each in a row of its own.
    ///
    /// # Errors
    /// A fact: a term outside the circuit, a signal without its row, or another domain than the rows need.
    pub fn read(
        bytes: &[u8],
        wires: usize,
        signals: usize,
        domain: usize,
    ) -> Result<[Matrix; 2], String> {
        let signal_rows = signals + 1;
        let body = bytes.get(4..).unwrap_or(&[]);
        let count = body.len() / COEFFICIENT_BYTES;
        if body.len() % COEFFICIENT_BYTES != 0
            || count < signal_rows
            || u32_at(bytes, 0) as usize != count
        {
            return Err(format!("its coefficients have {} bytes", bytes.len()));
        }
        let mut rows = 0;
        let mut lengths = [vec![0u32; domain + 1], vec![0u32; domain + 1]];
        for (index, item) in body.chunks_exact(COEFFICIENT_BYTES).enumerate() {
            let [matrix, row, wire] = [0, 4, 8].map(|at| u32_at(item, at) as usize);
            if matrix > 1
                || row >= domain
                || wire >= wires
                || BigInt(limbs_at(item, 12)) >= Fr::MODULUS
            {
                return Err(format!(
                    "coefficient {index} is of matrix {matrix}, row {row}, wire {wire}, or not below r"
                ));
            }
            lengths[matrix][row + 1] += 1;
            let Some(signal) = index.checked_sub(count - signal_rows) else {
                rows = rows.max(row + 1);
                continue;
            };
            // Rows without a term may stand before the signals' own.
            if signal == 0 {
                rows = rows.max(row);
            }
            let one = Fr::R2.0;
            if matrix != 0 || row != rows + signal || wire != signal || limbs_at(item, 12) != one {
                return Err(format!("public signal {signal} has no row of its own"));
            }
        }
        if !domains_of(rows + signal_rows).contains(&domain) {
            return Err(format!(
                "its domain is {domain} for {} rows",
                rows + signal_rows
            ));
        }
        Ok(sort(body, lengths))
    }

    /// Each row's sum over the wires' values, which are in Montgomery form.
    pub fn times(&self, witness: &[Fr]) -> Vec<Fr> {
        (0..self.starts.len() - 1)
            .into_par_iter()
            .with_min_len(1024)
            .map(|row| {
                let mut sum = Fr::ZERO;
                for term in &self.terms[self.starts[row] as usize..self.starts[row + 1] as usize] {
                    let value = witness[term.wire as usize];
                    match term.coefficient {
                        0 => sum += value,
                        _ if value == Fr::ZERO => {}
                        number => sum += self.coefficients[number as usize] * value,
                    }
                }
                sum
            })
            .collect()
    }
}

/// Sorts terms that have been checked by matrix and row.
fn sort(body: &[u8], lengths: [Vec<u32>; 2]) -> [Matrix; 2] {
    // Coefficient 0 is one.
    let mut numbers = HashMap::from([(Fr::R2.0, 0u32)]);
    let mut coefficients = vec![Fr::from(1u64)];
    let mut matrices = lengths.map(|mut starts| {
        for row in 1..starts.len() {
            starts[row] += starts[row - 1];
        }
        let count = starts.last().copied().unwrap_or(0) as usize;
        let term = Term {
            wire: 0,
            coefficient: 0,
        };
        (starts.clone(), starts, vec![term; count])
    });
    for item in body.chunks_exact(COEFFICIENT_BYTES) {
        let [matrix, row, wire] = [0, 4, 8].map(|at| u32_at(item, at));
        let limbs = limbs_at(item, 12);
        let coefficient = *numbers.entry(limbs).or_insert_with(|| {
            // The file holds value · 2^512, and multiplying by one's own form takes 2^256 off.
            coefficients
                .push(Fr::new_unchecked(BigInt(limbs)) * Fr::new_unchecked(BigInt::from(1u64)));
            coefficients.len() as u32 - 1
        });
        let (next, _, terms) = &mut matrices[matrix as usize];
        let place = &mut next[row as usize];
        terms[*place as usize] = Term { wire, coefficient };
        *place += 1;
    }
    matrices.map(|(_, starts, terms)| Matrix {
        starts,
        terms,
        coefficients: coefficients.clone(),
    })
}
