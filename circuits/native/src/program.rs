//! Programs that compute witnesses from integers, as circuits/src/witnessProgram.ts writes them; what the instructions mean stands there
//! and in `tape.ts`. `read_program.rs` has checked all that it refers to, so that whatever runs here stays inside its registers and tables.

use crate::bin_file::{ELEMENT_BYTES, limbs_at, u32_at};
use crate::error::ProverError;
use crate::field::FastField;
use crate::poseidon::Poseidon;
use crate::read_program::read_program;
use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, Field, PrimeField};
use std::ops::Range;

/// Bits of a packed word.
pub(crate) const WORD_BITS: usize = 248;

/// A checked program.
pub struct Program {
    /// wires of its circuit, wire 0 included
    pub wires: usize,
    /// public signals among them
    pub signals: usize,
    pub(crate) inputs: usize,
    pub(crate) least: i32,
    pub(crate) most: i32,
    pub(crate) registers: usize,
    pub(crate) words: usize,
    pub(crate) code: Vec<Instruction>,
    pub(crate) terms: Vec<(i64, u32)>,
    pub(crate) tables: Vec<Vec<i32>>,
    pub(crate) hashes: Vec<Poseidon>,
    /// words of the public signals, in order
    pub(crate) signal_words: Vec<u32>,
}

/// One integer's or field element's origin, or wires; numbers are those of registers unless they say otherwise.
pub(crate) enum Instruction {
    Constant(i64),
    Sum { offset: i64, terms: Range<usize> },
    Product(u32, u32),
    Digits { of: u32, from: u32, mask: i64 },
    Entry { table: u32, at: u32 },
    WeightedSums(Box<WeightedSums>),
    Take(u32),
    TakeBits(u32, u32),
    TakeIsZero(u32),
    TakeOneHot(u32, u32),
    TakeDescending(u32, u32),
    Pack(Box<Pack>),
    TakeHash(Box<TakeHash>),
    TakeSquare { word: u32 },
}

pub(crate) struct WeightedSums {
    pub(crate) weights: usize,
    pub(crate) biases: usize,
    pub(crate) row_length: usize,
    pub(crate) run_length: usize,
    /// first reads of the runs, from an element's start on
    pub(crate) runs: Vec<u32>,
    pub(crate) operand: Vec<u32>,
    /// start, and row of the weights, of each element
    pub(crate) elements: Vec<(u32, u32)>,
}

pub(crate) struct Pack {
    pub(crate) lo: i64,
    pub(crate) bits: usize,
    pub(crate) registers: Vec<u32>,
}

pub(crate) struct TakeHash {
    pub(crate) is_signal: bool,
    pub(crate) hash: usize,
    pub(crate) words: Vec<u32>,
}

/// What a witness is asked for: integers, and the binding.
pub struct Input {
    /// a field element
    pub binding: BigInt<4>,
    /// the input's elements
    pub values: Vec<i32>,
}

impl Input {
    /// Reads the binding, 32 bytes, and as many integers of four bytes as follow, all little-endian.
    ///
    /// # Errors
    /// [`ProverError::Input`]: bytes that are left over, or a binding that is not below r.
    pub fn read(bytes: &[u8]) -> Result<Self, ProverError> {
        let length = bytes.len();
        if length < ELEMENT_BYTES || length % 4 != 0 {
            return Err(ProverError::Input(format!(
                "{length} bytes are no binding with integers"
            )));
        }
        let binding = BigInt(limbs_at(bytes, 0));
        if binding >= Fr::MODULUS {
            return Err(ProverError::Input("the binding is not below r".into()));
        }
        let values = (ELEMENT_BYTES..length).step_by(4);
        let values = values.map(|at| u32_at(bytes, at) as i32).collect();
        Ok(Self { binding, values })
    }
}

impl Program {
    /// Reads and checks a program.
    ///
    /// # Errors
    /// [`ProverError::Program`] naming the fact.
    pub fn read(file: &[u8]) -> Result<Self, ProverError> {
        read_program(file).map_err(damaged)
    }

    /// The witness of an input, one plain value for each wire.
    ///
    /// # Errors
    /// [`ProverError::Input`]: another number of integers than the program takes, or one outside its range.
    /// [`ProverError::Program`]: it computes what no graph's program does.
    pub fn run(&self, input: &Input) -> Result<Vec<BigInt<4>>, ProverError> {
        let Input { binding, values } = input;
        if values.len() != self.inputs {
            return Err(ProverError::Input(format!(
                "the input has {} elements and the model takes {}",
                values.len(),
                self.inputs
            )));
        }
        let (least, most) = (self.least, self.most);
        let outside = |value: &i32| !(least..=most).contains(value);
        if let Some(index) = values.iter().position(outside) {
            let value = values[index];
            return Err(ProverError::Input(format!(
                "input element {index} is {value} and the model takes integers from {least} to {most}"
            )));
        }
        let mut run = Run {
            program: self,
            registers: Vec::with_capacity(self.registers),
            words: Vec::with_capacity(self.words),
            wires: Vec::with_capacity(self.wires),
        };
        run.registers
            .extend(values.iter().map(|value| i64::from(*value)));
        run.words.extend(Fr::from_bigint(*binding));
        run.wires.push(BigInt::one());
        run.wires.resize(1 + self.signals, BigInt::zero());
        for instruction in &self.code {
            run.step(instruction).map_err(damaged)?;
        }
        for (wire, word) in run.wires[1..].iter_mut().zip(&self.signal_words) {
            *wire = run.words[*word as usize].into_bigint();
        }
        Ok(run.wires)
    }
}

/// What a program has computed so far. Integers wrap around where a damaged program makes them too large.
struct Run<'a> {
    program: &'a Program,
    registers: Vec<i64>,
    words: Vec<Fr>,
    wires: Vec<BigInt<4>>,
}

impl Run<'_> {
    fn step(&mut self, instruction: &Instruction) -> Result<(), String> {
        match instruction {
            Instruction::Constant(value) => self.registers.push(*value),
            Instruction::Sum { offset, terms } => {
                let terms = &self.program.terms[terms.clone()];
                let products = terms
                    .iter()
                    .map(|(factor, of)| factor.wrapping_mul(self.at(*of)));
                self.registers
                    .push(products.fold(*offset, i64::wrapping_add));
            }
            Instruction::Product(left, right) => self
                .registers
                .push(self.at(*left).wrapping_mul(self.at(*right))),
            Instruction::Digits { of, from, mask } => {
                self.registers.push(self.at(*of) >> from & mask);
            }
            Instruction::Entry { table, at } => {
                let (table, index) = (&self.program.tables[*table as usize], self.at(*at));
                let entry = usize::try_from(index)
                    .ok()
                    .and_then(|index| table.get(index));
                let outside = || format!("it asks for entry {index} of {}", table.len());
                self.registers.push((*entry.ok_or_else(outside)?).into());
            }
            Instruction::WeightedSums(sums) => {
                let made = sums.run(&self.registers, &self.program.tables);
                self.registers.extend(made);
            }
            Instruction::Take(of) => self.wires.push(plain(self.at(*of))),
            Instruction::TakeBits(of, count) => {
                let value = self.at(*of);
                let bits = (0..*count).map(|bit| BigInt::from((value >> bit & 1) as u64));
                self.wires.extend(bits);
            }
            Instruction::TakeIsZero(of) => {
                let value = self.at(*of);
                let inverse = Fr::from(value).inverse().unwrap_or_default();
                self.wires.push(inverse.into_bigint());
                self.take_flag(value == 0);
            }
            Instruction::TakeOneHot(of, count) => {
                let position = self.at(*of);
                (0..i64::from(*count)).for_each(|index| self.take_flag(index == position));
            }
            Instruction::TakeDescending(of, count) => {
                let ones = self.at(*of);
                (0..i64::from(*count)).for_each(|index| self.take_flag(index < ones));
            }
            Instruction::Pack(pack) => {
                for values in pack.registers.chunks(WORD_BITS / pack.bits) {
                    let word = pack.word(values.iter().map(|of| self.at(*of)))?;
                    self.words.extend(Fr::from_bigint(word));
                }
            }
            Instruction::TakeHash(take) => {
                let words = take.words.iter().map(|word| self.words[*word as usize]);
                let (hash, wires) = self.program.hashes[take.hash].hash(words);
                if !take.is_signal {
                    self.wires.push(hash.into_bigint());
                }
                self.wires.extend(wires);
                self.words.push(hash);
            }
            Instruction::TakeSquare { word } => {
                let square = self.words[*word as usize].squared();
                self.wires.push(square.into_bigint());
            }
        }
        Ok(())
    }

    fn at(&self, register: u32) -> i64 {
        self.registers[register as usize]
    }

    /// Takes a wire that is 0 or 1, with a register for it.
    fn take_flag(&mut self, flag: bool) {
        self.wires.push(BigInt::from(u64::from(flag)));
        self.registers.push(flag.into());
    }
}

impl WeightedSums {
    /// The sums. They fit 32 bits, by the graph's intervals, so that it does no harm where a part of one wraps around.
    fn run(&self, registers: &[i64], tables: &[Vec<i32>]) -> Vec<i64> {
        let (weights, biases) = (&tables[self.weights], &tables[self.biases]);
        let operand: Vec<i32> = self
            .operand
            .iter()
            .map(|register| registers[*register as usize] as i32)
            .collect();
        let sum = |(start, row): &(u32, u32)| {
            let row = *row as usize;
            let weights = &weights[row * self.row_length..][..self.row_length];
            let runs = weights.chunks_exact(self.run_length.max(1)).zip(&self.runs);
            let sum = runs.fold(biases[row], |sum, (weights, run)| {
                let reads = &operand[*start as usize + *run as usize..][..weights.len()];
                let products = weights.iter().zip(reads);
                products.fold(sum, |sum, (weight, read)| {
                    sum.wrapping_add(weight.wrapping_mul(*read))
                })
            });
            i64::from(sum)
        };
        self.elements.iter().map(sum).collect()
    }
}

impl Pack {
    /// Σ (value - lo) · 2^(bits · slot)
    fn word(&self, values: impl Iterator<Item = i64>) -> Result<BigInt<4>, String> {
        let mut word = [0u64; 4];
        for (slot, value) in values.enumerate() {
            let offset = value.wrapping_sub(self.lo) as u64;
            if offset >> self.bits != 0 {
                let bits = self.bits;
                return Err(format!("it packs {value} into {bits} bits"));
            }
            let (limb, shift) = (slot * self.bits / 64, slot * self.bits % 64);
            word[limb] |= offset << shift;
            if shift > 0 && limb < 3 {
                word[limb + 1] |= offset >> (64 - shift);
            }
        }
        Ok(BigInt(word))
    }
}

fn damaged(fact: String) -> ProverError {
    ProverError::Program(format!("the witness program is damaged: {fact}"))
}

/// An integer modulo r.
fn plain(value: i64) -> BigInt<4> {
    let size = BigInt::from(value.unsigned_abs());
    if value >= 0 {
        return size;
    }
    let mut rest = Fr::MODULUS;
    rest.sub_with_borrow(&size);
    rest
}
