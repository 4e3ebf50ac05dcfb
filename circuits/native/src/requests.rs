//! What a resident prover is asked. The first four bytes of a request say what it is: `wtns` begins a witness file, `wtnp` a witness
//! program, which is kept for the inputs that follow, and `wtni` stands before an input of `program.rs`.

use crate::error::ProverError;
use crate::program::{Input, Program};
use crate::proof_json::answer_json;
use crate::prove::Prover;

/// A prover, and the program that it was given last.
pub struct Requests {
    prover: Prover,
    program: Option<Program>,
}

impl Requests {
    /// Of a prover that has no program yet.
    pub fn new(prover: Prover) -> Self {
        Self {
            prover,
            program: None,
        }
    }

    /// The answer as JSON: a proof, or `{"loaded":true}` to a program.
    ///
    /// # Errors
    /// As [`Prover::prove`], [`Prover::prove_input`] and [`Program::read`]; a program that was refused replaces none.
    pub fn answer(&mut self, request: &[u8]) -> Result<String, ProverError> {
        match request {
            [b'w', b't', b'n', b'p', ..] => {
                let program = Program::read(request)?;
                self.prover.check_program(&program)?;
                self.program = Some(program);
                Ok(r#"{"loaded":true}"#.into())
            }
            [b'w', b't', b'n', b'i', input @ ..] => {
                let program = self.program.as_ref();
                let program = program.ok_or(ProverError::Program("there is no program".into()))?;
                let proof = self.prover.prove_input(program, &Input::read(input)?)?;
                Ok(answer_json(&proof))
            }
            wtns => self.prover.prove(wtns).map(|proof| answer_json(&proof)),
        }
    }
}
