//! Proofs and errors as JSON, in the shape that snarkjs gives them.

use crate::error::ProverError;
use crate::prove::Proof;
use ark_bn254::{Fq, Fq2};

/// A proof as snarkjs writes it to `proof.json`.
fn proof_json(proof: &Proof) -> String {
    let pair = |value: &Fq2| format!(r#"["{}","{}"]"#, decimal(&value.c0), decimal(&value.c1));
    let Proof { a, b, c, .. } = proof;
    format!(
        r#"{{"pi_a":["{}","{}","1"],"pi_b":[{},{},["1","0"]],"pi_c":["{}","{}","1"],"protocol":"groth16","curve":"bn128"}}"#,
        decimal(&a.x),
        decimal(&a.y),
        pair(&b.x),
        pair(&b.y),
        decimal(&c.x),
        decimal(&c.y),
    )
}

/// Public signals as snarkjs writes them to `public.json`.
fn signals_json(proof: &Proof) -> String {
    let words: Vec<String> = proof
        .signals
        .iter()
        .map(|signal| format!(r#""{signal}""#))
        .collect();
    format!("[{}]", words.join(","))
}

/// A proof and its public signals as `{proof, publicSignals}`.
pub fn answer_json(proof: &Proof) -> String {
    format!(
        r#"{{"proof":{},"publicSignals":{}}}"#,
        proof_json(proof),
        signals_json(proof)
    )
}

/// An error as `{error, kind}`.
pub fn error_json(error: &ProverError) -> String {
    format!(
        r#"{{"error":{},"kind":"{}"}}"#,
        quoted(&error.to_string()),
        error.kind()
    )
}

fn decimal(value: &Fq) -> String {
    value.to_string()
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            control if control < ' ' => quoted.push_str(&format!("\\u{:04x}", control as u32)),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
