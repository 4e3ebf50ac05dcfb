//! Damaged keys, witnesses and proofs: ten thousand of each give a typed error, or a proof that verifies, and never a panic. Nor do
//! damaged circuits and phase-1 files: they give a typed error, or a first key.
//! `fixtures/` holds the key and a witness of `productCircuit` (circuits/src/sampleCircuits.ts), made by `devSetup`, its `.r1cs`, and a
//! phase-1 file of eight rows, made by `makeLocalPhase1`.

use ark_bn254::{Fq, G1Affine, G2Affine};
use ark_ff::{BigInt, BigInteger, PrimeField};
use ark_std::rand::{Rng, SeedableRng, rngs::StdRng};
use assay_prover::check_setup::check_setup;
use assay_prover::circuit::Circuit;
use assay_prover::error::ProverError;
use assay_prover::first_key::FirstKey;
use assay_prover::key::{Keys, ProvingKey};
use assay_prover::phase1::Phase1;
use assay_prover::prove::Prover;
use assay_prover::rescale::Contribution;
use assay_prover::verify::Verifier;
use memmap2::MmapMut;

const KEY: &[u8] = include_bytes!("fixtures/product.zkey");
const WITNESS: &[u8] = include_bytes!("fixtures/product.wtns");
const CIRCUIT: &[u8] = include_bytes!("fixtures/product.r1cs");
const PHASE1: &[u8] = include_bytes!("fixtures/product.ptau");
const ROUNDS: usize = 10_000;
/// Fewer where each takes milliseconds.
const SETUP_ROUNDS: usize = 1000;

fn open(bytes: &[u8]) -> Result<Prover, ProverError> {
    let mut file = MmapMut::map_anon(bytes.len().max(1)).unwrap();
    file[..bytes.len()].copy_from_slice(bytes);
    Ok(Prover::new(
        ProvingKey::open(file.make_read_only().unwrap(), Keys::Contributed)?,
        0,
    ))
}

/// One to four bytes changed, a piece cut off, a piece moved, or a word set to an extreme.
fn mutate(good: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut bytes = good.to_vec();
    let at = random.gen_range(0..good.len());
    match random.gen_range(0..8) {
        0 => bytes.truncate(at),
        1 => bytes.extend(vec![0; random.gen_range(1..100)]),
        2 => {
            let from = random.gen_range(0..good.len() - 32);
            let to = random.gen_range(0..good.len() - 32);
            bytes.copy_within(from..from + 32, to);
        }
        3 | 4 => {
            let at = at.min(good.len() - 8);
            let word = [0u64, 1, u64::MAX, u64::MAX >> 1, 1 << 32, 1 << 28][random.gen_range(0..6)];
            bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
        }
        _ => {
            for _ in 0..random.gen_range(1..5) {
                let at = random.gen_range(0..good.len());
                bytes[at] ^= random.gen_range(1..=255u8);
            }
        }
    }
    bytes
}

#[test]
fn the_fixtures_prove() {
    let proof = open(KEY).unwrap().prove(WITNESS).unwrap();
    let signals: Vec<String> = proof
        .signals
        .iter()
        .map(|signal| signal.to_string())
        .collect();
    assert_eq!(signals, ["35", "99"]);
}

#[test]
fn a_damaged_key_gives_a_typed_error_or_a_proof_that_verifies() {
    let mut random = StdRng::seed_from_u64(2026);
    let [mut refused, mut failed, mut proved] = [0; 3];
    for _ in 0..ROUNDS {
        match open(&mutate(KEY, &mut random)) {
            Err(ProverError::Key(fact)) => {
                assert!(!fact.is_empty());
                refused += 1;
            }
            Err(other) => panic!("{other:?}"),
            Ok(prover) => match prover.prove(WITNESS) {
                Ok(_) => proved += 1,
                Err(ProverError::Unsatisfied | ProverError::Witness(_)) => failed += 1,
                Err(other) => panic!("{other:?}"),
            },
        }
    }
    println!("{refused} refused, {failed} failed, {proved} proved");
    // What still proves has a changed record of contributions, which a proof does not read, or bytes copied onto themselves.
    assert!(refused > ROUNDS * 8 / 10);
}

#[test]
fn a_key_with_a_zero_point_is_refused() {
    // One point, or what is checked against each other in both groups.
    let header = KEY
        .windows(4)
        .position(|bytes| bytes == [2, 0, 0, 0])
        .unwrap()
        + 12;
    let [alpha1, beta1, beta2, gamma2, delta1, delta2] = [
        (84, 64),
        (148, 64),
        (212, 128),
        (340, 128),
        (468, 64),
        (532, 128),
    ];
    let zeroed: [&[(usize, usize)]; 6] = [
        &[alpha1],
        &[gamma2],
        &[beta1, beta2],
        &[delta1, delta2],
        &[beta2],
        &[delta1],
    ];
    for points in zeroed {
        let mut key = KEY.to_vec();
        for (at, bytes) in points {
            key[header + at..header + at + bytes].fill(0);
        }
        assert!(matches!(open(&key), Err(ProverError::Key(_))), "{points:?}");
    }
}

#[test]
fn a_damaged_witness_gives_a_typed_error_or_a_proof_that_verifies() {
    let mut random = StdRng::seed_from_u64(2027);
    let prover = open(KEY).unwrap();
    let [mut refused, mut failed, mut proved] = [0; 3];
    for _ in 0..ROUNDS {
        match prover.prove(&mutate(WITNESS, &mut random)) {
            Ok(_) => proved += 1,
            Err(ProverError::Unsatisfied) => failed += 1,
            Err(ProverError::Witness(fact)) => {
                assert!(!fact.is_empty());
                refused += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    println!("{refused} refused, {failed} failed, {proved} proved");
    // The second signal stands in no constraint: with another value of it the proof is another statement's, and verifies.
    assert!(refused > 0 && failed > 0);
}

fn open_key() -> ProvingKey {
    let mut file = MmapMut::map_anon(KEY.len()).unwrap();
    file.copy_from_slice(KEY);
    ProvingKey::open(file.make_read_only().unwrap(), Keys::Contributed).unwrap()
}

/// What is asked to have a proof of the fixtures verified.
fn good_request() -> Vec<u8> {
    let word = |value: BigInt<4>| value.to_bytes_be();
    let pair = |c1: Fq, c0: Fq| [word(c1.into_bigint()), word(c0.into_bigint())].concat();
    let g1 = |point: &G1Affine| pair(point.x, point.y);
    let g2 =
        |point: &G2Affine| [pair(point.x.c1, point.x.c0), pair(point.y.c1, point.y.c0)].concat();
    let key = open_key();
    let proof = open(KEY).unwrap().prove(WITNESS).unwrap();
    let mut request = g1(&key.alpha1);
    request.extend([key.beta2, key.gamma2, key.delta2].iter().flat_map(g2));
    request.extend(key.ic.iter().flat_map(g1));
    request.extend(proof.signals.into_iter().flat_map(word));
    request.extend([g1(&proof.a), g2(&proof.b), g1(&proof.c)].concat());
    request
}

#[test]
fn a_damaged_key_signal_or_proof_gives_a_typed_error_or_does_not_verify() {
    let mut random = StdRng::seed_from_u64(2029);
    let good = good_request();
    let mut verifier = Verifier::default();
    assert_eq!(verifier.verify(&good), Ok(true));
    let [mut refused, mut denied] = [0; 2];
    for _ in 0..ROUNDS {
        let request = mutate(&good, &mut random);
        match verifier.verify(&request) {
            Ok(true) => assert_eq!(request, good),
            Ok(false) => denied += 1,
            Err(ProverError::Key(fact)) => {
                assert!(!fact.is_empty());
                refused += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    println!("{refused} refused, {denied} denied");
    assert!(refused > ROUNDS / 10 && denied > ROUNDS / 10);
    // What was refused in between has not changed what is remembered.
    assert_eq!(verifier.verify(&good), Ok(true));
}

fn derive(circuit: &[u8], phase1: &[u8], mixed: bool) -> Result<FirstKey, ProverError> {
    FirstKey::derive(&Circuit::read(circuit)?, &Phase1::read(phase1)?, mixed)
}

#[test]
fn a_damaged_circuit_or_phase_1_gives_a_typed_error_or_another_key() {
    let mut random = StdRng::seed_from_u64(2028);
    let good = derive(CIRCUIT, PHASE1, false).unwrap();
    let [mut refused, mut other] = [0; 2];
    for round in 0..SETUP_ROUNDS {
        let made = match round % 2 {
            0 => derive(&mutate(CIRCUIT, &mut random), PHASE1, false),
            _ => derive(CIRCUIT, &mutate(PHASE1, &mut random), false),
        };
        match made {
            Err(ProverError::Setup(fact)) => {
                assert!(!fact.is_empty());
                refused += 1;
            }
            Err(error) => panic!("{error:?}"),
            Ok(key) => other += usize::from(key.sections != good.sections),
        }
    }
    println!("{refused} refused, {other} gave another key");
    assert!(refused > SETUP_ROUNDS / 10 && other > 0);
}

#[test]
fn the_key_of_a_known_secret_is_none_of_the_setup() {
    let checked = check_setup(&open_key(), &derive(CIRCUIT, PHASE1, false).unwrap());

    assert!(matches!(checked, Err(ProverError::Setup(_))));
}

#[test]
fn a_contribution_that_is_cut_short_or_has_no_factor_is_refused() {
    let mut request = vec![0; 32 + 64 + 128];
    assert!(Contribution::read(&request).is_err());
    request[0] = 1;
    assert!(Contribution::read(&request).is_ok());
    for length in 0..request.len() {
        assert!(Contribution::read(&request[..length]).is_err());
    }
    request[..32].fill(0xff);
    assert!(Contribution::read(&request).is_err());
}
