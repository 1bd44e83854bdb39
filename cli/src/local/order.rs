//! The steps that the flags ask for.

use std::{ffi::OsStr, path::Path};

use clap::ArgMatches;
use filittle_steps::{CompressFormat, Kind, Mistake, Op, Param, Step, from_texts, op, parse};
use serde_json::Value;

use super::{
    ending,
    flags::{before, inputs, output},
    tones::Tones,
};

/// The steps, or what is wrong with them.
pub(super) fn steps(matches: &ArgMatches, name: &str) -> Result<Vec<Step>, Vec<String>> {
    let first = given(matches, before(name));
    let mut own = given(matches, op(name).into_iter().flat_map(|op| op.params));
    let tones = Tones::take(matches, &mut own)?;
    let lines = |mistakes: Vec<Mistake>| -> Vec<String> {
        let line = |mistake| line(name, tones.as_asked(mistake));
        mistakes.into_iter().map(line).collect()
    };
    let mut list = Vec::new();
    if !first.is_empty() {
        list.push(from_texts("resize", first.into_iter()).map_err(lines)?);
    }
    if own.iter().all(|(param, _)| param != "format")
        && let Some(op) = op(name)
    {
        let format = format_of(matches, op).map_err(|wrong| vec![wrong])?;
        own.extend(format.map(|format| ("format".to_owned(), format.to_owned())));
    }
    list.push(from_texts(name, own.into_iter()).map_err(lines)?);
    parse(&Value::Array(list), "").map_err(lines)
}

fn given(
    matches: &ArgMatches,
    params: impl Iterator<Item = &'static Param>,
) -> Vec<(String, String)> {
    let text = |param: &Param| {
        let text = matches.get_one::<String>(param.name)?;
        Some(in_its_case(param.kind, text))
    };
    params
        .filter_map(|param| Some((param.name.to_owned(), text(param)?)))
        .collect()
}

/// Names of the table have small letters, and people write `PICO-8`.
fn in_its_case(kind: Kind, text: &str) -> String {
    let small = text.to_ascii_lowercase();
    match kind {
        Kind::Choice { built, later } if built.iter().chain(later).any(|name| *name == small) => {
            small
        }
        Kind::Choice { built, .. } => match ending::abbreviated(&small) {
            Some(format) if built.contains(&format) => format.to_owned(),
            _ => text.to_owned(),
        },
        Kind::Color | Kind::Colors { .. } | Kind::Level => small,
        _ => text.to_owned(),
    }
}

/// The format that the name of the output stands for, when it is the name of one result.
fn format_of(matches: &ArgMatches, op: &Op) -> Result<Option<&'static str>, String> {
    let output = output(matches);
    let is_one = match op.name {
        "compress" => true,
        // What is packed is found in the file.
        "decompress" => false,
        _ => inputs(matches).len() == 1,
    };
    if !is_one || !ending::is_file(output) {
        return Ok(None);
    }
    let format = ending::format_of(op, output)?;
    Ok(format.map(|format| match inputs(matches)[..] {
        [input] if is_tar(input) => of_stream(format),
        _ => format,
    }))
}

/// What is a tar already, by its name; what comes from a pipe and is to be a packed tar is one.
fn is_tar(input: &OsStr) -> bool {
    input == "-" || Path::new(input).extension().is_some_and(|it| it == "tar")
}

/// The format in which a tar is packed, of one that makes a packed tar.
fn of_stream(format: &'static str) -> &'static str {
    CompressFormat::named(format).map_or(format, |it| it.outer().name())
}

/// A mistake in words of flags: its pointer is turned back to one, and so are names of parameters.
fn line(op: &str, Mistake { pointer, detail }: Mistake) -> String {
    let flag = |name: &str| format!("--{}", name.replace('_', "-"));
    let detail = params(op).fold(detail, |detail, Param { name, .. }| {
        detail.replace(&format!("`{name}`"), &format!("`{}`", flag(name)))
    });
    let name = pointer
        .split('/')
        .find(|part| part.starts_with(|c: char| c.is_alphabetic()));
    match name {
        Some(name) => format!("{}: {detail}", flag(name)),
        None => detail,
    }
}

/// All that the command of an op takes.
fn params(name: &str) -> impl Iterator<Item = &'static Param> {
    let own = op(name).into_iter().flat_map(|op| op.params);
    own.chain(before(name))
}
