//! Lines of text files, whatever ends them.

use std::borrow::Cow;

use super::BadPalette;

/// The mark that some editors put before UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK).unwrap_or(bytes)
}

/// The lines of a text with their numbers from 1, without white space at either end. CR LF, LF and
/// CR alone end a line; empty lines are left out.
pub(super) struct Lines<'a> {
    text: Cow<'a, str>,
}

impl<'a> Lines<'a> {
    /// Old files have names and comments in any encoding: what is not UTF-8 is replaced, since
    /// colours are ASCII in all of them. UTF-16 is not.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, BadPalette> {
        if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
            return Err(BadPalette::byte(
                0,
                "the file is UTF-16; save it as UTF-8 or ASCII",
            ));
        }
        let text = String::from_utf8_lossy(without_mark(bytes));
        Ok(Self { text })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut rest = Some(&*self.text);
        let lines = std::iter::from_fn(move || {
            let text = rest?;
            let Some(end) = text.find(['\r', '\n']) else {
                rest = None;
                return Some(text);
            };
            let width = if text[end..].starts_with("\r\n") {
                2
            } else {
                1
            };
            rest = Some(&text[end + width..]);
            Some(&text[..end])
        });
        (1..)
            .zip(lines)
            .map(|(number, line)| (number, line.trim()))
            .filter(|(_, line)| !line.is_empty())
    }
}

/// Foreign text for an error: short, and without what a terminal obeys.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", harmless(text, 40))
}

/// Some `most` bytes of a foreign text; characters that are not to be seen are written as in Rust.
pub(crate) fn harmless(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        if shown.len() >= most {
            shown.push('…');
            break;
        }
        match c {
            '"' | '\'' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}

/// Three numbers from 0 to 255 at the beginning of a line, and what is behind them.
pub(super) fn color(number: usize, line: &str) -> Result<([u8; 3], &str), BadPalette> {
    let mut rest = line;
    let mut color = [0; 3];
    for part in &mut color {
        (*part, rest) = level(rest).ok_or_else(|| {
            BadPalette::line(
                number,
                format!(
                    "a colour is three numbers from 0 to 255, such as `255 128 0`, not {}",
                    quoted(line)
                ),
            )
        })?;
    }
    Ok((color, rest.trim_start()))
}

/// A number from 0 to 255 with white space or the end behind it.
pub(super) fn level(text: &str) -> Option<(u8, &str)> {
    let text = text.trim_start();
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    // `parse` takes a sign too.
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_number)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_with_cr_lf_or_either_of_them() {
        let lines = Lines::new(b"\xEF\xBB\xBFa\r\n b \n\nc\rd").unwrap();
        let found: Vec<_> = lines.iter().collect();
        assert_eq!(found, [(1, "a"), (2, "b"), (4, "c"), (5, "d")]);
    }

    #[test]
    fn what_is_quoted_is_short_and_harmless() {
        assert_eq!(quoted("a = \"b\""), "`a = \"b\"`");
        assert_eq!(quoted("\u{1b}[2J\u{202e}"), r"`\u{1b}[2J\u{202e}`");
        assert_eq!(quoted(&"x".repeat(9000)).chars().count(), 43);
    }
}
