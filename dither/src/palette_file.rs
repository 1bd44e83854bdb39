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

/// What a palette file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteFile {
    /// What it calls itself; only files of GIMP do.
    pub name: Option<String>,
    /// Its different colours in their order: one that comes again keeps its first place.
    pub colors: Vec<[u8; 3]>,
    /// For each colour its own name, if it has one; only files of GIMP have them.
    pub color_names: Vec<Option<String>>,
}

/// A colour with its own name.
type Named = ([u8; 3], Option<String>);

/// Reads the different colours of a palette file, as [`PaletteFile::read`] does.
///
/// # Errors
///
/// The same.
pub fn read(bytes: &[u8], name: Option<&str>) -> Result<Vec<[u8; 3]>, BadPalette> {
    PaletteFile::read(bytes, name).map(|file| file.colors)
}

impl PaletteFile {
    /// Reads a palette file.
    ///
    /// The format is told by the content. Only what could be anything is told by the ending of `name`:
    /// `.act` has nothing to know it by, and a damaged file is complained of as what it claims to be.
    ///
    /// # Errors
    ///
    /// [`BadPalette`] when the file is longer than [`MAX_BYTES`], of no known format, damaged, or has
    /// fewer than two or more than [`MAX_COLORS`] different colours.
    pub fn read(bytes: &[u8], name: Option<&str>) -> Result<Self, BadPalette> {
        if bytes.len() > MAX_BYTES {
            return Err(BadPalette::TooLarge);
        }
        let colors = match Format::of(bytes, name).ok_or(BadPalette::UnknownFormat)? {
            Format::Gpl => {
                let gpl = Gpl::parse(bytes)?;
                return Self::of(gpl.name, gpl.colors);
            }
            Format::Hex => hex::read(&Lines::new(bytes)?)?,
            Format::Jasc => jasc::read(&Lines::new(bytes)?)?,
            Format::Riff => riff::read(bytes)?,
            Format::Act => act::read(bytes)?,
        };
        Self::of(None, colors.into_iter().map(|color| (color, None)))
    }

    /// Drops colours that were there before.
    fn of(name: Option<String>, all: impl IntoIterator<Item = Named>) -> Result<Self, BadPalette> {
        let (mut colors, mut color_names) = (Vec::new(), Vec::new());
        for (color, name) in all {
            if !colors.contains(&color) {
                if colors.len() == MAX_COLORS {
                    return Err(BadPalette::TooManyColors);
                }
                colors.push(color);
                color_names.push(name);
            }
        }
        match colors.as_slice() {
            [] => Err(BadPalette::NoColors),
            [[r, g, b]] => Err(BadPalette::OneColor {
                color: format!("#{r:02x}{g:02x}{b:02x}"),
            }),
            _ => Ok(Self {
                name,
                colors,
                color_names,
            }),
        }
    }
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
