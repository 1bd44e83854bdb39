//! The palettes of Paint Shop Pro: `JASC-PAL`, the version, the number of colours, the colours.

use super::{
    BadPalette,
    text::{Lines, color, level, quoted},
};

pub(super) const MAGIC: &[u8] = b"JASC-PAL";

pub(super) fn read(lines: &Lines) -> Result<Vec<[u8; 3]>, BadPalette> {
    let mut lines = lines.iter();
    let mut heading = |wanted: fn(&str) -> bool, problem: &str| {
        let (number, line) = lines.next().unwrap_or((1, ""));
        if wanted(line) {
            Ok((number, line))
        } else {
            Err(BadPalette::line(
                number,
                format!("{problem}, not {}", quoted(line)),
            ))
        }
    };
    heading(
        |line| line.as_bytes() == MAGIC,
        "a .pal file begins with `JASC-PAL` (a text) or `RIFF` (binary)",
    )?;
    heading(|line| line == "0100", "the version of JASC-PAL is `0100`")?;
    let (at, count) = heading(
        |line| line.parse::<u32>().is_ok(),
        "the third line of JASC-PAL is the number of colours",
    )?;
    let colors = lines
        .map(|(number, line)| one(number, line))
        .collect::<Result<Vec<_>, _>>()?;
    if count.parse() == Ok(colors.len()) {
        return Ok(colors);
    }
    Err(BadPalette::line(
        at,
        format!("{count} colours are announced, and {} follow", colors.len()),
    ))
}

/// Newer versions write an alpha behind the colour.
fn one(number: usize, line: &str) -> Result<[u8; 3], BadPalette> {
    let (color, rest) = color(number, line)?;
    match (rest, level(rest)) {
        ("", _) | (_, Some((_, ""))) => Ok(color),
        _ => Err(BadPalette::line(
            number,
            format!(
                "behind a colour of JASC-PAL is nothing else, not {}",
                quoted(rest)
            ),
        )),
    }
}
