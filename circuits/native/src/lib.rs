//! Groth16 proofs over BN254 from snarkjs' files.

pub mod bin_file;
pub mod check_setup;
pub mod circuit;
pub mod domain;
pub mod error;
pub mod field;
mod final_exponentiation;
pub mod first_key;
mod inverse;
pub mod key;
pub mod matrix;
pub mod msm;
pub mod multiply;
pub mod phase1;
pub mod point_sum;
pub mod poseidon;
pub mod program;
pub mod proof_json;
pub mod prove;
mod read_program;
pub mod requests;
pub mod rescale;
pub mod scale;
pub mod table;
pub mod verify;
pub mod witness;
