//! A circuit as an `.r1cs` file holds it: the terms of its three matrices.

use crate::bin_file::{ELEMENT_BYTES, find_sections, limbs_at, u32_at};
use crate::domain::MOST_ROWS;
use crate::error::ProverError;
use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};

const HEADER_BYTES: usize = 4 + ELEMENT_BYTES + 16 + 8 + 4;
const TERM_BYTES: usize = 4 + ELEMENT_BYTES;

/// One coefficient of a matrix.
#[derive(Clone, Copy)]
pub struct Term {
    /// the column
    pub wire: u32,
    /// the row
    pub row: u32,
    /// below r
    pub coefficient: BigInt<4>,
}

/// The terms of a circuit's constraints, row after row.
pub struct Circuit {
    /// number of wires, wire 0 included
    pub wires: usize,
    /// number of public signals
    pub signals: usize,
    /// number of constraints
    pub constraints: usize,
    /// A, B and C
    pub matrices: [Vec<Term>; 3],
}

impl Circuit {
    /// Reads an `.r1cs` file.
    ///
    /// # Errors
    /// [`ProverError::Setup`] naming the fact.
    pub fn read(file: &[u8]) -> Result<Self, ProverError> {
        read_circuit(file)
            .map_err(|fact| ProverError::Setup(format!("the circuit is damaged: {fact}")))
    }

    /// Constraints, and a row for wire 0 and each public signal.
    pub fn rows(&self) -> usize {
        self.constraints + self.signals + 1
    }
}

fn read_circuit(file: &[u8]) -> Result<Circuit, String> {
    let sections = find_sections(file, "r1cs", 1)?;
    let section = |id: u32| {
        let place = sections.get(&id).cloned();
        place.ok_or(format!("section {id} is missing"))
    };
    let header = &file[section(1)?];
    if header.len() != HEADER_BYTES
        || u32_at(header, 0) as usize != ELEMENT_BYTES
        || limbs_at(header, 4) != Fr::MODULUS.0
    {
        return Err("it is not of BN254's scalar field".into());
    }
    let [wires, outputs, inputs] = [36, 40, 44].map(|at| u32_at(header, at) as usize);
    let constraints = u32_at(header, 60) as usize;
    let signals = outputs + inputs;
    if signals + 1 > wires {
        return Err(format!(
            "it has {signals} public signals among {wires} wires"
        ));
    }
    // A label of eight bytes for each wire: so no number is believed that the file has no room for.
    if section(3)?.len() != wires * 8 {
        return Err(format!("it has {wires} wires and labels for others"));
    }
    let body = &file[section(2)?];
    let mut at = 0;
    let mut take = |bytes: usize| {
        let piece = body.get(at..at + bytes);
        at += bytes;
        piece.ok_or("its constraints are cut short".to_string())
    };
    let mut matrices = [const { Vec::new() }; 3];
    for row in 0..constraints {
        for terms in &mut matrices {
            for _ in 0..u32_at(take(4)?, 0) {
                let term = take(TERM_BYTES)?;
                let (wire, coefficient) = (u32_at(term, 0), BigInt(limbs_at(term, 4)));
                if wire as usize >= wires || coefficient >= Fr::MODULUS {
                    return Err(format!(
                        "row {row} names wire {wire}, or a value not below r"
                    ));
                }
                terms.push(Term {
                    wire,
                    row: row as u32,
                    coefficient,
                });
            }
        }
    }
    if constraints + signals + 1 > MOST_ROWS {
        return Err(format!("it has more than {MOST_ROWS} rows"));
    }
    match at == body.len() {
        true => Ok(Circuit {
            wires,
            signals,
            constraints,
            matrices,
        }),
        false => Err("bytes follow its last constraint".into()),
    }
}
