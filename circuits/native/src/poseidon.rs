//! Poseidon's wires, as circuits/src/primitives/poseidon.ts takes them: the same rounds in the same order, with the constants that the
//! program brings.

use crate::field::FastField;
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt, PrimeField};
use std::ops::RangeInclusive;

const HALF_ROUNDS: usize = 4;
/// Sizes of a state that there are.
const SIZES: RangeInclusive<usize> = 2..=17;
/// Partial rounds that a program may bring.
const PARTIAL: RangeInclusive<usize> = 1..=128;

/// Poseidon of one size, with its partial rounds by sparse matrices (circuits/src/primitives/poseidonSparse.ts).
pub struct Poseidon {
    /// added before the first round, and behind each full one
    constants: Vec<Vec<Fr>>,
    matrix: Vec<Vec<Fr>>,
    corner: Fr,
    rows: Vec<Vec<Fr>>,
    columns: Vec<Vec<Fr>>,
    first: Vec<Fr>,
    closing: Vec<Vec<Fr>>,
    closing_constants: Vec<Fr>,
}

impl Poseidon {
    /// Takes the constants of a state of `size` elements; `next` gives one after the other.
    ///
    /// # Errors
    /// A fact: no such Poseidon, or what `next` says.
    pub fn read(
        size: usize,
        partial: usize,
        mut next: impl FnMut() -> Result<Fr, String>,
    ) -> Result<Self, String> {
        if !SIZES.contains(&size) || !PARTIAL.contains(&partial) {
            return Err(format!(
                "there is no Poseidon of {size} elements and {partial} partial rounds"
            ));
        }
        let mut matrix = |rows: usize, columns: usize| -> Result<Vec<Vec<Fr>>, String> {
            (0..rows)
                .map(|_| (0..columns).map(|_| next()).collect())
                .collect()
        };
        let others = size - 1;
        Ok(Self {
            constants: matrix(1 + 2 * HALF_ROUNDS, size)?,
            matrix: matrix(size, size)?,
            corner: matrix(1, 1)?[0][0],
            rows: matrix(partial, others)?,
            columns: matrix(partial, others)?,
            first: matrix(1, partial)?.remove(0),
            closing: matrix(others, others)?,
            closing_constants: matrix(1, others)?.remove(0),
        })
    }

    /// Elements of the state: one more than the inputs.
    pub fn size(&self) -> usize {
        self.matrix.len()
    }

    /// Wires that a hash takes: of each S-box but the constant one its x, x² and x⁴, and y of the last full rounds but for the first element's.
    pub fn wires(&self) -> usize {
        let (size, partial) = (self.size(), self.rows.len());
        let boxes = 2 * HALF_ROUNDS * size - 1 + partial;
        3 * boxes + 2 * (size - 1)
    }

    /// The hash of `size - 1` inputs, and the values of its wires.
    pub fn hash(&self, inputs: impl Iterator<Item = Fr>) -> (Fr, Vec<BigInt<4>>) {
        let mut wires = Wires(Vec::new());
        let mut state = vec![Fr::ZERO];
        state.extend(inputs);
        add(&mut state, &self.constants[0]);
        wires.extend(&state[1..]);
        let (before, after) = self.constants[1..].split_at(HALF_ROUNDS);
        let mut state = self.full_rounds(&mut wires, state, before, true);
        let (mut x, others) = (state[0], &mut state[1..]);
        wires.extend(&[x]);
        let last = self.rows.len() - 1;
        for (round, (row, column)) in self.rows.iter().zip(&self.columns).enumerate() {
            let y = wires.raise(&x);
            x = self.corner.times(&y).plus(&dot(row, others));
            x = x.plus(&self.first[round]);
            for (other, factor) in others.iter_mut().zip(column) {
                *other = other.plus(&factor.times(&y));
            }
            if round < last {
                wires.extend(&[x]);
            }
        }
        let mut closed = vec![x];
        closed.extend(self.closing.iter().map(|row| dot(row, others)));
        add(&mut closed[1..], &self.closing_constants);
        wires.extend(&closed);
        let state = self.full_rounds(&mut wires, closed, after, false);
        (state[0], wires.0)
    }

    /// Full rounds up to the last one's mixing, whose results take no wires. The first element of all is a constant, and takes none.
    fn full_rounds(
        &self,
        wires: &mut Wires,
        mut state: Vec<Fr>,
        constants: &[Vec<Fr>],
        starts: bool,
    ) -> Vec<Fr> {
        for (round, constants) in constants.iter().enumerate() {
            let powered: Vec<Fr> = state
                .iter()
                .enumerate()
                .map(|(element, x)| match starts && round == 0 && element == 0 {
                    true => x.squared().squared().times(x),
                    false => wires.raise(x),
                })
                .collect();
            state = self.matrix.iter().map(|row| dot(row, &powered)).collect();
            add(&mut state, constants);
            wires.extend(match round == HALF_ROUNDS - 1 {
                true => &powered[1..],
                false => &state,
            });
        }
        state
    }
}

/// Wires' values in the order in which they are taken.
struct Wires(Vec<BigInt<4>>);

impl Wires {
    fn extend(&mut self, values: &[Fr]) {
        self.0
            .extend(values.iter().map(|value| value.into_bigint()));
    }

    /// x⁵, with wires for x² and x⁴.
    fn raise(&mut self, x: &Fr) -> Fr {
        let x2 = x.squared();
        let x4 = x2.squared();
        self.extend(&[x2, x4]);
        x4.times(x)
    }
}

fn add(state: &mut [Fr], constants: &[Fr]) {
    for (element, constant) in state.iter_mut().zip(constants) {
        *element = element.plus(constant);
    }
}

fn dot(left: &[Fr], right: &[Fr]) -> Fr {
    let products = left.iter().zip(right).map(|(a, b)| a.times(b));
    products.fold(Fr::ZERO, |sum, product| sum.plus(&product))
}
