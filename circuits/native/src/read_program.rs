//! Reads witness programs: the container, and instruction by instruction what each refers to, which must be there by then.

use crate::bin_file::{ELEMENT_BYTES, find_sections, limbs_at, u32_at};
use crate::poseidon::Poseidon;
use crate::program::{Instruction, Pack, Program, TakeHash, WORD_BITS, WeightedSums};
use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};

const HEADER_BYTES: usize = 20;
/// As many products of weights as a graph may have (circuits/src/intervals.ts).
const MOST_PRODUCTS: u64 = 1 << 26;
/// As many inputs as a graph may have elements.
const MOST_INPUTS: usize = 1 << 22;

/// Reads instructions, and knows how much of everything those before it have made.
struct Reader<'a> {
    bytes: &'a [u8],
    program: Program,
    /// wires that are taken
    taken: usize,
    products: u64,
}

/// Reads and checks a program.
pub(crate) fn read_program(file: &[u8]) -> Result<Program, String> {
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
