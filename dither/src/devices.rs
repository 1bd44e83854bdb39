//! Panels: how large they are, which inks they have, and how they want their picture.

mod check;
mod error;
mod file;
mod names;
mod place;

use std::sync::OnceLock;

use self::names::FILES;
pub use self::{
    error::BadDevice,
    file::{MAX_BYTES, parse},
    names::NAMES,
};
use crate::raw::Packing;

/// A panel, or a thing with a panel in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What it is asked for by, such as `waveshare-7in3e`.
    pub name: String,
    /// What it is, for people.
    pub title: String,
    /// Who says that it is so: links to the maker's description, or to the code of a driver.
    pub sources: Vec<String>,
    /// Pixels from left to right of its memory as it is addressed, 1 to 65535.
    pub width: u16,
    /// Pixels from the top to the bottom of it, 1 to 65535.
    pub height: u16,
    /// What a pixel can be, 2 to 256 of them, all different.
    pub inks: Vec<Ink>,
    /// In which form it takes a picture.
    pub output: Output,
}

/// What a pixel of a panel can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ink {
    /// Such as `red`.
    pub name: String,
    /// Its nominal colour in sRGB: what a driver or a picture file calls it by.
    pub color: [u8; 3],
    /// How it looks, in sRGB, if somebody has measured it: what dithering may choose by. Either all
    /// inks of a device have it, or none.
    pub measured: Option<[u8; 3]>,
    /// The number that stands for it in a raw picture; of [`Output::Png`] and [`Output::Bmp`] its
    /// place in the palette.
    pub code: u8,
}

/// The form of a picture for a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// A PNG file.
    Png,
    /// A Windows bitmap.
    Bmp,
    /// The bytes that the first source of the device sends to the controller of the panel, or what
    /// the function takes that a comment in the description names.
    Raw(Packing),
}

/// All devices that come with the program, in the order of [`NAMES`].
pub fn devices() -> &'static [Device] {
    static DEVICES: OnceLock<Vec<Device>> = OnceLock::new();
    DEVICES.get_or_init(|| {
        let files = NAMES.iter().zip(FILES);
        files
            .map(|(name, file)| {
                parse(name, file).expect("a device that comes with the program is right")
            })
            .collect()
    })
}

/// The device of this name.
pub fn device(name: &str) -> Option<&'static Device> {
    devices().iter().find(|device| device.name == name)
}

/// The description of the device of this name as it is written down, with its comments.
pub fn file(name: &str) -> Option<&'static str> {
    let at = NAMES.iter().position(|other| *other == name)?;
    FILES.get(at).copied()
}
