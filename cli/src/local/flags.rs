//! The flags of an op, from the table of steps.

use std::{
    ffi::{OsStr, OsString},
    num::NonZeroUsize,
    thread,
};

use clap::{
    Arg, ArgAction, ArgMatches, Command,
    builder::{IntoResettable, StyledStr, ValueParser},
};
use filittle_steps::{Kind, Op, Param, op};

use super::help;

pub(super) fn command(op: &'static Op) -> Command {
    let mut command = Command::new(op.name)
        .about(op.about)
        .after_help(help::examples(op.name))
        .arg(
            Arg::new("input")
                .value_name("INPUT")
                .required(true)
                .num_args(1..)
                .value_parser(ValueParser::os_string())
                .help(help::wrapped(help::inputs(op.name))),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .short('o')
                .value_name("OUT")
                .required(true)
                .help(help::wrapped(
                    "a file, a folder (needed for several inputs), or - for standard output",
                )),
        )
        .arg(switch(
            "force",
            "overwrite what exists, and write to a terminal",
        ))
        .arg(switch("json", "tell about the results in JSON"))
        .arg(threads_arg(help::wrapped(
            "threads, for several inputs or for one (default: one for each core)",
        )));
    let mut params: Vec<&Param> = op.params.iter().chain(before(op.name)).collect();
    params.sort_by_key(|param| help::place(op.name, param.name));
    for param in params {
        command = command.arg(flag(op, param));
    }
    if op.param("device").is_some() {
        command = command.arg(devices().help_heading(help::heading(op.name, "devices")));
    }
    command
}

/// Parameters of a resize before the op: only `dither` takes them.
pub(super) fn before(name: &str) -> impl Iterator<Item = &'static Param> {
    let resize = op("resize").filter(|_| name == "dither");
    ["width", "height", "upscale"]
        .into_iter()
        .filter_map(move |name| resize?.param(name))
}

/// Where devices of one's own are.
pub(crate) fn devices() -> Arg {
    Arg::new("devices")
        .long("devices")
        .env("FILITTLE_DEVICES")
        .value_name("FOLDER")
        .hide_env(true)
        .help(help::wrapped(
            "a folder of devices of one's own, each a file NAME.toml (also FILITTLE_DEVICES)",
        ))
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

/// Values stay texts here: the table checks them, with the same words as the service.
fn flag(op: &Op, param: &'static Param) -> Arg {
    let arg = Arg::new(param.name)
        .long(param.name.replace('_', "-"))
        .help(help::of(op.name, param))
        .help_heading(help::heading(op.name, param.name));
    if let Kind::Bool = param.kind {
        return arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("BOOL");
    }
    arg.value_name(value_name(param))
}

fn value_name(param: &Param) -> String {
    match (param.name, param.kind) {
        ("palette" | "device", _) => "NAME|FILE".to_owned(),
        (_, Kind::Integer { .. }) => "N".to_owned(),
        (_, Kind::Codes { .. }) => "NUMBERS".to_owned(),
        (_, Kind::Part) => "0–1".to_owned(),
        (_, Kind::Color) => "COLOR".to_owned(),
        (_, Kind::Colors { .. }) => "COLORS".to_owned(),
        (name, _) => {
            let last = name.rsplit('_').next().unwrap_or(name);
            last.to_uppercase()
        }
    }
}

pub(crate) fn threads_arg(help: impl IntoResettable<StyledStr>) -> Arg {
    Arg::new("threads")
        .long("threads")
        .value_name("N")
        .value_parser(at_least_one)
        .help(help)
}

fn at_least_one(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "it is a whole number, 1 or more")
}

pub(super) fn inputs(matches: &ArgMatches) -> Vec<&OsStr> {
    let inputs = matches.get_many("input").unwrap_or_default();
    inputs.map(OsString::as_os_str).collect()
}

pub(super) fn output(matches: &ArgMatches) -> &str {
    matches
        .get_one::<String>("output")
        .map_or("", String::as_str)
}

pub(crate) fn threads(matches: &ArgMatches) -> usize {
    let asked = matches.get_one::<NonZeroUsize>("threads").copied();
    asked
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get)
}
