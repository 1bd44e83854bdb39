//! Descriptions of devices in TOML, as they are written.

use serde::Deserialize;
use toml::Spanned;

use super::{BadDevice, Device, check, place::Text};

/// The longest description that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// Reads the description of a device, which gets the name `name`.
///
/// ```
/// let text = r##"
///     title = "My panel"        # if not there: the name
///     sources = ["https://example.com/driver.c"]   # if not there: none
///     width = 800
///     height = 480
///
///     [output]                  # if not there: a PNG
///     format = "raw"            # png, bmp or raw; what follows only with raw
///     bits = 2                  # if not there: the fewest that the codes fit in
///     bit_order = "msb"         # or lsb; if not there: msb
///     layout = "rows"           # or planes or pages; if not there: rows
///
///     [[inks]]
///     name = "black"            # if not there: the colour
///     color = "#000000"
///     measured = "#1f1829"      # if not there: nobody has measured it
///
///     [[inks]]
///     color = "#ffffff"
///     measured = "#a8b4b6"
///     code = 3                  # if not there: its place, the first being 0
/// "##;
/// let device = filittle_dither::devices::parse("my-panel", text)?;
/// assert_eq!(device.inks[1].code, 3);
/// # Ok::<(), filittle_dither::devices::BadDevice>(())
/// ```
///
/// # Errors
///
/// [`BadDevice`], which names the line and the field: no TOML, a field that is missing, unknown or
/// out of its range, inks that are fewer than 2, more than 256 or not different, codes that are not
/// different or do not fit in the bits.
pub fn parse(name: &str, toml: &str) -> Result<Device, BadDevice> {
    if toml.len() > MAX_BYTES {
        return Err(BadDevice::TooLarge);
    }
    let text = Text::new(toml);
    let file: File = toml::from_str(toml).map_err(|error| text.no_description(&error))?;
    check::device(name, file, text)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) sources: Vec<String>,
    pub(super) width: Spanned<i64>,
    pub(super) height: Spanned<i64>,
    pub(super) output: Option<OutputFile>,
    pub(super) inks: Vec<Spanned<InkFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InkFile {
    pub(super) name: Option<String>,
    pub(super) color: Spanned<String>,
    pub(super) measured: Option<Spanned<String>>,
    pub(super) code: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputFile {
    pub(super) format: Format,
    pub(super) bits: Option<Spanned<i64>>,
    pub(super) bit_order: Option<Spanned<OrderName>>,
    pub(super) layout: Option<Spanned<LayoutName>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    Png,
    Bmp,
    Raw,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OrderName {
    Msb,
    Lsb,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LayoutName {
    Rows,
    Planes,
    Pages,
}
