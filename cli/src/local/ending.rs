//! What the ending of the output's name says of its format.

use std::path::{Path, is_separator};

use filittle_steps::{Kind, OPS, Op, op};

/// Endings of names that are not called as their formats are.
const ENDINGS: [(&str, &str); 10] = [
    ("jpg", "jpeg"),
    ("tif", "tiff"),
    ("zst", "zstd"),
    ("gz", "gzip"),
    ("br", "brotli"),
    ("bz2", "bzip2"),
    ("tgz", "tar.gz"),
    ("txz", "tar.xz"),
    ("tzst", "tar.zst"),
    ("bin", "raw"),
];

/// Endings of what others pack, and `compress` does not.
const PACKED_BY_OTHERS: [&str; 15] = [
    "tar.bz2", "tbz2", "tbz", "tar.lz4", "tar.br", "tar.lzma", "tlz", "lzma", "lz", "7z", "rar",
    "z", "zipx", "cab", "cpio",
];

/// Whether it is written to as a file: neither standard output nor a folder.
pub(super) fn is_file(output: &str) -> bool {
    output != "-" && !output.ends_with(is_separator) && !Path::new(output).is_dir()
}

/// Whether it is called as the files of some format are.
pub(super) fn is_of_a_format(output: &str) -> bool {
    OPS.iter().any(|op| format(op, output).is_some()) || packed_by_others(output).is_some()
}

/// The format that the name of the file stands for, if it says one. Nothing is written under the
/// name of what it is not, and so other endings are refused; but `compress` may call its files as
/// it likes, if only not as another of the formats it is to have, or as what others pack.
pub(super) fn format_of(op: &Op, output: &str) -> Result<Option<&'static str>, String> {
    let Some((built, _)) = formats(op) else {
        return Ok(None);
    };
    let refused = |ending: &str| {
        let name = op.name;
        let known: Vec<String> = built.iter().map(|format| usual(format)).collect();
        Err(format!(
            "--output: `{name}` writes no `{ending}`; it writes {}, or what --format says under any \
             name",
            known.join(", ")
        ))
    };
    let is_compress = op.name == "compress";
    if let Some(ending) = packed_by_others(output).filter(|_| is_compress) {
        return refused(&format!(".{ending}"));
    }
    match format(op, output) {
        Some(format) if built.contains(&format) => Ok(Some(format)),
        None if is_compress || ending(output).is_none() => Ok(None),
        other => {
            let ending = other
                .map(|format| format!(".{format}"))
                .filter(|whole| output.to_ascii_lowercase().ends_with(whole))
                .or_else(|| ending(output));
            refused(&ending.unwrap_or_default())
        }
    }
}

/// Whether a tar is to be written.
pub(super) fn is_tar(output: &str) -> bool {
    is_file(output) && file_name(output).is_some_and(|file| ends_with(&file, "tar"))
}

/// Whether a tar that is packed is to be written.
pub(super) fn is_packed_tar(output: &str) -> bool {
    let named = op("compress").and_then(|compress| format(compress, output));
    is_file(output) && named.is_some_and(|format| format.starts_with("tar."))
}

/// The format that is usually abbreviated so, such as `gzip` for `gz`.
pub(super) fn abbreviated(text: &str) -> Option<&'static str> {
    let found = ENDINGS.iter().find(|(ending, _)| *ending == text);
    found.map(|(_, format)| *format)
}

fn packed_by_others(output: &str) -> Option<&'static str> {
    let file = file_name(output)?;
    let mut all = PACKED_BY_OTHERS.into_iter();
    all.find(|ending| ends_with(&file, ending))
}

/// Whether it has an ending, and that of something else than a picture of this format.
pub(super) fn is_not(output: &str, picture: &str) -> bool {
    let named = op("convert").and_then(|convert| format(convert, output));
    ending(output).is_some() && named != Some(picture)
}

/// Those that an op has, and those it is to have.
fn formats(op: &Op) -> Option<(&'static [&'static str], &'static [&'static str])> {
    match op.param("format")?.kind {
        Kind::Choice { built, later } => Some((built, later)),
        _ => None,
    }
}

fn format(op: &Op, output: &str) -> Option<&'static str> {
    let (built, later) = formats(op)?;
    let file = file_name(output)?;
    let ends_with = |ending: &str| ends_with(&file, ending);
    let known = || built.iter().chain(later).copied();
    let usual = ENDINGS.iter().filter(|(ending, _)| ends_with(ending));
    known()
        .filter(|format| ends_with(format))
        .max_by_key(|format| format.len())
        .or_else(|| known().find(|format| usual.clone().any(|(_, usual)| usual == format)))
}

/// In lower case.
fn file_name(output: &str) -> Option<String> {
    let name = Path::new(output).file_name()?;
    Some(name.to_str()?.to_ascii_lowercase())
}

/// With something before the dot.
fn ends_with(file: &str, ending: &str) -> bool {
    let stem = file.strip_suffix(ending);
    stem.is_some_and(|stem| stem.len() > 1 && stem.ends_with('.'))
}

/// Such as `.jpg` for `jpeg`.
fn usual(format: &str) -> String {
    let other = ENDINGS.iter().find(|(_, name)| *name == format);
    format!(".{}", other.map_or(format, |(ending, _)| ending))
}

/// As it was written, such as `.txt`.
fn ending(output: &str) -> Option<String> {
    let ending = Path::new(output).extension()?;
    Some(format!(".{}", ending.to_string_lossy()))
}
