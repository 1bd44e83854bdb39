//! GIMP's palettes: a heading, fields, comments, and lines of `red green blue name`.
//!
//! Read as GIMP does (`gimp_palette_load` in `app/core/gimppalette-load.c`); the field `Channels`
//! and a fourth number are Aseprite's.

use std::fmt::Write;

use super::{
    BadPalette,
    text::{Lines, color, level},
};

pub(super) const MAGIC: &[u8] = b"GIMP Palette";

/// All that a file says.
pub(crate) struct Gpl {
    pub(crate) name: Option<String>,
    /// Without the `#` and the space behind it.
    pub(crate) comments: Vec<String>,
    pub(crate) colors: Vec<([u8; 3], Option<String>)>,
}

impl Gpl {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, BadPalette> {
        parse(&Lines::new(bytes)?)
    }
}

/// Writes a palette for GIMP, Inkscape, Krita and Aseprite. A colour that `color_names` has no name
/// for is called by its digits. Ends of lines in names become spaces.
pub fn write(name: &str, colors: &[[u8; 3]], color_names: &[Option<String>]) -> String {
    let mut text = format!("GIMP Palette\nName: {}\n", in_one_line(name));
    for (at, [r, g, b]) in colors.iter().enumerate() {
        let name = match color_names.get(at) {
            Some(Some(name)) => in_one_line(name),
            _ => format!("#{r:02x}{g:02x}{b:02x}"),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{r:3} {g:3} {b:3}\t{name}");
    }
    text
}

fn in_one_line(name: &str) -> String {
    let name = name.replace(char::is_control, " ");
    name.trim().to_owned()
}

fn parse(lines: &Lines) -> Result<Gpl, BadPalette> {
    let mut lines = lines.iter();
    match lines.next() {
        Some((_, line)) if line.as_bytes() == MAGIC => {}
        other => {
            let number = other.map_or(1, |(number, _)| number);
            let problem = "a GIMP palette begins with the line `GIMP Palette`";
            return Err(BadPalette::line(number, problem));
        }
    }
    let mut gpl = Gpl {
        name: None,
        comments: Vec::new(),
        colors: Vec::new(),
    };
    let mut has_alpha = false;
    for (number, line) in lines {
        if let Some(comment) = line.strip_prefix('#') {
            gpl.comments.push(comment.trim_start().to_owned());
        } else if let Some((field, value)) = field(line) {
            match field {
                "Name" => gpl.name = Some(value.to_owned()).filter(|name| !name.is_empty()),
                "Channels" => has_alpha = value == "RGBA",
                _ => {}
            }
        } else {
            let (color, name) = color(number, line)?;
            let name = match level(name) {
                Some((_, rest)) if has_alpha => rest.trim_start(),
                _ => name,
            };
            let name = Some(name.to_owned()).filter(|name| !name.is_empty());
            gpl.colors.push((color, name));
        }
    }
    Ok(gpl)
}

/// Such as `Name: Sunset`. A line that begins with a digit is a colour, whatever its name is.
fn field(line: &str) -> Option<(&str, &str)> {
    let (field, value) = line.split_once(':')?;
    let is_word = field.bytes().all(|byte| byte.is_ascii_alphabetic()) && !field.is_empty();
    is_word.then_some((field, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_has_its_names_when_it_is_read() {
        let names = [Some("Ink: 7\nof 9".to_owned()), None];
        let gpl = Gpl::parse(write(" A\rb ", &[[0; 3], [1, 2, 255]], &names).as_bytes()).unwrap();
        assert_eq!(gpl.name.as_deref(), Some("A b"));
        let names: Vec<_> = gpl.colors.iter().map(|(_, name)| name.as_deref()).collect();
        assert_eq!(names, [Some("Ink: 7 of 9"), Some("#0102ff")]);
    }

    #[test]
    fn names_may_look_like_fields_and_numbers() {
        let text =
            b"GIMP Palette\nName: A: b\n#  Source: x \n0 0 0 Ink: black\n1 1 1 7 of 9\n2 2 2\n";
        let gpl = Gpl::parse(text).unwrap();
        assert_eq!(gpl.name.as_deref(), Some("A: b"));
        assert_eq!(gpl.comments, ["Source: x"]);
        let names: Vec<_> = gpl.colors.iter().map(|(_, name)| name.as_deref()).collect();
        assert_eq!(names, [Some("Ink: black"), Some("7 of 9"), None]);
    }
}
