//! Adobe's colour tables ("Adobe Photoshop File Formats Specification", Color Table): 256 colours
//! of three bytes, and perhaps how many of them count and which one is transparent, two bytes each,
//! the high one first.

use super::BadPalette;

const TABLE: usize = 768;
const WITH_COUNT: usize = TABLE + 4;

/// It has nothing to know it by but its length, and that it is no text.
pub(super) fn is_possible(bytes: &[u8]) -> bool {
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    matches!(bytes.len(), TABLE | WITH_COUNT) && !bytes.iter().all(is_text)
}

/// A transparent entry is no colour that can be painted with: it is left out.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<[u8; 3]>, BadPalette> {
    let (table, end) = bytes.split_at_checked(TABLE).unwrap_or((bytes, &[]));
    let (count, transparent) = match end {
        [] if table.len() == TABLE => (256, None),
        [c0, c1, t0, t1] => {
            let count = u16::from_be_bytes([*c0, *c1]);
            let transparent = u16::from_be_bytes([*t0, *t1]);
            (usize::from(count), Some(usize::from(transparent)))
        }
        _ => {
            let problem = format!(
                "an .act file has {TABLE} or {WITH_COUNT} bytes, not {}",
                bytes.len()
            );
            return Err(BadPalette::byte(bytes.len(), problem));
        }
    };
    if !(1..=256).contains(&count) {
        let problem = format!("the number of colours is 1 to 256, not {count}");
        return Err(BadPalette::byte(TABLE, problem));
    }
    let (table, _) = table.as_chunks::<3>();
    Ok((0..)
        .zip(&table[..count])
        .filter(|(index, _)| Some(*index) != transparent)
        .map(|(_, color)| *color)
        .collect())
}
