//! What a phase-1 file (`.ptau`, prepared for phase 2) gives a circuit: Lagrange bases of its domain at the ceremony's secrets.

use crate::bin_file::{ELEMENT_BYTES, find_sections};
use crate::domain::root_of_unity;
use crate::error::ProverError;
use crate::field::FastField;
use crate::key::{Coordinate, read_point};
use crate::point_sum::Point;
use ark_bn254::{Fq, Fq2, Fr, g1, g2};
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;
use std::ops::Range;

const G1_BYTES: usize = 2 * ELEMENT_BYTES;

// Sections of powers; those of Lagrange bases, for each power of two, follow behind the others.
const TAU1: u32 = 2;
const TAU2: u32 = 3;
const ALPHA_TAU1: u32 = 4;
const BETA_TAU1: u32 = 5;
const BETA2: u32 = 6;
const LAGRANGE_OFFSET: u32 = 10;

/// A phase-1 file.
pub struct Phase1<'a> {
    file: &'a [u8],
    sections: std::collections::BTreeMap<u32, Range<usize>>,
}

/// The points of a domain.
pub struct Bases {
    /// Lᵢ(τ) in G1
    pub tau1: Vec<Point<Fq>>,
    /// Lᵢ(τ) in G2
    pub tau2: Vec<Point<Fq2>>,
    /// α · Lᵢ(τ)
    pub alpha: Vec<Point<Fq>>,
    /// β · Lᵢ(τ)
    pub beta: Vec<Point<Fq>>,
    /// for the quotient: the odd ones of the doubled domain's Lagrange basis
    pub h: Vec<Point<Fq>>,
    /// τ^(domain + i) - τ^i, which the circuit's hash is of
    pub differences: Vec<Point<Fq>>,
    /// α and β in G1 and β in G2 as they stand in the file
    pub secrets: [Vec<u8>; 3],
}

impl<'a> Phase1<'a> {
    /// Finds a file's sections.
    ///
    /// # Errors
    /// [`ProverError::Setup`]: it is no phase-1 file.
    pub fn read(file: &'a [u8]) -> Result<Self, ProverError> {
        let sections = find_sections(file, "ptau", 1).map_err(damaged)?;
        Ok(Self { file, sections })
    }

    /// The bases of a domain of so many rows: read, where that is a power of two, and otherwise computed from the powers.
    ///
    /// # Errors
    /// [`ProverError::Setup`]: the file is too small, cut short, or not prepared.
    pub fn bases(&self, domain: usize) -> Result<Bases, ProverError> {
        // snarkjs takes these from a circuit's largest domain by pieces of 2^14, the last of which it does not shorten.
        let hashed = match domain.is_power_of_two() && domain > 1 << 14 {
            true => domain,
            false => domain - 1,
        };
        let last = self.points(TAU1, domain..domain + hashed)?;
        let differences = subtract_each(&last, &self.points(TAU1, 0..hashed)?);
        let secrets = [
            self.bytes(ALPHA_TAU1, 0..G1_BYTES)?.to_vec(),
            self.bytes(BETA_TAU1, 0..G1_BYTES)?.to_vec(),
            self.bytes(BETA2, 0..2 * G1_BYTES)?.to_vec(),
        ];
        if domain.is_power_of_two() {
            let own = domain - 1..2 * domain - 1;
            let doubled: Vec<Point<Fq>> =
                self.points(TAU1 + LAGRANGE_OFFSET, 2 * domain - 1..4 * domain - 1)?;
            return Ok(Bases {
                tau1: self.points(TAU1 + LAGRANGE_OFFSET, own.clone())?,
                tau2: self.points(TAU2 + LAGRANGE_OFFSET, own.clone())?,
                alpha: self.points(ALPHA_TAU1 + LAGRANGE_OFFSET, own.clone())?,
                beta: self.points(BETA_TAU1 + LAGRANGE_OFFSET, own)?,
                h: doubled.into_iter().skip(1).step_by(2).collect(),
                differences,
                secrets,
            });
        }
        // The domain holds 3 at least, and is below r.
        let over_size = Fr::from(domain as u64).inverse().unwrap_or(Fr::ONE);
        let odd = root_of_unity(2 * domain).inverse().unwrap_or(Fr::ONE);
        let minus_half = -Fr::from(2u64).inverse().unwrap_or(Fr::ONE);
        let all: Vec<Point<Fq>> = self.points(TAU1, 0..2 * domain)?;
        let (low, high) = all.split_at(domain);
        let scale = (over_size, Fr::ONE);
        Ok(Bases {
            tau1: lagrange::<g1::Config>(low, scale),
            tau2: lagrange::<g2::Config>(&self.points(TAU2, 0..domain)?, scale),
            alpha: lagrange::<g1::Config>(&self.points(ALPHA_TAU1, 0..domain)?, scale),
            beta: lagrange::<g1::Config>(&self.points(BETA_TAU1, 0..domain)?, scale),
            // Of the doubled domain's basis, the odd ones are ((x^n - 1) / -2) · Lᵢ(x / root), where n is the domain.
            h: lagrange::<g1::Config>(&subtract_each(high, low), (over_size * minus_half, odd)),
            differences,
            secrets,
        })
    }

    fn bytes(&self, id: u32, range: Range<usize>) -> Result<&'a [u8], ProverError> {
        let place = self.sections.get(&id);
        let bytes = place.and_then(|place| self.file[place.clone()].get(range));
        bytes.ok_or_else(|| {
            damaged(format!(
                "section {id} is missing or too small for the circuit"
            ))
        })
    }

    fn points<F: Coordinate>(
        &self,
        id: u32,
        range: Range<usize>,
    ) -> Result<Vec<Point<F>>, ProverError> {
        let each = 2 * F::BYTES;
        let bytes = self.bytes(id, range.start * each..range.end * each)?;
        let points = bytes
            .par_chunks_exact(each)
            .map(|bytes| read_point(bytes, 0));
        Ok(points.collect())
    }
}

fn damaged(fact: String) -> ProverError {
    ProverError::Setup(format!("the phase-1 file does not serve: {fact}"))
}

fn subtract_each(left: &[Point<Fq>], right: &[Point<Fq>]) -> Vec<Point<Fq>> {
    let projective: Vec<Projective<g1::Config>> = left
        .par_iter()
        .zip(right)
        .map(|(left, right)| Projective::from(left.to_affine()) - right.to_affine::<g1::Config>())
        .collect();
    to_points(projective)
}

fn to_points<C: SWCurveConfig<BaseField: FastField>>(
    points: Vec<Projective<C>>,
) -> Vec<Point<C::BaseField>> {
    let affine = Projective::normalize_batch(&points);
    let pairs = affine
        .iter()
        .map(|point| point.xy().map_or(Point::INFINITY, |(x, y)| Point { x, y }));
    pairs.collect()
}

/// Σ_j first · shift^j · root^(-ij) · powerⱼ for each i: the Lagrange basis, where first is 1 / n and shift is one.
fn lagrange<C: SWCurveConfig<ScalarField = Fr, BaseField: FastField>>(
    powers: &[Point<C::BaseField>],
    (first, shift): (Fr, Fr),
) -> Vec<Point<C::BaseField>> {
    let scaled: Vec<Projective<C>> = powers
        .par_iter()
        .enumerate()
        .map(|(index, point)| point.to_affine::<C>() * (first * shift.pow([index as u64])))
        .collect();
    let root = root_of_unity(powers.len()).inverse().unwrap_or(Fr::ONE);
    let roots: Vec<Fr> = std::iter::successors(Some(Fr::ONE), |power| Some(*power * root))
        .take(powers.len())
        .collect();
    to_points(transform(&scaled, 0, 1, &roots))
}

/// The values at the powers of a root, in natural order, of every `step`th coefficient from `start` on.
fn transform<C: SWCurveConfig<ScalarField = Fr>>(
    coefficients: &[Projective<C>],
    start: usize,
    step: usize,
    roots: &[Fr],
) -> Vec<Projective<C>> {
    let length = coefficients.len() / step;
    if length == 1 {
        return vec![coefficients[start]];
    }
    let radix = if length % 3 == 0 { 3 } else { 2 };
    let parts: Vec<Vec<Projective<C>>> = (0..radix)
        .into_par_iter()
        .map(|rest| transform(coefficients, start + rest * step, radix * step, roots))
        .collect();
    let cube_root = roots[coefficients.len() / 3];
    let third = length / radix;
    let columns: Vec<[Projective<C>; 3]> = (0..third)
        .into_par_iter()
        .map(|index| {
            let a = parts[0][index];
            let b = parts[1][index] * roots[index * step];
            if radix == 2 {
                return [a + b, a - b, a];
            }
            let c = parts[2][index] * roots[2 * index * step];
            // w² = -1 - w for a cube root w.
            let turned = (b - c) * cube_root;
            [a + b + c, a + turned - c, a - b - turned]
        })
        .collect();
    let mut values = vec![Projective::ZERO; length];
    for (index, column) in columns.into_iter().enumerate() {
        for (row, value) in column.into_iter().take(radix).enumerate() {
            values[index + row * third] = value;
        }
    }
    values
}
