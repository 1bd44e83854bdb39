//! Palettes as other programs write them: `.gpl` of GIMP, `.hex` of Lospec, `.pal` of Paint Shop
//! Pro and of Windows, `.act` of Adobe.

mod act;
mod error;
mod gpl;
mod hex;
mod jasc;
mod riff;
mod text;

pub use self::{
    error::BadPalette,
    gpl::write as write_gpl,
    hex::{parse_color, write as write_hex},
};
pub(crate) use self::{
    gpl::Gpl,
    text::{harmless, quoted},
};

use self::text::Lines;

/// The longest palette file that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// The most different colours of a palette: as many as the indices of a picture tell apart.
pub const MAX_COLORS: usize = 256;

/// Reads a palette file, and answers its different colours in their order: one that comes again
/// keeps its first place.
///
/// The format is told by the content. Only what could be anything is told by the ending of `name`:
/// `.act` has nothing to know it by, and a damaged file is complained of as what it claims to be.
///
/// # Errors
///
/// [`BadPalette`] when the file is longer than [`MAX_BYTES`], of no known format, damaged, or has
/// fewer than two or more than [`MAX_COLORS`] different colours.
pub fn read(bytes: &[u8], name: Option<&str>) -> Result<Vec<[u8; 3]>, BadPalette> {
    if bytes.len() > MAX_BYTES {
        return Err(BadPalette::TooLarge { bytes: bytes.len() });
    }
    let colors = match Format::of(bytes, name).ok_or(BadPalette::UnknownFormat)? {
        Format::Gpl => gpl::colors(&Lines::new(bytes)?)?,
        Format::Hex => hex::read(&Lines::new(bytes)?)?,
        Format::Jasc => jasc::read(&Lines::new(bytes)?)?,
        Format::Riff => riff::read(bytes)?,
        Format::Act => act::read(bytes)?,
    };
    different(&colors)
}

enum Format {
    Gpl,
    Hex,
    Jasc,
    Riff,
    Act,
}

impl Format {
    fn of(bytes: &[u8], name: Option<&str>) -> Option<Self> {
        let ending = name
            .and_then(|name| name.rsplit_once('.'))
            .map(|(_, ending)| ending.to_ascii_lowercase());
        let text = text::without_mark(bytes).trim_ascii_start();
        if bytes.starts_with(b"RIFF") {
            Some(Self::Riff)
        } else if text.starts_with(jasc::MAGIC) {
            Some(Self::Jasc)
        } else if text.starts_with(gpl::MAGIC) {
            Some(Self::Gpl)
        } else {
            match ending.as_deref() {
                Some("act") => Some(Self::Act),
                Some("gpl") => Some(Self::Gpl),
                Some("hex") => Some(Self::Hex),
                Some("pal") => Some(Self::Jasc),
                _ if hex::is_likely(bytes) => Some(Self::Hex),
                _ if act::is_possible(bytes) => Some(Self::Act),
                _ => None,
            }
        }
    }
}

/// Drops colours that were there before.
fn different(colors: &[[u8; 3]]) -> Result<Vec<[u8; 3]>, BadPalette> {
    let mut kept: Vec<[u8; 3]> = Vec::new();
    for color in colors {
        if !kept.contains(color) {
            if kept.len() == MAX_COLORS {
                return Err(BadPalette::TooManyColors);
            }
            kept.push(*color);
        }
    }
    match kept.as_slice() {
        [] => Err(BadPalette::NoColors),
        [[r, g, b]] => Err(BadPalette::OneColor {
            color: format!("#{r:02x}{g:02x}{b:02x}"),
        }),
        _ => Ok(kept),
    }
}
