//! Palettes that have a name.

mod names;

use std::sync::OnceLock;

use self::names::FILES;
pub use self::names::NAMES;
use crate::palette_file::Gpl;

/// A palette that comes with the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPalette {
    /// What it is asked for by, such as `spectra-6`: one of [`NAMES`].
    pub name: &'static str,
    /// What it is, for people.
    pub title: String,
    /// Who published its values, each with a link.
    pub sources: Vec<String>,
    /// Its different colours in sRGB, in the order of the thing that has them.
    pub colors: Vec<[u8; 3]>,
    /// For each colour its own name, if it has one.
    pub color_names: Vec<Option<String>>,
    /// All of this as it is written down: a file of GIMP.
    pub file: &'static str,
}

/// All of them, in the order of [`NAMES`].
pub fn palettes() -> &'static [NamedPalette] {
    static PALETTES: OnceLock<Vec<NamedPalette>> = OnceLock::new();
    PALETTES.get_or_init(|| {
        let files = NAMES.iter().zip(FILES);
        files.map(|(name, file)| read(name, file)).collect()
    })
}

/// The palette of this name.
pub fn palette(name: &str) -> Option<&'static NamedPalette> {
    palettes().iter().find(|palette| palette.name == name)
}

fn read(name: &'static str, file: &'static str) -> NamedPalette {
    let gpl = Gpl::parse(file.as_bytes()).expect("a palette that comes with the program is right");
    let sources = gpl
        .comments
        .iter()
        .filter_map(|comment| comment.strip_prefix("Source: "));
    NamedPalette {
        name,
        title: gpl.name.unwrap_or_else(|| name.to_owned()),
        sources: sources.map(str::to_owned).collect(),
        colors: gpl.colors.iter().map(|(color, _)| *color).collect(),
        color_names: gpl.colors.into_iter().map(|(_, name)| name).collect(),
        file,
    }
}
