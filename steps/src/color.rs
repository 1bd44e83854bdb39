use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

/// An opaque colour, 8 bits for each of red, green and blue in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Color(pub [u8; 3]);

/// A text that is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a colour; write three or six hexadecimal digits, such as `fa0` or `#ffaa00`")]
pub struct BadColor;

impl FromStr for Color {
    type Err = BadColor;

    /// Three or six hexadecimal digits, with or without `#` (a client cuts it from a URL).
    fn from_str(text: &str) -> Result<Self, BadColor> {
        let digits = text.strip_prefix('#').unwrap_or(text);
        let nibble = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|n| u8::try_from(n).ok())
        };
        let nibbles: Option<Vec<u8>> = match digits.len() {
            3 | 6 => digits.bytes().map(nibble).collect(),
            _ => None,
        };
        match nibbles.as_deref() {
            Some(&[r, g, b]) => Ok(Self([r * 17, g * 17, b * 17])),
            Some(&[r1, r0, g1, g0, b1, b0]) => Ok(Self([r1 << 4 | r0, g1 << 4 | g0, b1 << 4 | b0])),
            _ => Err(BadColor),
        }
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
    fn other_texts_are_no_colours() {
        for text in [
            "", "#", "ff", "ffff", "ggg", "##fff", "#fffffff", "+12", "ééé", "é1",
        ] {
            assert_eq!(text.parse::<Color>(), Err(BadColor), "{text}");
        }
    }
}
