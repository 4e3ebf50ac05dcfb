//! `assay-prover serve <key> <threads> <table MiB>` keeps a key and answers each request of `requests.rs` that comes on standard input;
//! `assay-prover prove <key> <witness> <answer> <threads>` makes one proof from files.
//! `assay-prover contribute <key> <new key> <threads>` writes a key with the contribution that comes on standard input;
//! `assay-prover first-key <r1cs> <ptau> <new key> <domain> <threads>` begins a setup, on a domain that is `power-of-two` or `mixed`;
//! `assay-prover check-setup <r1cs> <ptau> <key> <domain> <threads>` ends with failure where a key is not of it;
//! `assay-prover multiply <threads>` answers scalars on standard input with multiples of the generators;
//! `assay-prover verify` answers each request of `verify.rs` that comes on standard input with `{"verifies":true}`, or false.
//! `assay-prover witness <program>` answers each input of `program.rs` that comes on standard input with a `.wtns` file;
//! An answer is JSON, `{proof, publicSignals}` as snarkjs names them or `{error, kind}`. Frames both ways: u32 length, little-endian,
//! and as many bytes. Out: an answer to each request, but first of all `{"ready":true}`.

use assay_prover::check_setup::check_setup;
use assay_prover::circuit::Circuit;
use assay_prover::error::ProverError;
use assay_prover::first_key::FirstKey;
use assay_prover::key::{Keys, ProvingKey};
use assay_prover::multiply::multiply_generators;
use assay_prover::phase1::Phase1;
use assay_prover::program::{Input, Program};
use assay_prover::proof_json::{answer_json, error_json};
use assay_prover::prove::Prover;
use assay_prover::requests::Requests;
use assay_prover::rescale::{Contribution, rescale, write_sections};
use assay_prover::verify::Verifier;
use assay_prover::witness::encode_witness;
use memmap2::Mmap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::ops::RangeInclusive;
use std::process::ExitCode;

const USAGE: &str = "usage: assay-prover serve <key> <threads> <table MiB>, assay-prover prove <key> <witness> <answer> <threads>, assay-prover contribute <key> <new key> <threads>, assay-prover first-key <r1cs> <ptau> <new key> <domain> <threads>, assay-prover check-setup <r1cs> <ptau> <key> <domain> <threads>, assay-prover multiply <threads>, assay-prover verify, assay-prover witness <program>, or assay-prover --version";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["--version"] => {
            println!("assay-prover {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        ["serve", key, threads, table] => serve(key, threads, table),
        ["witness", program] => witness(program),
        ["prove", key, witness, answer, threads] => prove_once(key, witness, answer, threads),
        ["contribute", key, new, threads] => contribute(key, new, threads),
        ["first-key", r1cs, ptau, new, domain, threads] => {
            first_key([r1cs, ptau, domain], threads).and_then(|first| write_first(&first, new))
        }
        ["check-setup", r1cs, ptau, key, domain, threads] => {
            first_key([r1cs, ptau, domain], threads)
                .and_then(|first| check_setup(&open_key(key, Keys::Contributed)?, &first))
        }
        ["multiply", threads] => multiply(threads),
        ["verify"] => verify(),
        _ => Err(ProverError::System(USAGE.into())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(key: &str, threads: &str, table: &str) -> Result<(), ProverError> {
    match open(key, threads, table) {
        Ok(prover) => {
            let mut requests = Requests::new(prover);
            answer_frames(|request| answer(requests.answer(request)))
        }
        Err(error @ ProverError::System(_)) => Err(error),
        Err(error) => send(&mut io::stdout().lock(), error_json(&error)),
    }
}

fn witness(path: &str) -> Result<(), ProverError> {
    let program = Program::read(&fs::read(path).map_err(system(path))?)?;
    answer_frames(|input| {
        let made = Input::read(input).and_then(|input| program.run(&input));
        Ok(match made {
            Ok(witness) => encode_witness(&witness),
            Err(error) => error_json(&error).into(),
        })
    })
}

fn verify() -> Result<(), ProverError> {
    let mut verifier = Verifier::default();
    answer_frames(|request| {
        Ok(match verifier.verify(request) {
            Ok(verifies) => format!(r#"{{"verifies":{verifies}}}"#),
            Err(error) => error_json(&error),
        })
    })
}

/// Says that it is ready, and answers each frame of standard input.
fn answer_frames<A: AsRef<[u8]>>(
    mut answer: impl FnMut(&[u8]) -> Result<A, ProverError>,
) -> Result<(), ProverError> {
    let mut output = io::stdout().lock();
    let mut input = io::stdin().lock();
    send(&mut output, r#"{"ready":true}"#)?;
    let mut length = [0; 4];
    let mut frame = Vec::new();
    while receive(&mut input, &mut length)? {
        frame.clear();
        let bytes = u32::from_le_bytes(length).into();
        io::Read::by_ref(&mut input)
            .take(bytes)
            .read_to_end(&mut frame)
            .map_err(system("standard input"))?;
        // One that ends early is refused as one that is cut short.
        send(&mut output, answer(&frame)?)?;
    }
    Ok(())
}

/// Reads the next length, or says that there is no other.
fn receive(input: &mut impl Read, length: &mut [u8; 4]) -> Result<bool, ProverError> {
    match input.read_exact(length) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(system("standard input")(error)),
    }
}

fn send(output: &mut impl Write, body: impl AsRef<[u8]>) -> Result<(), ProverError> {
    let body = body.as_ref();
    let mut frame = (body.len() as u32).to_le_bytes().to_vec();
    frame.extend(body);
    let written = output.write_all(&frame).and_then(|()| output.flush());
    written.map_err(system("standard output"))
}

fn prove_once(key: &str, witness: &str, path: &str, threads: &str) -> Result<(), ProverError> {
    let wtns = fs::read(witness).map_err(system(witness))?;
    let made = open(key, threads, "0").and_then(|prover| prover.prove(&wtns));
    let made = made.map(|proof| answer_json(&proof));
    fs::write(path, answer(made)?).map_err(system(path))
}

fn contribute(key: &str, path: &str, threads: &str) -> Result<(), ProverError> {
    start_threads(threads)?;
    let request = read_request()?;
    let contribution = Contribution::read(&request)?;
    let key = open_key(key, Keys::First)?;
    let new = File::create_new(path).map_err(system(path))?;
    rescale(&key, &contribution, &mut BufWriter::new(new)).map_err(system(path))
}

/// Derives the first key of a circuit from a phase-1 file on a kind of domain.
fn first_key([r1cs, ptau, domain]: [&str; 3], threads: &str) -> Result<FirstKey, ProverError> {
    start_threads(threads)?;
    let mixed = match domain {
        "power-of-two" => false,
        "mixed" => true,
        _ => {
            return Err(ProverError::System(format!(
                "{domain} is no kind of domain"
            )));
        }
    };
    let circuit = Circuit::read(&fs::read(r1cs).map_err(system(r1cs))?)?;
    let ptau = map(ptau)?;
    FirstKey::derive(&circuit, &Phase1::read(&ptau)?, mixed)
}

fn write_first(first: &FirstKey, path: &str) -> Result<(), ProverError> {
    let mut out = BufWriter::new(File::create_new(path).map_err(system(path))?);
    let sections = first.sections.iter().map(|(id, bytes)| (*id, &bytes[..]));
    write_sections(&mut out, sections).map_err(system(path))
}

/// All of standard input.
fn read_request() -> Result<Vec<u8>, ProverError> {
    let mut request = Vec::new();
    io::stdin()
        .read_to_end(&mut request)
        .map_err(system("standard input"))?;
    Ok(request)
}

fn multiply(threads: &str) -> Result<(), ProverError> {
    start_threads(threads)?;
    let request = read_request()?;
    let points = multiply_generators(&request)?;
    io::stdout()
        .write_all(&points)
        .map_err(system("standard output"))
}

/// The text of an answer; a failure of the system is none, and ends the process.
fn answer(made: Result<String, ProverError>) -> Result<String, ProverError> {
    match made {
        Err(error @ ProverError::System(_)) => Err(error),
        Err(error) => Ok(error_json(&error)),
        Ok(answer) => Ok(answer),
    }
}

/// Maps the key, checks it, and prepares as many threads and as large a table as were asked for.
fn open(path: &str, threads: &str, table: &str) -> Result<Prover, ProverError> {
    start_threads(threads)?;
    let table_bytes = number(table, 0..=1 << 16)? << 20;
    Ok(Prover::new(open_key(path, Keys::Contributed)?, table_bytes))
}

/// Maps a key and checks it.
fn open_key(path: &str, accepted: Keys) -> Result<ProvingKey, ProverError> {
    ProvingKey::open(map(path)?, accepted)
}

/// Maps a file into memory.
fn map(path: &str) -> Result<Mmap, ProverError> {
    let file = File::open(path).map_err(system(path))?;
    // SAFETY: nobody writes to a key or a phase-1 file while it is in use: the model cache replaces files and never changes them. A file that is cut
    // short nevertheless ends this process with SIGBUS; one that is changed gives proofs that fail their verification.
    unsafe { Mmap::map(&file) }.map_err(system(path))
}

fn start_threads(threads: &str) -> Result<(), ProverError> {
    let count = number(threads, 1..=64)?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .build_global()
        .map_err(|error| ProverError::System(format!("cannot allocate threads: {error}")))
}

fn number(text: &str, range: RangeInclusive<usize>) -> Result<usize, ProverError> {
    let known = text.parse().ok().filter(|number| range.contains(number));
    known.ok_or_else(|| {
        ProverError::System(format!(
            "{text} is no number from {} to {}",
            range.start(),
            range.end()
        ))
    })
}

fn system(what: &str) -> impl Fn(io::Error) -> ProverError + '_ {
    move |error| ProverError::System(format!("{what}: {error}"))
}
