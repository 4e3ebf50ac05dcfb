//! Programs that compute witnesses from integers, as circuits/src/witnessProgram.ts writes them; what the instructions mean stands there
//! and in `tape.ts`. All of a program is checked when it is read, so that running it can only fail by its input.

use crate::bin_file::{ELEMENT_BYTES, find_sections, limbs_at, u32_at};
use crate::error::ProverError;
use crate::field::FastField;
use crate::poseidon::Poseidon;
use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, Field, PrimeField};
use std::ops::Range;

const HEADER_BYTES: usize = 20;
/// Bits of a packed word.
const WORD_BITS: usize = 248;
/// As many products of weights as a graph may have (circuits/src/intervals.ts).
const MOST_PRODUCTS: u64 = 1 << 26;
/// More inputs than a graph may have elements.
const MOST_INPUTS: usize = 1 << 22;

/// A checked program.
pub struct Program {
    /// wires of its circuit, wire 0 included
    pub wires: usize,
    /// public signals among them
    pub signals: usize,
    inputs: usize,
    least: i32,
    most: i32,
    registers: usize,
    words: usize,
    code: Vec<Instruction>,
    terms: Vec<(i64, u32)>,
    tables: Vec<Vec<i32>>,
    hashes: Vec<Poseidon>,
    /// words of the public signals, in order
    signal_words: Vec<u32>,
}

/// One integer's or field element's origin, or wires; numbers are those of registers unless they say otherwise.
enum Instruction {
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

struct WeightedSums {
    weights: usize,
    biases: usize,
    row_length: usize,
    run_length: usize,
    /// first reads of the runs, from an element's start on
    runs: Vec<u32>,
    operand: Vec<u32>,
    /// start, and row of the weights, of each element
    elements: Vec<(u32, u32)>,
}

struct Pack {
    lo: i64,
    bits: usize,
    registers: Vec<u32>,
}

struct TakeHash {
    is_signal: bool,
    hash: usize,
    words: Vec<u32>,
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

/// Reads instructions, and knows how much of everything those before it have made.
struct Reader<'a> {
    bytes: &'a [u8],
    program: Program,
    /// wires that are taken
    taken: usize,
    products: u64,
}

fn read_program(file: &[u8]) -> Result<Program, String> {
    let sections = find_sections(file, "wtnp", 1)?;
    let section = |id: u32| {
        let place = sections.get(&id).cloned();
        place
            .map(|place| &file[place])
            .ok_or(format!("section {id} is missing"))
    };
    let header = section(1)?;
    if header.len() != HEADER_BYTES {
        return Err(format!("its header has {} bytes", header.len()));
    }
    let [wires, signals, inputs] = [0, 4, 8].map(|at| u32_at(header, at) as usize);
    let [least, most] = [12, 16].map(|at| u32_at(header, at) as i32);
    if signals >= wires || inputs == 0 || inputs > MOST_INPUTS {
        return Err(format!(
            "it has {wires} wires, {signals} signals and {inputs} inputs"
        ));
    }
    let program = Program {
        wires,
        signals,
        inputs,
        least,
        most,
        registers: inputs,
        words: 1,
        code: Vec::new(),
        terms: Vec::new(),
        tables: Vec::new(),
        hashes: read_hashes(section(3)?)?,
        signal_words: Vec::new(),
    };
    let mut reader = Reader {
        bytes: section(2)?,
        program,
        taken: 1 + signals,
        products: 0,
    };
    while !reader.bytes.is_empty() {
        reader.read_instruction()?;
        if reader.taken > wires {
            return Err(format!("it takes more than its {wires} wires"));
        }
    }
    match (reader.taken, reader.program.signal_words.len()) == (wires, signals) {
        true => Ok(reader.program),
        false => Err("it does not come to all of its wires and signals".into()),
    }
}

fn read_hashes(section: &[u8]) -> Result<Vec<Poseidon>, String> {
    let mut bytes = section;
    let mut hashes = Vec::new();
    while !bytes.is_empty() {
        let head = take_bytes(&mut bytes, 8)?;
        let [size, partial] = [0, 4].map(|at| u32_at(head, at) as usize);
        hashes.push(Poseidon::read(size, partial, || {
            let element = take_bytes(&mut bytes, ELEMENT_BYTES)?;
            Fr::from_bigint(BigInt(limbs_at(element, 0))).ok_or("a constant is not below r".into())
        })?);
    }
    Ok(hashes)
}

fn take_bytes<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8], String> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or("it is cut short")?;
    *bytes = rest;
    Ok(taken)
}

impl Reader<'_> {
    fn read_instruction(&mut self) -> Result<(), String> {
        let instruction = match self.integer()? {
            0 => {
                let table = self.list(|reader| reader.fitting("table entry"))?;
                self.program.tables.push(table);
                return Ok(());
            }
            1 => self.give(|reader| reader.integer().map(Instruction::Constant))?,
            2 => self.give(Self::sum)?,
            3 => self
                .give(|reader| Ok(Instruction::Product(reader.register()?, reader.register()?)))?,
            4 => self.give(Self::digits)?,
            5 => self.give(|reader| {
                let table = reader.table()? as u32;
                let at = reader.register()?;
                Ok(Instruction::Entry { table, at })
            })?,
            6 => self.weighted_sums()?,
            7 => {
                self.taken += 1;
                Instruction::Take(self.register()?)
            }
            8 => {
                let (of, count) = (self.register()?, self.below("count of bits", 64)?);
                self.taken += count;
                Instruction::TakeBits(of, count as u32)
            }
            9 => {
                self.taken += 2;
                self.give(|reader| reader.register().map(Instruction::TakeIsZero))?
            }
            10 => {
                let (of, count) = self.flags()?;
                Instruction::TakeOneHot(of, count)
            }
            11 => {
                let (of, count) = self.flags()?;
                Instruction::TakeDescending(of, count)
            }
            12 => self.pack()?,
            13 => self.take_hash()?,
            14 => {
                self.taken += 1;
                Instruction::TakeSquare { word: self.word()? }
            }
            15 => {
                self.program.signal_words = self.list(Self::word)?;
                return Ok(());
            }
            other => return Err(format!("there is no instruction {other}")),
        };
        self.program.code.push(instruction);
        Ok(())
    }

    /// An instruction that gives one register.
    fn give(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Instruction, String>,
    ) -> Result<Instruction, String> {
        let instruction = read(self)?;
        self.program.registers += 1;
        Ok(instruction)
    }

    fn sum(&mut self) -> Result<Instruction, String> {
        let offset = self.integer()?;
        let terms = self.list(|reader| Ok((reader.integer()?, reader.register()?)))?;
        let start = self.program.terms.len();
        self.program.terms.extend(terms);
        let terms = start..self.program.terms.len();
        Ok(Instruction::Sum { offset, terms })
    }

    fn digits(&mut self) -> Result<Instruction, String> {
        let of = self.register()?;
        let (from, count) = (self.below("bit", 64)?, self.below("count of bits", 63)?);
        let (from, mask) = (from as u32, (1 << count) - 1);
        Ok(Instruction::Digits { of, from, mask })
    }

    fn flags(&mut self) -> Result<(u32, u32), String> {
        let of = self.register()?;
        let count = self.below("count of wires", 1 + self.program.wires)?;
        self.taken += count;
        self.program.registers += count;
        Ok((of, count as u32))
    }

    fn weighted_sums(&mut self) -> Result<Instruction, String> {
        let (weights, biases) = (self.table()?, self.table()?);
        let [row_length, run_length] = [self.size("row")?, self.size("run")?];
        let sums = WeightedSums {
            weights,
            biases,
            row_length,
            run_length,
            runs: self.list(|reader| reader.fitting("read"))?,
            operand: self.list(Self::register)?,
            elements: self.list(|reader| Ok((reader.fitting("start")?, reader.fitting("row")?)))?,
        };
        let start = sums.elements.iter().map(|(start, _)| *start).max();
        let row = sums.elements.iter().map(|(_, row)| *row).max();
        let run = sums.runs.iter().copied().max();
        let [start, row, furthest] = [start, row, run].map(|most| most.unwrap_or(0) as usize);
        let tables = &self.program.tables;
        let rows_fit = (row + 1)
            .checked_mul(row_length)
            .is_some_and(|end| end <= tables[weights].len());
        if row_length != run_length * sums.runs.len()
            || start + furthest + run_length > sums.operand.len()
            || !rows_fit
            || row >= tables[biases].len()
        {
            return Err("a window reads outside its operand or its weights".into());
        }
        self.products += sums.elements.len() as u64 * row_length as u64;
        if self.products > MOST_PRODUCTS {
            return Err(format!("it takes more than {MOST_PRODUCTS} products"));
        }
        self.program.registers += sums.elements.len();
        Ok(Instruction::WeightedSums(Box::new(sums)))
    }

    fn pack(&mut self) -> Result<Instruction, String> {
        let lo = self.integer()?;
        let bits = self.below("count of bits", 63)?;
        let registers = self.list(Self::register)?;
        if bits == 0 {
            return Err("it packs values of no bits".into());
        }
        self.program.words += registers.len().div_ceil(WORD_BITS / bits);
        Ok(Instruction::Pack(Box::new(Pack {
            lo,
            bits,
            registers,
        })))
    }

    fn take_hash(&mut self) -> Result<Instruction, String> {
        let is_signal = self.below("flag", 2)? == 1;
        let words = self.list(Self::word)?;
        let hashes = &self.program.hashes;
        let known = hashes
            .iter()
            .position(|hash| hash.size() == words.len() + 1);
        let hash =
            known.ok_or_else(|| format!("it brings no Poseidon of {} words", words.len()))?;
        self.taken += hashes[hash].wires() + usize::from(!is_signal);
        self.program.words += 1;
        Ok(Instruction::TakeHash(Box::new(TakeHash {
            is_signal,
            hash,
            words,
        })))
    }

    /// The next integer: seven bits a byte, lowest first, two's complement.
    fn integer(&mut self) -> Result<i64, String> {
        let mut value = 0i64;
        for shift in (0..64).step_by(7) {
            let byte = take_bytes(&mut self.bytes, 1)?[0];
            value |= i64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                let unused = 64 - (shift + 7).min(64);
                return Ok(value << unused >> unused);
            }
        }
        Err("an integer has more than 64 bits".into())
    }

    /// A natural number below a limit.
    fn below(&mut self, what: &str, limit: usize) -> Result<usize, String> {
        let value = self.integer()?;
        let number = usize::try_from(value).ok().filter(|number| *number < limit);
        number.ok_or_else(|| format!("{what} {value} is not below {limit}"))
    }

    /// A size in memory that a list of its own fills.
    fn size(&mut self, what: &str) -> Result<usize, String> {
        self.below(what, 1 << 32)
    }

    fn fitting<T: TryFrom<i64>>(&mut self, what: &str) -> Result<T, String> {
        let value = self.integer()?;
        T::try_from(value).map_err(|_| format!("{what} {value} does not fit 32 bits"))
    }

    /// As many things as the number before them says; each takes a byte at least.
    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let count = self.below("length", self.bytes.len())?;
        (0..count).map(|_| item(self)).collect()
    }

    fn register(&mut self) -> Result<u32, String> {
        Ok(self.below("register", self.program.registers)? as u32)
    }

    fn word(&mut self) -> Result<u32, String> {
        Ok(self.below("word", self.program.words)? as u32)
    }

    fn table(&mut self) -> Result<usize, String> {
        self.below("table", self.program.tables.len())
    }
}
