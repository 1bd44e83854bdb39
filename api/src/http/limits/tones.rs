//! The palettes and devices that dithering knows by name.

use filittle_dither::palettes::NamedPalette;
use filittle_steps::Color;
use filittle_steps::devices::{Device, Output};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Palette")]
pub(super) struct PaletteBody {
    name: &'static str,
    /// What it is, for people.
    title: &'static str,
    /// As `#rrggbb`.
    colors: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Device")]
pub(super) struct DeviceBody {
    name: &'static str,
    /// What it is, for people.
    title: &'static str,
    width: u16,
    height: u16,
    /// The nominal colours of its inks, as `#rrggbb`.
    colors: Vec<String>,
    /// What it takes a picture as.
    #[schemars(extend("enum" = ["png", "bmp", "raw"]))]
    format: &'static str,
}

impl PaletteBody {
    pub(super) fn of(palette: &'static NamedPalette) -> Self {
        Self {
            name: palette.name,
            title: &palette.title,
            colors: palette.colors.iter().copied().map(hex).collect(),
        }
    }
}

impl DeviceBody {
    pub(super) fn of(device: &'static Device) -> Self {
        Self {
            name: &device.name,
            title: &device.title,
            width: device.width,
            height: device.height,
            colors: device.inks.iter().map(|ink| hex(ink.color)).collect(),
            format: match device.output {
                Output::Png => "png",
                Output::Bmp => "bmp",
                Output::Raw(_) => "raw",
            },
        }
    }
}

fn hex(color: [u8; 3]) -> String {
    Color(color).to_string()
}
