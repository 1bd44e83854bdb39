//! Lospec's lists: a colour a line in hexadecimal digits, with or without `#`.

use std::fmt::Write;

use super::{
    BadPalette,
    text::{Lines, quoted},
};

/// Three or six hexadecimal digits, with or without `#`: `fa0` and `#ffaa00` are the same colour.
pub fn parse_color(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').unwrap_or(text).as_bytes();
    let digit = |at: usize| {
        let value = char::from(digits[at]).to_digit(16)?;
        u8::try_from(value).ok()
    };
    match digits.len() {
        3 => Some([digit(0)? * 17, digit(1)? * 17, digit(2)? * 17]),
        6 => Some([
            digit(0)? << 4 | digit(1)?,
            digit(2)? << 4 | digit(3)?,
            digit(4)? << 4 | digit(5)?,
        ]),
        _ => None,
    }
}

/// Writes a colour a line, as Lospec does.
pub fn write(colors: &[[u8; 3]]) -> String {
    let mut text = String::new();
    for [r, g, b] in colors {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{r:02x}{g:02x}{b:02x}");
    }
    text
}

/// Lines that begin with `;` or `//` are comments; `#` is taken.
fn is_comment(line: &str) -> bool {
    line.starts_with(';') || line.starts_with("//")
}

/// The format has no heading: its first line that is no comment must be a colour.
pub(super) fn is_likely(bytes: &[u8]) -> bool {
    Lines::new(bytes).is_ok_and(|lines| {
        let first = lines.iter().find(|(_, line)| !is_comment(line));
        first.is_some_and(|(_, line)| parse_color(line).is_some())
    })
}

pub(super) fn read(lines: &Lines) -> Result<Vec<[u8; 3]>, BadPalette> {
    let colors = lines.iter().filter(|(_, line)| !is_comment(line));
    colors
        .map(|(number, line)| {
            parse_color(line).ok_or_else(|| {
                BadPalette::line(
                    number,
                    format!(
                        "a colour is six hexadecimal digits, such as `ff8000`, not {}",
                        quoted(line)
                    ),
                )
            })
        })
        .collect()
}
