//! The container of `.zkey` and `.wtns`: four letters of magic, u32 version, u32 number of sections, then for each section u32 id,
//! u64 length and its bytes, all little-endian.

use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of one field element in a file.
pub const ELEMENT_BYTES: usize = 32;

/// The little-endian u32 at an offset that the caller has checked.
pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

/// The 32 little-endian bytes at an offset as four words, lowest first.
pub fn limbs_at(bytes: &[u8], at: usize) -> [u64; 4] {
    std::array::from_fn(|limb| {
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[at + 8 * limb..at + 8 * limb + 8]);
        u64::from_le_bytes(word)
    })
}

/// Finds the sections of a file, by their id.
///
/// # Errors
/// A fact: wrong magic or version, a repeated section, or sections that do not fill the file exactly.
pub fn find_sections(
    file: &[u8],
    magic: &str,
    version: u32,
) -> Result<BTreeMap<u32, Range<usize>>, String> {
    let length = file.len();
    let need = |end: usize| match end <= length {
        true => Ok(()),
        false => Err(format!("it ends at byte {length} and needs {end}")),
    };
    need(12)?;
    if &file[..4] != magic.as_bytes() {
        return Err(format!("it does not begin with \"{magic}\""));
    }
    let found = u32_at(file, 4);
    if found != version {
        return Err(format!(
            "its version is {found} and only {version} is known"
        ));
    }
    let mut sections = BTreeMap::new();
    let mut offset = 12;
    for _ in 0..u32_at(file, 8) {
        need(offset + 12)?;
        let id = u32_at(file, offset);
        let bytes = u64::from(u32_at(file, offset + 4)) | u64::from(u32_at(file, offset + 8)) << 32;
        let start = offset + 12;
        if bytes > (length - start) as u64 {
            return Err(format!(
                "it ends at byte {length} and section {id} has {bytes} bytes"
            ));
        }
        offset = start + bytes as usize;
        if sections.insert(id, start..offset).is_some() {
            return Err(format!("section {id} stands in it twice"));
        }
    }
    if offset != length {
        return Err(format!("{} bytes follow its last section", length - offset));
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(sections: &[(u32, &[u8])]) -> Vec<u8> {
        let mut bytes = b"test\x01\0\0\0".to_vec();
        bytes.extend((sections.len() as u32).to_le_bytes());
        for (id, body) in sections {
            bytes.extend(id.to_le_bytes());
            bytes.extend((body.len() as u64).to_le_bytes());
            bytes.extend(*body);
        }
        bytes
    }

    #[test]
    fn finds_sections_in_any_order() {
        let sections = find_sections(&file(&[(2, b"abc"), (1, b"")]), "test", 1).unwrap();
        assert_eq!(sections[&2], 24..27);
        assert_eq!(sections[&1], 39..39);
    }

    #[test]
    fn refuses_every_cut_and_every_surplus() {
        let good = file(&[(2, b"abc"), (1, b"d")]);
        for length in 0..good.len() {
            assert!(
                find_sections(&good[..length], "test", 1).is_err(),
                "{length}"
            );
        }
        let mut longer = good.clone();
        longer.push(0);
        assert!(find_sections(&longer, "test", 1).is_err());
        assert!(find_sections(&good, "tess", 1).is_err());
        assert!(find_sections(&good, "test", 2).is_err());
        assert!(find_sections(&file(&[(1, b""), (1, b"")]), "test", 1).is_err());
        let mut endless = good;
        endless[16..24].fill(0xff);
        assert!(find_sections(&endless, "test", 1).is_err());
    }
}
