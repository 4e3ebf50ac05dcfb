//! What may be wrong.

use std::fmt;

/// Why there is no proof. The text is one fact without a full stop, for the sentence of whoever asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProverError {
    /// The proving key contradicts itself, is cut short, or is no Groth16 key over BN254.
    Key(String),
    /// The witness is no witness file, or is of another circuit.
    Witness(String),
    /// A witness program contradicts itself, is cut short, or is of another circuit.
    Program(String),
    /// A witness program is asked for the witness of something that is no input of its model.
    Input(String),
    /// The proof does not verify: the witness breaks a constraint.
    Unsatisfied,
    /// A setup cannot be derived from its files, or a key is not what a setup gives.
    Setup(String),
    /// A file, a pipe or the system's random source failed.
    System(String),
}

impl ProverError {
    /// The word by which the Node side tells kinds apart.
    pub fn kind(&self) -> &'static str {
        match self {
            ProverError::Key(_) => "key",
            ProverError::Witness(_) => "witness",
            ProverError::Program(_) => "program",
            ProverError::Input(_) => "input",
            ProverError::Setup(_) => "setup",
            ProverError::Unsatisfied => "unsatisfied",
            ProverError::System(_) => "system",
        }
    }
}

impl fmt::Display for ProverError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProverError::Key(fact)
            | ProverError::Witness(fact)
            | ProverError::Program(fact)
            | ProverError::Input(fact)
            | ProverError::Setup(fact)
            | ProverError::System(fact) => formatter.write_str(fact),
            ProverError::Unsatisfied => formatter.write_str(
                "its proof does not verify, because the witness breaks a constraint or the key is damaged",
            ),
        }
    }
}

impl std::error::Error for ProverError {}
