//! Damaged witness programs and inputs: ten thousand of each give a typed error, or a witness of the length that the program names, and
//! never a panic. `fixtures/every.wtnp` is the program of `everyInstructionGraph` (circuits/src/everyInstruction.ts), `every.input` an
//! input of it, and `every.wtns` what `computeWitness` makes of that.

use ark_std::rand::{Rng, SeedableRng, rngs::StdRng};
use assay_prover::error::ProverError;
use assay_prover::program::{Input, Program};
use assay_prover::witness::encode_witness;

const PROGRAM: &[u8] = include_bytes!("fixtures/every.wtnp");
const INPUT: &[u8] = include_bytes!("fixtures/every.input");
const WITNESS: &[u8] = include_bytes!("fixtures/every.wtns");
const ROUNDS: usize = 10_000;
const HEADER: usize = 24;
const CODE: usize = HEADER + 20 + 12;

/// Length of the section of instructions.
fn code_length() -> usize {
    u32::from_le_bytes(PROGRAM[CODE - 8..CODE - 4].try_into().unwrap()) as usize
}

fn read_and_run(program: &[u8], input: &[u8]) -> Result<(usize, Vec<u8>), ProverError> {
    let program = Program::read(program)?;
    let witness = program.run(&Input::read(input)?)?;
    Ok((program.wires, encode_witness(&witness)))
}

#[test]
fn the_program_computes_the_witness() {
    let (_, witness) = read_and_run(PROGRAM, INPUT).unwrap();
    assert!(witness == WITNESS);
}

#[test]
fn a_damaged_program_gives_a_typed_error_or_a_witness_of_its_length() {
    let mut random = StdRng::seed_from_u64(2031);
    let [mut refused, mut other] = [0; 2];
    for round in 0..ROUNDS {
        let mut program = PROGRAM.to_vec();
        // The instructions are most of what can be wrong, and a fifth of the file.
        let range = match round % 4 {
            0 => 0..program.len(),
            _ => CODE..CODE + code_length(),
        };
        for _ in 0..random.gen_range(1..4) {
            let at = random.gen_range(range.clone());
            program[at] = match random.gen_range(0..4) {
                0 => 0x80 | random.gen_range(0..=0x7fu8),
                1 => random.gen_range(0..16),
                _ => random.r#gen(),
            };
        }
        if round % 16 == 0 {
            program.truncate(random.gen_range(0..program.len()));
        }
        match read_and_run(&program, INPUT) {
            Ok((wires, witness)) => {
                assert_eq!(witness.len(), WITNESS.len());
                assert_eq!(witness.len(), 76 + 32 * wires);
                other += usize::from(witness != WITNESS);
            }
            Err(ProverError::Program(fact) | ProverError::Input(fact)) => {
                assert!(!fact.is_empty());
                refused += 1;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    println!("{refused} refused, {other} computed another witness");
    assert!(refused > ROUNDS / 10 && other > ROUNDS / 100);
}

#[test]
fn every_cut_is_refused() {
    for length in 0..PROGRAM.len() {
        assert!(Program::read(&PROGRAM[..length]).is_err(), "{length}");
    }
    // Instructions that end early inside a file whose sections are whole.
    for length in 0..code_length() {
        let mut program = PROGRAM.to_vec();
        program.drain(CODE + length..CODE + code_length());
        program[CODE - 8..CODE - 4].copy_from_slice(&(length as u32).to_le_bytes());
        assert!(Program::read(&program).is_err(), "{length}");
    }
}

#[test]
fn an_input_of_another_length_or_outside_the_range_is_refused() {
    let program = Program::read(PROGRAM).unwrap();
    let run = |input: &[u8]| match Input::read(input).and_then(|input| program.run(&input)) {
        Err(ProverError::Input(fact)) => fact,
        other => panic!("{other:?}"),
    };
    let with = |index: usize, value: i32| {
        let mut input = INPUT.to_vec();
        input[32 + 4 * index..][..4].copy_from_slice(&value.to_le_bytes());
        input
    };
    let range = "and the model takes integers from -32 to 31";
    assert_eq!(run(&with(3, 32)), format!("input element 3 is 32 {range}"));
    assert_eq!(
        run(&with(11, -33)),
        format!("input element 11 is -33 {range}")
    );
    assert!(
        Input::read(&with(0, 31))
            .and_then(|input| program.run(&input))
            .is_ok()
    );
    let lengths = "elements and the model takes 12";
    assert_eq!(run(&INPUT[..76]), format!("the input has 11 {lengths}"));
    assert_eq!(
        run(&[INPUT, &[0; 4]].concat()),
        format!("the input has 13 {lengths}")
    );
    for length in [0, 31, 33, 79] {
        assert!(matches!(
            Input::read(&INPUT[..length]),
            Err(ProverError::Input(_))
        ));
    }
    let mut input = INPUT.to_vec();
    input[..32].fill(0xff);
    assert_eq!(run(&input), "the binding is not below r");
}

/// A program of one input from 0 to 3 and one signal, the binding, that takes `taken` more wires.
fn program(taken: u32, code: &[i64]) -> Vec<u8> {
    let header = [2 + taken, 1, 1, 0, 3].map(u32::to_le_bytes).concat();
    let mut bytes = Vec::new();
    for value in code.iter().chain(&[15, 1, 0]) {
        let mut rest = *value;
        loop {
            let (low, next) = ((rest & 0x7f) as u8, rest >> 7);
            let last = next == if low < 64 { 0 } else { -1 };
            bytes.push(if last { low } else { low | 0x80 });
            if last {
                break;
            }
            rest = next;
        }
    }
    let mut file = b"wtnp\x01\0\0\0\x03\0\0\0".to_vec();
    for (id, body) in [(1u32, &header), (2, &bytes), (3, &Vec::new())] {
        file.extend(id.to_le_bytes());
        file.extend((body.len() as u64).to_le_bytes());
        file.extend(body);
    }
    file
}

fn refusal(taken: u32, code: &[i64]) -> String {
    let mut input = vec![0; 36];
    input[32] = 3;
    match read_and_run(&program(taken, code), &input) {
        Err(ProverError::Program(fact)) => fact.replace("the witness program is damaged: ", ""),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_fault_of_an_instruction_is_named() {
    let input = [[0; 32].to_vec(), [3, 0, 0, 0].to_vec()].concat();
    // Takes the input's own wire; a table, an entry of it and a window over the input are fine.
    let good = [
        0, 4, 9, 8, 7, 6, 5, 0, 0, 0, 1, 5, 6, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 0, 7, 1,
    ];
    let (_, witness) = read_and_run(&program(1, &good), &input).unwrap();
    assert_eq!(witness[76 + 64..76 + 96], [&[6u8][..], &[0; 31]].concat());

    assert_eq!(refusal(1, &[16]), "there is no instruction 16");
    assert_eq!(refusal(1, &[-1]), "there is no instruction -1");
    assert_eq!(refusal(1, &[7, 1]), "register 1 is not below 1");
    assert_eq!(refusal(1, &[7, -1]), "register -1 is not below 1");
    assert_eq!(refusal(1, &[14, 1]), "word 1 is not below 1");
    assert_eq!(refusal(1, &[5, 0, 0]), "table 0 is not below 0");
    assert_eq!(
        refusal(2, &[7, 0]),
        "it does not come to all of its wires and signals"
    );
    assert_eq!(refusal(1, &[7, 0, 7, 0]), "it takes more than its 3 wires");
    assert_eq!(refusal(1, &[10, 0, 4]), "count of wires 4 is not below 4");
    assert_eq!(refusal(1, &[8, 0, 64]), "count of bits 64 is not below 64");
    assert_eq!(refusal(1, &[4, 0, 64, 1]), "bit 64 is not below 64");
    assert_eq!(refusal(1, &[12, 0, 0, 1, 0]), "it packs values of no bits");
    assert_eq!(
        refusal(1, &[13, 1, 1, 0]),
        "it brings no Poseidon of 1 words"
    );
    assert_eq!(
        refusal(1, &[0, 1, 1 << 40]),
        "table entry 1099511627776 does not fit 32 bits"
    );
    assert!(refusal(1, &[2, 0, 100, 1, 0]).starts_with("length 100 is not below"));
    let outside = "a window reads outside its operand or its weights";
    // A run of two reads, a start behind the operand, a row behind the weights.
    assert_eq!(
        refusal(1, &[0, 1, 1, 6, 0, 0, 2, 2, 1, 0, 1, 0, 1, 0, 0]),
        outside
    );
    assert_eq!(
        refusal(1, &[0, 1, 1, 6, 0, 0, 1, 1, 1, 0, 1, 0, 1, 1, 0]),
        outside
    );
    assert_eq!(
        refusal(1, &[0, 1, 1, 6, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1]),
        outside
    );
    // What only the input decides: entry 3 of a table of two, and 3 in one bit.
    assert_eq!(
        refusal(1, &[0, 2, 1, 1, 5, 0, 0, 7, 0]),
        "it asks for entry 3 of 2"
    );
    assert_eq!(
        refusal(1, &[12, 0, 1, 1, 0, 7, 0]),
        "it packs 3 into 1 bits"
    );
}

#[test]
fn more_products_than_a_graph_may_have_are_refused() {
    // 2^13 weights, read by 2^13 elements and by one more.
    let size = 1 << 13;
    let sums = |elements: usize| {
        let mut code = vec![0, size as i64];
        code.extend(vec![1; size]);
        code.extend([6, 0, 0, size as i64, size as i64, 1, 0, size as i64]);
        code.extend(vec![0; size]);
        code.push(elements as i64);
        code.extend(vec![0; 2 * elements]);
        code.extend([7, 0]);
        Program::read(&program(1, &code))
    };
    assert!(sums(size).is_ok());
    let Err(ProverError::Program(fact)) = sums(size + 1) else {
        panic!("taken");
    };
    assert!(
        fact.ends_with("it takes more than 67108864 products"),
        "{fact}"
    );
}
