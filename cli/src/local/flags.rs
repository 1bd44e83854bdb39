//! The flags of an op, from the table of steps.

use std::{num::NonZeroUsize, path::Path, thread};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use filittle_steps::{Kind, Mistake, Op, Param, Step, from_texts, op, parse};
use serde_json::Value;

/// Endings of names that are not called as their formats are.
const ENDINGS: [(&str, &str); 7] = [
    ("jpg", "jpeg"),
    ("tif", "tiff"),
    ("zst", "zstd"),
    ("gz", "gzip"),
    ("br", "brotli"),
    ("bz2", "bzip2"),
    ("tgz", "tar.gz"),
];

pub(super) fn command(op: &'static Op) -> Command {
    let mut command = Command::new(op.name)
        .about(op.about)
        .after_help(examples(op.name))
        .arg(
            Arg::new("input")
                .value_name("INPUT")
                .required(true)
                .num_args(1..)
                .help("files, or - for standard input"),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .short('o')
                .value_name("OUT")
                .required(true)
                .help("a file, a folder (needed for several inputs), or - for standard output"),
        )
        .arg(switch("force", "overwrite what exists"))
        .arg(switch("json", "tell about the results in JSON"))
        .arg(
            Arg::new("threads")
                .long("threads")
                .value_name("N")
                .value_parser(value_parser!(NonZeroUsize))
                .help("inputs worked on at a time (default: one for each core)"),
        );
    for param in op.params.iter().chain(before(op.name)) {
        command = command.arg(flag(param));
    }
    command
}

/// Parameters of a resize before the op: only `dither` takes them.
fn before(name: &str) -> impl Iterator<Item = &'static Param> {
    let resize = op("resize").filter(|_| name == "dither");
    ["width", "height"]
        .into_iter()
        .filter_map(move |side| resize?.param(side))
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

/// Values stay texts here: the table checks them, with the same words as the service.
fn flag(param: &'static Param) -> Arg {
    let arg = Arg::new(param.name)
        .long(param.name.replace('_', "-"))
        .help(help(param));
    match param.kind {
        Kind::Bool => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Kind::Integer { .. } => arg.value_name("N"),
        Kind::Color => arg.value_name("COLOR"),
        Kind::Colors { .. } => arg.value_name("COLOR,COLOR,…"),
        Kind::Choice { .. } | Kind::Text { .. } | Kind::Level => {
            arg.value_name(param.name.to_uppercase())
        }
    }
}

fn help(param: &Param) -> String {
    let values = match param.kind {
        Kind::Choice { built, .. } => format!(": {}", built.join(", ")),
        _ => String::new(),
    };
    let default = match (param.kind, param.default) {
        (Kind::Bool, _) | (_, None) => String::new(),
        (_, Some(default)) => format!(" [default: {default}]"),
    };
    format!("{}{values}{default}", param.about)
}

fn examples(name: &str) -> &'static str {
    match name {
        "compress" => {
            "Examples:\n  filittle compress report.pdf -o report.pdf.zst\n  \
             filittle compress *.log -o packed/ --format gzip --level best\n  \
             filittle compress a.txt b.txt -o both.zip\n  \
             tar c folder | filittle compress - -o folder.tar.zst"
        }
        "convert" => {
            "Examples:\n  filittle convert drawing.png -o drawing.jpg --quality 90\n  \
             filittle convert *.jpg -o pngs/ --format png"
        }
        "dither" => {
            "Examples:\n  filittle dither photo.jpg -o photo.png\n  \
             filittle dither photo.jpg -o photo.png --gray --levels 4 --width 800\n  \
             filittle dither *.jpg -o few/ --colors 000,fff,ff0000"
        }
        "resize" => {
            "Examples:\n  filittle resize photo.jpg -o small.jpg --width 800\n  \
             filittle resize *.jpg -o thumbs/ --width 200 --height 200 --fit cover"
        }
        _ => "",
    }
}

/// The steps that the flags ask for, or what is wrong with them.
pub(super) fn steps(matches: &ArgMatches, name: &str) -> Result<Vec<Step>, Vec<String>> {
    let given = |params: Vec<&'static Param>| -> Vec<(String, String)> {
        let text = |param: &Param| matches.get_one::<String>(param.name).cloned();
        params
            .iter()
            .filter_map(|param| Some((param.name.to_owned(), text(param)?)))
            .collect()
    };
    let own = op(name)
        .map(|op| op.params.iter().collect())
        .unwrap_or_default();
    let first = given(before(name).collect());
    let mut list = Vec::new();
    if !first.is_empty() {
        list.push(from_texts("resize", first.into_iter()).map_err(|m| lines(&m))?);
    }
    let mut own = given(own);
    if own.iter().all(|(param, _)| param != "format") {
        let format = format_of(name, output(matches));
        own.extend(format.map(|format| ("format".to_owned(), format.to_owned())));
    }
    list.push(from_texts(name, own.into_iter()).map_err(|m| lines(&m))?);
    parse(&Value::Array(list), "").map_err(|mistakes| lines(&mistakes))
}

/// The format of an op that the name of the output stands for; also one that this build does not
/// have, so that nothing else is written under its name.
fn format_of(name: &str, output: &str) -> Option<&'static str> {
    let Kind::Choice { built, later } = op(name)?.param("format")?.kind else {
        return None;
    };
    let file = Path::new(output)
        .file_name()?
        .to_str()?
        .to_ascii_lowercase();
    let ends_with = |ending: &str| {
        let stem = file.strip_suffix(ending);
        stem.is_some_and(|stem| stem.len() > 1 && stem.ends_with('.'))
    };
    let known = || built.iter().chain(later).copied();
    let usual = ENDINGS.iter().filter(|(ending, _)| ends_with(ending));
    known()
        .filter(|format| ends_with(format))
        .max_by_key(|format| format.len())
        .or_else(|| known().find(|format| usual.clone().any(|(_, usual)| usual == format)))
}

/// Mistakes with their pointers turned back to flags.
fn lines(mistakes: &[Mistake]) -> Vec<String> {
    let flag = |pointer: &str| {
        let name = pointer
            .split('/')
            .find(|part| part.starts_with(|c: char| c.is_alphabetic()));
        name.map(|name| format!("--{}: ", name.replace('_', "-")))
            .unwrap_or_default()
    };
    mistakes
        .iter()
        .map(|mistake| flag(&mistake.pointer) + &mistake.detail)
        .collect()
}

pub(super) fn output(matches: &ArgMatches) -> &str {
    matches
        .get_one::<String>("output")
        .map_or("", String::as_str)
}

pub(super) fn threads(matches: &ArgMatches) -> usize {
    let asked = matches.get_one::<NonZeroUsize>("threads").copied();
    asked
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get)
}
