//! Reads a `.zkey` and checks all of it that can be checked without its circuit, once, when it is opened.

use crate::bin_file::{ELEMENT_BYTES, find_sections, limbs_at, u32_at};
use crate::domain::{MOST_ROWS, domains_of};
use crate::error::ProverError;
use crate::field::FastField;
use crate::matrix::Matrix;
use crate::point_sum::Point;
use ark_bn254::{Bn254, Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::pairing::Pairing;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{BigInt, Field, PrimeField};
use memmap2::Mmap;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

const G1_BYTES: usize = 2 * ELEMENT_BYTES;
const G2_BYTES: usize = 4 * ELEMENT_BYTES;
const HEADER_BYTES: usize =
    4 + ELEMENT_BYTES + 4 + ELEMENT_BYTES + 12 + 3 * G1_BYTES + 3 * G2_BYTES;

/// A coordinate as it stands in a key: Montgomery form, little-endian.
pub trait Coordinate: FastField {
    /// Bytes of one.
    const BYTES: usize;
    /// Reads one at an offset, unchecked.
    fn read(bytes: &[u8], at: usize) -> Self;
    /// Writes it as [`Coordinate::read`] reads it.
    fn write(&self, bytes: &mut Vec<u8>);
    /// Whether it is below p.
    fn is_reduced(&self) -> bool;
}

impl Coordinate for Fq {
    const BYTES: usize = ELEMENT_BYTES;
    fn read(bytes: &[u8], at: usize) -> Self {
        Fq::new_unchecked(BigInt(limbs_at(bytes, at)))
    }
    fn write(&self, bytes: &mut Vec<u8>) {
        for limb in self.0.0 {
            bytes.extend(limb.to_le_bytes());
        }
    }
    fn is_reduced(&self) -> bool {
        self.0 < Fq::MODULUS
    }
}

impl Coordinate for Fq2 {
    const BYTES: usize = 2 * ELEMENT_BYTES;
    fn read(bytes: &[u8], at: usize) -> Self {
        Fq2::new(Fq::read(bytes, at), Fq::read(bytes, at + ELEMENT_BYTES))
    }
    fn write(&self, bytes: &mut Vec<u8>) {
        self.c0.write(bytes);
        self.c1.write(bytes);
    }
    fn is_reduced(&self) -> bool {
        self.c0.is_reduced() && self.c1.is_reduced()
    }
}

/// The point at an offset, unchecked.
pub(crate) fn read_point<F: Coordinate>(bytes: &[u8], at: usize) -> Point<F> {
    Point {
        x: F::read(bytes, at),
        y: F::read(bytes, at + F::BYTES),
    }
}

/// Points of one section, one for each wire or row; they stay in the file, which is mapped into memory.
pub struct PointSection {
    place: Range<usize>,
    /// indices of the points that are not infinity, which stands for wires that a matrix never names
    pub present: Vec<u32>,
}

/// Which keys are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Those that somebody contributed to.
    Contributed,
    /// The first key of a setup too, with which anyone can forge: for contributions alone.
    First,
}

/// A proving key that has been checked.
pub struct ProvingKey {
    file: Mmap,
    sections: BTreeMap<u32, Range<usize>>,
    /// number of wires, wire 0 included
    pub wires: usize,
    /// number of public signals
    pub signals: usize,
    /// number of rows that the domain has: 2^k, or 3 · 2^k or 9 · 2^k, which snarkjs cannot prove with
    pub domain: usize,
    /// α in G1
    pub alpha1: G1Affine,
    /// β in G1
    pub beta1: G1Affine,
    /// β in G2
    pub beta2: G2Affine,
    /// γ in G2
    pub gamma2: G2Affine,
    /// δ in G1
    pub delta1: G1Affine,
    /// δ in G2
    pub delta2: G2Affine,
    /// points for wire 0 and each public signal
    pub ic: Vec<G1Affine>,
    /// left sides of the rows, without the rows that bind public signals
    pub a_rows: Matrix,
    /// right sides of the rows
    pub b_rows: Matrix,
    /// A of each wire in G1
    pub a: PointSection,
    /// B of each wire in G1
    pub b1: PointSection,
    /// B of each wire in G2
    pub b2: PointSection,
    /// C of each private wire in G1
    pub c: PointSection,
    /// multiples for the quotient
    pub h: PointSection,
}

impl ProvingKey {
    /// Reads and checks a mapped key: the verification key in it, α to δ in G1 against G2, every point on its curve, the domain,
    /// every coefficient in range, and that each public signal has a row of its own that binds it.
    ///
    /// # Errors
    /// [`ProverError::Key`] naming the fact.
    pub fn open(file: Mmap, accepted: Keys) -> Result<Self, ProverError> {
        read_key(file, accepted).map_err(ProverError::Key)
    }

    /// The bytes of a section of the file, 1 to 10.
    pub fn section(&self, id: u32) -> &[u8] {
        &self.file[self.sections[&id].clone()]
    }

    /// A point of a section in G1 or G2.
    #[inline]
    pub fn point<F: Coordinate>(&self, section: &PointSection, index: u32) -> Point<F> {
        read_point(
            &self.file,
            section.place.start + index as usize * 2 * F::BYTES,
        )
    }
}

fn read_key(file: Mmap, accepted: Keys) -> Result<ProvingKey, String> {
    let sections = find_sections(&file, "zkey", 1)?;
    let section = |id: u32, length: Option<usize>| {
        let range = sections
            .get(&id)
            .cloned()
            .ok_or(format!("section {id} is missing"))?;
        match length {
            Some(length) if length != range.len() => Err(format!(
                "section {id} has {} bytes instead of {length}",
                range.len()
            )),
            _ => Ok(range),
        }
    };
    let protocol = u32_at(&file[section(1, Some(4))?], 0);
    if protocol != 1 {
        return Err(format!(
            "its protocol is {protocol} and only 1, Groth16, is known"
        ));
    }
    let header = &file[section(2, Some(HEADER_BYTES))?];
    if u32_at(header, 0) as usize != ELEMENT_BYTES || limbs_at(header, 4) != Fq::MODULUS.0 {
        return Err("its curve is not BN254".into());
    }
    if u32_at(header, 36) as usize != ELEMENT_BYTES || limbs_at(header, 40) != Fr::MODULUS.0 {
        return Err("its scalar field is not that of BN254".into());
    }
    let [wires, signals, domain] = [72, 76, 80].map(|at| u32_at(header, at) as usize);
    if domain > MOST_ROWS || !domains_of(domain).contains(&domain) {
        return Err(format!(
            "its domain of {domain} is not 2^k, 3 · 2^k or 9 · 2^k from 2 to 2^27"
        ));
    }
    if signals + 1 > wires || signals > domain {
        return Err(format!(
            "it has {signals} public signals among {wires} wires on a domain of {domain}"
        ));
    }
    let places = [
        section(5, Some(wires * G1_BYTES))?,
        section(6, Some(wires * G1_BYTES))?,
        section(7, Some(wires * G2_BYTES))?,
        section(8, Some((wires - signals - 1) * G1_BYTES))?,
        section(9, Some(domain * G1_BYTES))?,
    ];
    section(10, None)?;
    if let Some(id) = sections.keys().find(|id| **id > 10) {
        return Err(format!("section {id} is not a part of a Groth16 zkey"));
    }
    let header_g1 = |name, at| checked_point::<ark_bn254::g1::Config>(name, header, at);
    let header_g2 = |name, at| checked_point::<ark_bn254::g2::Config>(name, header, at);
    let alpha1 = header_g1("alpha", 84)?;
    let beta1 = header_g1("beta in G1", 148)?;
    let beta2 = header_g2("beta", 212)?;
    let gamma2 = header_g2("gamma", 340)?;
    let delta1 = header_g1("delta in G1", 468)?;
    let delta2 = header_g2("delta", 532)?;
    let forgeable = delta2 == gamma2 || delta2 == G2Affine::generator();
    if forgeable && accepted == Keys::Contributed {
        return Err("nobody contributed to its delta, so anyone can forge proofs".into());
    }
    for (name, in_g1, in_g2) in [("beta", beta1, beta2), ("delta", delta1, delta2)] {
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        if Bn254::multi_pairing([in_g1, -g1], [g2, in_g2]).0 != Field::ONE {
            return Err(format!("its {name} in G1 is not its {name} in G2"));
        }
    }
    let ic_bytes = &file[section(3, Some((signals + 1) * G1_BYTES))?];
    let ic = (0..=signals)
        .map(|index| checked_point::<ark_bn254::g1::Config>("IC", ic_bytes, index * G1_BYTES))
        .collect::<Result<_, _>>()?;
    let coefficients = &file[section(4, None)?];
    let [a_rows, b_rows] = Matrix::read(coefficients, wires, signals, domain)?;

    let [a, b1, b2, c, h] = places;
    let g1 = ark_bn254::g1::Config::COEFF_B;
    let g2 = ark_bn254::g2::Config::COEFF_B;
    let (a, b1, b2) = (
        check_points::<Fq>(&file, a, "A", g1)?,
        check_points::<Fq>(&file, b1, "B1", g1)?,
        check_points::<Fq2>(&file, b2, "B2", g2)?,
    );
    let c = check_points::<Fq>(&file, c, "C", g1)?;
    let h = check_points::<Fq>(&file, h, "H", g1)?;
    if h.present.len() != domain {
        return Err("a point of section H is zero".into());
    }
    Ok(ProvingKey {
        sections,
        wires,
        signals,
        domain,
        alpha1,
        beta1,
        beta2,
        gamma2,
        delta1,
        delta2,
        ic,
        a_rows,
        b_rows,
        a,
        b1,
        b2,
        c,
        h,
        file,
    })
}

/// A point of the verification key, which must be a point of its group and not zero.
fn checked_point<C: SWCurveConfig>(name: &str, bytes: &[u8], at: usize) -> Result<Affine<C>, String>
where
    C::BaseField: Coordinate,
{
    let Point { x, y } = read_point::<C::BaseField>(bytes, at);
    let point = Affine::<C>::new_unchecked(x, y);
    let good = x.is_reduced()
        && y.is_reduced()
        // Zeros stand for infinity, which arkworks takes to be on every curve.
        && !point.is_zero()
        && point.is_on_curve()
        && point.is_in_correct_subgroup_assuming_on_curve();
    match good {
        true => Ok(point),
        false => Err(format!(
            "its {name} is zero, off its curve or outside its subgroup"
        )),
    }
}

/// Checks that every point of a section is on y² = x³ + b or infinity, written as zeros.
fn check_points<F: Coordinate>(
    file: &[u8],
    place: Range<usize>,
    name: &str,
    b: F,
) -> Result<PointSection, String> {
    const EACH: usize = 4096;
    let point_bytes = 2 * F::BYTES;
    let pieces: Result<Vec<Vec<u32>>, String> = file[place.clone()]
        .par_chunks(EACH * point_bytes)
        .enumerate()
        .map(|(piece, bytes)| {
            let mut present = Vec::with_capacity(EACH);
            for at in 0..bytes.len() / point_bytes {
                let index = piece * EACH + at;
                let point: Point<F> = read_point(bytes, at * point_bytes);
                if point.is_infinity() {
                    continue;
                }
                let Point { x, y } = point;
                if !x.is_reduced()
                    || !y.is_reduced()
                    || y.squared() != x.squared().times(&x).plus(&b)
                {
                    return Err(format!("point {index} of section {name} is off its curve"));
                }
                present.push(index as u32);
            }
            Ok(present)
        })
        .collect();
    Ok(PointSection {
        place,
        present: pieces?.concat(),
    })
}
