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
