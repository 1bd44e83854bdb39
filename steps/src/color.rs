use std::{fmt, str::FromStr};

use filittle_dither::palette_file::parse_color;
use serde::{Serialize, Serializer};

/// An opaque colour, 8 bits for each of red, green and blue in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Color(pub [u8; 3]);

/// The names of CSS 2.1, and three that are as usual.
const NAMED: [(&str, [u8; 3]); 20] = [
    ("aqua", [0, 255, 255]),
    ("black", [0, 0, 0]),
    ("blue", [0, 0, 255]),
    ("cyan", [0, 255, 255]),
    ("fuchsia", [255, 0, 255]),
    ("gray", [128, 128, 128]),
    ("green", [0, 128, 0]),
    ("grey", [128, 128, 128]),
    ("lime", [0, 255, 0]),
    ("magenta", [255, 0, 255]),
    ("maroon", [128, 0, 0]),
    ("navy", [0, 0, 128]),
    ("olive", [128, 128, 0]),
    ("orange", [255, 165, 0]),
    ("purple", [128, 0, 128]),
    ("red", [255, 0, 0]),
    ("silver", [192, 192, 192]),
    ("teal", [0, 128, 128]),
    ("white", [255, 255, 255]),
    ("yellow", [255, 255, 0]),
];

impl Color {
    /// The names of colours that are read.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.into_iter().map(|(name, _)| name)
    }
}

/// A text that is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a colour; write three or six hexadecimal digits, such as `fa0` or `#ffaa00`, or a name: {}",
    NAMED.map(|(name, _)| name).join(", ")
)]
pub struct BadColor;

impl FromStr for Color {
    type Err = BadColor;

    /// Three or six hexadecimal digits, with or without `#` (a client cuts it from a URL), or a
    /// name in small letters.
    fn from_str(text: &str) -> Result<Self, BadColor> {
        if let Some((_, color)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(Self(*color));
        }
        parse_color(text).map(Self).ok_or(BadColor)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_three_or_six_digits_with_or_without_hash() {
        for text in ["fa0", "#fa0", "FFAA00", "#ffaa00"] {
            assert_eq!(text.parse(), Ok(Color([255, 170, 0])), "{text}");
        }
        assert_eq!(Color([255, 170, 0]).to_string(), "#ffaa00");
    }

    #[test]
    fn a_colour_may_have_a_name_of_css() {
        assert_eq!("red".parse(), Ok(Color([255, 0, 0])));
        assert_eq!("orange".parse(), Ok(Color([255, 165, 0])));
        assert!(Color::names().all(|name| name.parse::<Color>().is_ok()));
    }

    #[test]
    fn other_texts_are_no_colours() {
        for text in [
            "", "#", "ff", "ffff", "ggg", "##fff", "#fffffff", "+12", "ééé", "é1", "Red", "#red",
            "mauve",
        ] {
            assert_eq!(text.parse::<Color>(), Err(BadColor), "{text}");
        }
    }
}
