//! `.wtns` files: one plain (not Montgomery) scalar for each wire.

use crate::bin_file::{ELEMENT_BYTES, find_sections, limbs_at, u32_at};
use crate::error::ProverError;
use ark_bn254::{Fr, FrConfig};
use ark_ff::{BigInt, BigInteger, MontConfig, PrimeField};

/// Reads a witness of a circuit with `wire_count` wires.
///
/// # Errors
/// [`ProverError::Witness`]: no witness file, another number of values, a value not below r, or wire 0 not 1.
pub fn read_witness(file: &[u8], wire_count: usize) -> Result<Vec<BigInt<4>>, ProverError> {
    let invalid = ProverError::Witness;
    let sections = find_sections(file, "wtns", 2)
        .map_err(|fact| invalid(format!("the witness file is damaged: {fact}")))?;
    let section = |id: u32| {
        let range = sections.get(&id).cloned();
        range
            .map(|range| &file[range])
            .ok_or_else(|| invalid(format!("the witness file has no section {id}")))
    };
    let header = section(1)?;
    if header.len() != 8 + ELEMENT_BYTES
        || u32_at(header, 0) as usize != ELEMENT_BYTES
        || limbs_at(header, 4) != Fr::MODULUS.0
    {
        return Err(invalid("the witness is not of BN254's scalar field".into()));
    }
    let count = u32_at(header, 4 + ELEMENT_BYTES) as usize;
    let values = section(2)?;
    if values.len() != count * ELEMENT_BYTES {
        return Err(invalid(format!(
            "the witness file has {} bytes for {count} values",
            values.len()
        )));
    }
    if count != wire_count {
        return Err(invalid(format!(
            "the witness has {count} values and the key's circuit {wire_count} wires"
        )));
    }
    let witness: Vec<_> = values
        .chunks_exact(ELEMENT_BYTES)
        .map(|bytes| BigInt(limbs_at(bytes, 0)))
        .collect();
    if let Some(wire) = witness.iter().position(|value| *value >= FrConfig::MODULUS) {
        return Err(invalid(format!(
            "wire {wire} of the witness is not below r"
        )));
    }
    if witness.first() != Some(&BigInt::from(1u64)) {
        return Err(invalid("wire 0 of the witness is not 1".into()));
    }
    Ok(witness)
}

/// A `.wtns` file of one value below r for each wire.
pub fn encode_witness(witness: &[BigInt<4>]) -> Vec<u8> {
    let header_bytes = 8 + ELEMENT_BYTES;
    let mut file = Vec::with_capacity(36 + header_bytes + witness.len() * ELEMENT_BYTES);
    file.extend(b"wtns\x02\0\0\0\x02\0\0\0");
    let begin = |file: &mut Vec<u8>, id: u32, bytes: usize| {
        file.extend(id.to_le_bytes());
        file.extend((bytes as u64).to_le_bytes());
    };
    begin(&mut file, 1, header_bytes);
    file.extend((ELEMENT_BYTES as u32).to_le_bytes());
    file.extend(Fr::MODULUS.to_bytes_le());
    file.extend((witness.len() as u32).to_le_bytes());
    begin(&mut file, 2, witness.len() * ELEMENT_BYTES);
    for value in witness {
        file.extend(value.0.iter().flat_map(|limb| limb.to_le_bytes()));
    }
    file
}
