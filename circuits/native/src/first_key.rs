//! The first key of a circuit's setup, from its constraints and a phase-1 file, byte for byte as snarkjs makes it; on domains that
//! snarkjs does not know, by the same rules.

use crate::bin_file::ELEMENT_BYTES;
use crate::circuit::{Circuit, Term};
use crate::domain::domains_of;
use crate::error::ProverError;
use crate::field::FastField;
use crate::key::{Coordinate, read_point};
use crate::phase1::Phase1;
use crate::point_sum::{Point, sum_groups};
use crate::scale::digits_of;
use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, BigInteger, PrimeField};
use blake2::{Blake2b512, Digest};
use rayon::prelude::*;

/// Terms of wires that are summed together.
const TERMS_EACH: usize = 1 << 12;

/// A key before any contribution: anyone can forge with it.
pub struct FirstKey {
    /// number and bytes of each section, in the order in which snarkjs writes them
    pub sections: Vec<(u32, Vec<u8>)>,
}

impl FirstKey {
    /// Derives the key on the smallest domain of a power of two, or of any kind.
    ///
    /// # Errors
    /// [`ProverError::Setup`]: the phase-1 file does not serve.
    pub fn derive(circuit: &Circuit, phase1: &Phase1, mixed: bool) -> Result<Self, ProverError> {
        let domain = domains_of(circuit.rows())[usize::from(mixed)];
        let bases = phase1.bases(domain)?;
        let [a, b, c] = &circuit.matrices;
        // Rows that bind the public signals stand in A.
        let bound = (0..=circuit.signals).map(|wire| Term {
            wire: wire as u32,
            row: (circuit.constraints + wire) as u32,
            coefficient: BigInt::one(),
        });
        let a: Vec<Term> = a.iter().copied().chain(bound).collect();
        let wires = circuit.wires;
        let with_base = |terms: &[Term], base: usize| -> Vec<Term> {
            let row = |term: &Term| term.row + (base * domain) as u32;
            let moved = terms.iter().map(|term| Term {
                row: row(term),
                ..*term
            });
            moved.collect()
        };
        let combined = [with_base(&a, 0), with_base(b, 1), with_base(c, 2)].concat();
        let combined_bases = [&bases.beta, &bases.alpha, &bases.tau1];
        let combined = sum_by_wire(wires, &combined, |row| {
            combined_bases[row / domain][row % domain]
        });
        let (ic, private) = combined.split_at(circuit.signals + 1);
        let a_points = sum_by_wire(wires, &a, |row| bases.tau1[row]);
        let b1_points = sum_by_wire(wires, b, |row| bases.tau1[row]);
        let b2_points = sum_by_wire(wires, b, |row| bases.tau2[row]);

        let generators = [to_bytes(&[one1()]), to_bytes(&[one2()])];
        let [alpha1, beta1, beta2] = &bases.secrets;
        let [delta1, gamma2] = &generators;
        let mut header = header_head(circuit, domain);
        let mut hash = Blake2b512::new();
        for (bytes, is_g2) in [
            (alpha1, false),
            (beta1, false),
            (beta2, true),
            (gamma2, true),
            (delta1, false),
            (gamma2, true),
        ] {
            header.extend(bytes);
            match is_g2 {
                true => hash_points::<Fq2>(&mut hash, &[read_point(bytes, 0)]),
                false => hash_points::<Fq>(&mut hash, &[read_point(bytes, 0)]),
            }
        }
        for (count, points) in [
            (ic.len(), ic),
            // The number that stands before these is never that of a piece too many.
            (domain - 1, &bases.differences),
            (private.len(), private),
            (wires, &a_points),
            (wires, &b1_points),
        ] {
            hash.update((count as u32).to_be_bytes());
            hash_points(&mut hash, points);
        }
        hash.update((wires as u32).to_be_bytes());
        hash_points(&mut hash, &b2_points);
        let mut record = hash.finalize().to_vec();
        record.extend(0u32.to_le_bytes());
        Ok(Self {
            sections: vec![
                (1, 1u32.to_le_bytes().to_vec()),
                (2, header),
                (4, coefficients(&a, b, circuit)),
                (3, to_bytes(ic)),
                (9, to_bytes(&bases.h)),
                (8, to_bytes(private)),
                (5, to_bytes(&a_points)),
                (6, to_bytes(&b1_points)),
                (7, to_bytes(&b2_points)),
                (10, record),
            ],
        })
    }

    /// The bytes of a section.
    pub fn section(&self, id: u32) -> &[u8] {
        let found = self.sections.iter().find(|(own, _)| *own == id);
        found.map_or(&[], |(_, bytes)| bytes)
    }
}

fn one1() -> Point<Fq> {
    let G1Affine { x, y, .. } = G1Affine::generator();
    Point { x, y }
}

fn one2() -> Point<Fq2> {
    let G2Affine { x, y, .. } = G2Affine::generator();
    Point { x, y }
}

/// Section 2 up to its points.
fn header_head(circuit: &Circuit, domain: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(660);
    for modulus in [Fq::MODULUS, Fr::MODULUS] {
        bytes.extend((ELEMENT_BYTES as u32).to_le_bytes());
        bytes.extend(modulus.to_bytes_le());
    }
    for count in [circuit.wires, circuit.signals, domain] {
        bytes.extend((count as u32).to_le_bytes());
    }
    bytes
}

/// Section 4: the terms of A and B row by row, and then the rows that bind public signals.
fn coefficients(a: &[Term], b: &[Term], circuit: &Circuit) -> Vec<u8> {
    let count = a.len() + b.len();
    let mut bytes = Vec::with_capacity(4 + count * (12 + ELEMENT_BYTES));
    bytes.extend((count as u32).to_le_bytes());
    let mut put = |matrix: u32, term: &Term| {
        for number in [matrix, term.row, term.wire] {
            bytes.extend(number.to_le_bytes());
        }
        // The coefficient is below r; its Montgomery form is times 2^256, and so is that once more.
        let value = Fr::new_unchecked(term.coefficient) * Fr::new_unchecked(Fr::R2);
        let twice = value * Fr::new_unchecked(Fr::R2);
        bytes.extend(twice.0.to_bytes_le());
    };
    let (mut next_a, mut next_b) = (a.iter().peekable(), b.iter().peekable());
    for row in 0..circuit.rows() as u32 {
        while let Some(term) = next_a.next_if(|term| term.row == row) {
            put(0, term);
        }
        while let Some(term) = next_b.next_if(|term| term.row == row) {
            put(1, term);
        }
    }
    bytes
}

fn to_bytes<F: Coordinate>(points: &[Point<F>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(points.len() * 2 * F::BYTES);
    for Point { x, y } in points {
        x.write(&mut bytes);
        y.write(&mut bytes);
    }
    bytes
}

/// Hashes points big-endian, the imaginary part of a coordinate first, infinity as zeros.
fn hash_points<F: Coordinate>(hash: &mut Blake2b512, points: &[Point<F>]) {
    for point in points {
        let bytes = [point.x, point.y]
            .map(|coordinate| {
                let parts = coordinate.to_base_prime_field_elements();
                let parts: Vec<Vec<u8>> =
                    parts.map(|part| part.into_bigint().to_bytes_be()).collect();
                parts.into_iter().rev().flatten().collect::<Vec<u8>>()
            })
            .concat();
        hash.update(bytes);
    }
}

/// Σ coefficient · point(row) over the terms of each wire.
fn sum_by_wire<F: FastField>(
    wires: usize,
    terms: &[Term],
    point: impl Fn(usize) -> Point<F> + Sync,
) -> Vec<Point<F>> {
    let mut starts = vec![0usize; wires + 1];
    terms
        .iter()
        .for_each(|term| starts[term.wire as usize + 1] += 1);
    for wire in 0..wires {
        starts[wire + 1] += starts[wire];
    }
    let mut sorted: Vec<u32> = vec![0; terms.len()];
    let mut next = starts.clone();
    for (index, term) in terms.iter().enumerate() {
        let place = &mut next[term.wire as usize];
        sorted[*place] = index as u32;
        *place += 1;
    }
    // Wires of so many terms at a time; one with more is alone.
    let mut pieces = vec![0];
    for wire in 0..wires {
        let first = pieces[pieces.len() - 1];
        if starts[wire + 1] - starts[first] > TERMS_EACH && wire > first {
            pieces.push(wire);
        }
    }
    pieces.push(wires);
    let sums: Vec<Vec<Point<F>>> = pieces
        .par_windows(2)
        .with_max_len(1)
        .map(|piece| {
            let of_wires: Vec<Vec<(usize, Vec<i8>)>> = (piece[0]..piece[1])
                .map(|wire| {
                    let own = sorted[starts[wire]..starts[wire + 1]].iter();
                    let term = own.map(|index| &terms[*index as usize]);
                    term.map(|term| (term.row as usize, signed_digits(term.coefficient)))
                        .collect()
                })
                .collect();
            sum_digits(&of_wires, &point)
        })
        .collect();
    sums.concat()
}

/// Digits of 1 and -1 of a coefficient, which stands between -r/2 and r/2.
fn signed_digits(coefficient: BigInt<4>) -> Vec<i8> {
    let mut negative = Fr::MODULUS;
    negative.sub_with_borrow(&coefficient);
    match negative < coefficient {
        true => digits_of(false, negative, 2),
        false => digits_of(true, coefficient, 2),
    }
}

/// Each wire's sum, from its highest digits down.
fn sum_digits<F: FastField>(
    of_wires: &[Vec<(usize, Vec<i8>)>],
    point: &impl Fn(usize) -> Point<F>,
) -> Vec<Point<F>> {
    let all = of_wires.iter().flatten();
    let bits = all.map(|(_, digits)| digits.len()).max().unwrap_or(0);
    let mut sums = vec![Point::INFINITY; of_wires.len()];
    for bit in (0..bits).rev() {
        let mut starts = vec![0u32];
        let mut operands = Vec::new();
        for (sum, terms) in sums.iter().zip(of_wires) {
            if !sum.is_infinity() {
                operands.extend([*sum, *sum]);
            }
            for (row, digits) in terms {
                match digits.get(bit) {
                    Some(0) | None => {}
                    Some(digit) => operands.push(point(*row).signed(*digit < 0)),
                }
            }
            starts.push(operands.len() as u32);
        }
        sums = sum_groups(&starts, |place| operands[place]);
    }
    sums
}
