//! The palettes of Windows: a RIFF file of the form `PAL `, whose chunk `data` is a `LOGPALETTE`
//! (<https://learn.microsoft.com/en-us/windows/win32/api/wingdi/ns-wingdi-logpalette>): version
//! 0x0300, the number of colours, and four bytes a colour, the last being flags.

use super::BadPalette;

const HEADER: usize = 12;
const CHUNK_HEADER: usize = 8;

pub(super) fn read(bytes: &[u8]) -> Result<Vec<[u8; 3]>, BadPalette> {
    if bytes.get(8..HEADER) != Some(b"PAL ") {
        return Err(BadPalette::byte(
            8,
            "a RIFF file that is a palette has `PAL ` here",
        ));
    }
    let (at, data) = data(bytes)?;
    let [v0, v1, c0, c1, entries @ ..] = data else {
        return Err(BadPalette::byte(at, "the chunk `data` is cut off"));
    };
    if u16::from_le_bytes([*v0, *v1]) != 0x0300 {
        return Err(BadPalette::byte(at, "the version of the palette is 0x0300"));
    }
    let count = usize::from(u16::from_le_bytes([*c0, *c1]));
    let (entries, _) = entries.as_chunks::<4>();
    let Some(entries) = entries.get(..count) else {
        let problem = format!(
            "{count} colours are announced, and {} follow",
            entries.len()
        );
        return Err(BadPalette::byte(at + 2, problem));
    };
    Ok(entries.iter().map(|&[r, g, b, _]| [r, g, b]).collect())
}

/// The chunk `data`, and where it begins. What is behind its end is not looked at: many writers
/// get the length of the file wrong.
fn data(bytes: &[u8]) -> Result<(usize, &[u8]), BadPalette> {
    let mut at = HEADER;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some((header, rest)) = rest.split_first_chunk::<CHUNK_HEADER>() else {
            return Err(BadPalette::byte(
                at,
                "the file ends before its chunk `data`",
            ));
        };
        let [i0, i1, i2, i3, l0, l1, l2, l3] = *header;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        at += CHUNK_HEADER;
        if [i0, i1, i2, i3] == *b"data" {
            return Ok((at, &rest[..length.min(rest.len())]));
        }
        // Chunks begin at even places.
        at = at.saturating_add(length).saturating_add(length % 2);
    }
}
