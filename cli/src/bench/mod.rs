//! `filittle bench`: what each format and level makes of a file, how fast, and in how much memory.
//!
//! Each row is measured in processes of their own, so that their peak memory is that of the codec.

mod choice;
mod measure;
mod table;
mod task;

use std::{
    fs::File,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Arg, ArgAction, ArgMatches, Command, builder::ValueParser, value_parser};
use indicatif::{ProgressBar, ProgressStyle};

use self::{choice::Choice, table::Table};
use crate::local::{CLOSED, complain, flags};

const EXAMPLES: &str = "\
Examples:
  filittle bench backup.tar
  filittle bench access.log --format zstd,gzip --level all
  filittle bench app.js --format brotli --threads 1 --json

Bytes are those of the result, the ratio how many times as large the file is. Speeds are
in MB of the file a second, memory is in MiB and what the codec took beside the program.
A level with * would take longer than --seconds: as much of the beginning of the file
is measured as it packs in about that time.";

pub(crate) fn command() -> Command {
    Command::new("bench")
        .about("Measure what each format and level makes of a file: ratio, speed, memory")
        .after_help(EXAMPLES)
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .value_parser(ValueParser::path_buf())
                .help("what is to be packed"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMATS")
                .value_delimiter(',')
                .value_parser(choice::format)
                .help("only these: zstd, gzip, brotli, xz, lz4, bzip2"),
        )
        .arg(
            Arg::new("level")
                .long("level")
                .value_name("LEVELS")
                .value_delimiter(',')
                .value_parser(choice::level)
                .help("only these numbers, fast, balanced, best, or all (default: some of each format)"),
        )
        .arg(flags::threads_arg(
            "threads that pack (default: one for each core)",
        ))
        .arg(
            Arg::new("seconds")
                .long("seconds")
                .value_name("S")
                .default_value("5")
                .value_parser(value_parser!(u32).range(1..=86_400))
                .help("about how long one level may pack"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("tell it in JSON"),
        )
        .arg(
            Arg::new("task")
                .long("task")
                .hide(true)
                .value_parser(["pack", "unpack"]),
        )
}

/// Exit codes: 0; 1 the file cannot be measured, or a result was not what had been packed; 2 wrong
/// usage; 141 nobody reads the table any more.
pub(crate) fn run(matches: &ArgMatches) -> ExitCode {
    let Some(path) = matches.get_one::<PathBuf>("file") else {
        return ExitCode::from(2);
    };
    if let Some(task) = matches.get_one::<String>("task") {
        return task::run(task, path, matches);
    }
    let choices = match choice::choices(matches) {
        Ok(choices) => choices,
        Err(wrong) => {
            complain(&format!("bench: {wrong}"));
            return ExitCode::from(2);
        }
    };
    match size_of(path).and_then(|size| all(path, size, &choices, matches)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(CLOSED),
        Err(error) => {
            complain(&format!("{}: {error}", path.display()));
            ExitCode::FAILURE
        }
    }
}

fn size_of(path: &Path) -> io::Result<u64> {
    if path == Path::new("-") {
        return Err(io::Error::other(
            "a file is measured, not standard input: each level reads it anew",
        ));
    }
    let metadata = File::open(path)?.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no ordinary file"));
    }
    if metadata.len() == 0 {
        return Err(io::Error::other("it is empty"));
    }
    Ok(metadata.len())
}

fn all(path: &Path, size: u64, choices: &[Choice], matches: &ArgMatches) -> io::Result<()> {
    let asked = Asked {
        path,
        threads: flags::threads(matches),
        seconds: matches.get_one("seconds").copied().unwrap_or(1),
    };
    let table = Table::begin(&asked, size, matches.get_flag("json"))?;
    let bar = bar(choices.len() as u64);
    let mut rows = Vec::new();
    for choice in choices {
        bar.set_message(choice.to_string());
        let row = measure::measure(*choice, &asked, size)?;
        bar.suspend(|| table.row(&row))?;
        bar.inc(1);
        rows.push(row);
    }
    bar.finish_and_clear();
    table.end(&rows)
}

/// What was asked for, besides the formats.
struct Asked<'a> {
    path: &'a Path,
    threads: usize,
    seconds: u32,
}

/// On standard error, if that is a terminal.
fn bar(rows: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(rows);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}
