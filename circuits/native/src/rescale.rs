//! A contribution to a key's phase 2: sections C and H divided by a factor of delta, and delta itself as the caller says.

use crate::bin_file::{ELEMENT_BYTES, limbs_at};
use crate::error::ProverError;
use crate::key::{Coordinate, ProvingKey};
use crate::scale::scale;
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField};
use std::borrow::Cow;
use std::io::{self, Write};

/// Where delta stands in section 2: in G1, and in G2 behind it.
const DELTA_PLACES: [(usize, usize); 2] = [(468, 2 * ELEMENT_BYTES), (532, 4 * ELEMENT_BYTES)];

/// What a contribution changes.
pub struct Contribution<'a> {
    factor: Fr,
    deltas: [&'a [u8]; 2],
    record: &'a [u8],
}

impl<'a> Contribution<'a> {
    /// Reads the factor of delta (32 bytes, little-endian), the new delta in G1 and in G2 as a key holds them, and the new section 10.
    ///
    /// # Errors
    /// [`ProverError::System`]: it is cut short, or the factor is zero or not below r.
    pub fn read(request: &'a [u8]) -> Result<Self, ProverError> {
        let invalid = |fact: &str| ProverError::System(format!("the contribution {fact}"));
        let cut = || invalid("is cut short");
        let (factor, rest) = request.split_at_checked(ELEMENT_BYTES).ok_or_else(cut)?;
        let (delta1, rest) = rest.split_at_checked(DELTA_PLACES[0].1).ok_or_else(cut)?;
        let (delta2, record) = rest.split_at_checked(DELTA_PLACES[1].1).ok_or_else(cut)?;
        let factor = BigInt(limbs_at(factor, 0));
        match Fr::from_bigint(factor) {
            Some(factor) if factor != Fr::ZERO => Ok(Self {
                factor,
                deltas: [delta1, delta2],
                record,
            }),
            _ => Err(invalid("has a factor that is zero or not below r")),
        }
    }
}

/// Writes a key with a contribution more, its sections in the order of their numbers.
///
/// # Errors
/// What the writer says.
pub fn rescale(
    key: &ProvingKey,
    contribution: &Contribution,
    out: &mut impl Write,
) -> io::Result<()> {
    // It is not zero.
    let inverse = contribution.factor.inverse().unwrap_or(Fr::ONE);
    let sections = (1..=10).map(|id| {
        let old = key.section(id);
        let new: Cow<[u8]> = match id {
            2 => {
                let mut header = old.to_vec();
                for ((at, length), delta) in DELTA_PLACES.into_iter().zip(contribution.deltas) {
                    header[at..at + length].copy_from_slice(delta);
                }
                header.into()
            }
            8 | 9 => scale_bytes(old, inverse).into(),
            10 => contribution.record.into(),
            _ => old.into(),
        };
        (id, new)
    });
    write_sections(out, sections)
}

/// Writes a key's ten sections.
///
/// # Errors
/// What the writer says.
pub fn write_sections(
    out: &mut impl Write,
    sections: impl Iterator<Item = (u32, impl AsRef<[u8]>)>,
) -> io::Result<()> {
    let mut head = b"zkey\x01\0\0\0".to_vec();
    head.extend(10u32.to_le_bytes());
    out.write_all(&head)?;
    for (id, bytes) in sections {
        let bytes = bytes.as_ref();
        out.write_all(&id.to_le_bytes())?;
        out.write_all(&(bytes.len() as u64).to_le_bytes())?;
        out.write_all(bytes)?;
    }
    out.flush()
}

fn scale_bytes(bytes: &[u8], scalar: Fr) -> Vec<u8> {
    let points: Vec<_> = (0..bytes.len())
        .step_by(2 * ELEMENT_BYTES)
        .map(|at| crate::key::read_point(bytes, at))
        .collect();
    let mut scaled = Vec::with_capacity(bytes.len());
    for point in scale(&points, scalar) {
        point.x.write(&mut scaled);
        point.y.write(&mut scaled);
    }
    scaled
}
