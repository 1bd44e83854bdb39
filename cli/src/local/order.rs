//! The steps that the flags ask for.

use std::path::Path;

use clap::ArgMatches;
use filittle_steps::{Kind, Mistake, Param, Step, from_texts, op, parse};
use serde_json::Value;

use super::{
    flags::{before, output},
    tones::Tones,
};

/// Endings of names that are not called as their formats are.
const ENDINGS: [(&str, &str); 8] = [
    ("jpg", "jpeg"),
    ("tif", "tiff"),
    ("zst", "zstd"),
    ("gz", "gzip"),
    ("br", "brotli"),
    ("bz2", "bzip2"),
    ("tgz", "tar.gz"),
    ("bin", "raw"),
];

/// Pictures that `dither` does not write.
const OTHER_PICTURES: [&str; 4] = ["jpeg", "webp", "avif", "tiff"];

/// The steps, or what is wrong with them.
pub(super) fn steps(matches: &ArgMatches, name: &str) -> Result<Vec<Step>, Vec<String>> {
    let first = given(matches, before(name));
    let mut own = given(matches, op(name).into_iter().flat_map(|op| op.params));
    let tones = Tones::take(matches, &mut own)?;
    let lines = |mistakes: Vec<Mistake>| -> Vec<String> {
        let line = |mistake| line(tones.as_asked(mistake));
        mistakes.into_iter().map(line).collect()
    };
    let mut list = Vec::new();
    if !first.is_empty() {
        list.push(from_texts("resize", first.into_iter()).map_err(lines)?);
    }
    if own.iter().all(|(param, _)| param != "format") {
        let format = format_of(name, output(matches));
        own.extend(format.map(|format| ("format".to_owned(), format.to_owned())));
    }
    list.push(from_texts(name, own.into_iter()).map_err(lines)?);
    parse(&Value::Array(list), "").map_err(lines)
}

fn given(
    matches: &ArgMatches,
    params: impl Iterator<Item = &'static Param>,
) -> Vec<(String, String)> {
    let text = |param: &Param| matches.get_one::<String>(param.name).cloned();
    params
        .filter_map(|param| Some((param.name.to_owned(), text(param)?)))
        .collect()
}

/// The format of an op that the name of the output stands for; also one that this build does not
/// have, so that nothing else is written under its name.
fn format_of(name: &str, output: &str) -> Option<&'static str> {
    let Kind::Choice { built, later } = op(name)?.param("format")?.kind else {
        return None;
    };
    let others: &[&str] = if name == "dither" {
        &OTHER_PICTURES
    } else {
        &[]
    };
    let file = Path::new(output)
        .file_name()?
        .to_str()?
        .to_ascii_lowercase();
    let ends_with = |ending: &str| {
        let stem = file.strip_suffix(ending);
        stem.is_some_and(|stem| stem.len() > 1 && stem.ends_with('.'))
    };
    let known = || built.iter().chain(later).chain(others).copied();
    let usual = ENDINGS.iter().filter(|(ending, _)| ends_with(ending));
    known()
        .filter(|format| ends_with(format))
        .max_by_key(|format| format.len())
        .or_else(|| known().find(|format| usual.clone().any(|(_, usual)| usual == format)))
}

/// A mistake with its pointer turned back to a flag.
fn line(Mistake { pointer, detail }: Mistake) -> String {
    let name = pointer
        .split('/')
        .find(|part| part.starts_with(|c: char| c.is_alphabetic()));
    let flag = name.map(|name| format!("--{}: ", name.replace('_', "-")));
    flag.unwrap_or_default() + &detail
}
