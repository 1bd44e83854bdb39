//! The steps on local files, without any service.

mod board;
mod ending;
pub(crate) mod flags;
mod folders;
mod help;
mod inputs;
mod interrupt;
mod order;
mod pictures;
mod report;
mod results;
mod settle;
mod spot;
mod target;
pub(crate) mod tones;
mod work;

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use clap::{ArgMatches, Command};
use filittle_steps::{Arity, OPS, Step};

pub(crate) use self::report::complain;
use self::{board::Board, inputs::Source, report::Report, target::Target};

/// What a shell says of a program that the signal SIGPIPE has ended.
pub(crate) const CLOSED: u8 = 128 + 13;

/// For those who want the one file that is in a packed tar.
const TAR_ALONE: &str = "the tar in a packed tar is one result when --format says how it is \
                         packed, as --format gzip";

/// A command for each op of the table: `compress`, `convert`, `decompress`, `dither`, `resize`.
pub(crate) fn command() -> Vec<Command> {
    OPS.iter().map(flags::command).collect()
}

/// Runs the op `name` as the matches of its [`command`] say.
///
/// Exit codes: 0 all done; 1 an input failed, the others are done; 2 wrong usage, nothing was done;
/// 129, 130 or 143 the terminal closed, interrupted or told to end, unfinished outputs are gone; 141
/// whoever read standard output has closed it.
pub(crate) fn run(matches: &ArgMatches, name: &str) -> ExitCode {
    match attempt(matches, name) {
        Ok(code) => code,
        Err(usage) => {
            for line in usage {
                report::complain(&format!("{name}: {line}"));
            }
            ExitCode::from(2)
        }
    }
}

/// Whether the results can go there, as far as the flags tell.
fn check_output(name: &str, matches: &ArgMatches) -> Result<(), Vec<String>> {
    let output = flags::output(matches);
    let is_packed = name != "decompress";
    if output == "-" && is_packed && io::stdout().is_terminal() && !matches.get_flag("force") {
        return Err(vec![
            "standard output is a terminal, and the result no text; write it to a file or a pipe"
                .to_owned(),
        ]);
    }
    let is_named = name == "compress" && matches.contains_id("name");
    if is_named && (output == "-" || ending::is_file(output)) {
        return Err(vec![
            "--name: the archive is called as --output says, if that is no folder".to_owned(),
        ]);
    }
    Ok(())
}

/// The run, or what is wrong with the usage.
fn attempt(matches: &ArgMatches, name: &str) -> Result<ExitCode, Vec<String>> {
    let steps = order::steps(matches, name)?;
    let gathers = steps.iter().any(|step| step.arity() == Arity::Gather);
    let paths = flags::inputs(matches);
    let together = gathers || paths.len() == 1;
    Source::check(&paths, name)?;
    let (output, json) = (flags::output(matches), matches.get_flag("json"));
    let force = matches.get_flag("force");
    check_output(name, matches)?;
    let (mut sources, left_out) = if gathers {
        Source::open_for_archive(&paths, output)
    } else {
        (Source::open_all(&paths, name), Vec::new())
    };
    if sources.is_empty() {
        return Err(vec!["there is no file in it".to_owned()]);
    }
    let unpacking = steps.iter().find_map(|step| match step {
        Step::Decompress(step) => Some(step),
        _ => None,
    });
    let may_be_many = unpacking.is_some();
    let spreads =
        unpacking.is_some_and(|step| sources.iter_mut().any(|source| source.is_archive(step)));
    let mut target =
        Target::new(output, together && !spreads, force, &paths).map_err(|mut wrong| {
            if together && spreads {
                wrong.push(TAR_ALONE.to_owned());
            }
            wrong
        })?;
    target.set_unpacks(spreads);
    if let ("resize", [source]) = (name, sources.as_mut_slice())
        && ending::is_file(output)
    {
        pictures::check_ending(output, source)?;
    }
    let notes = pictures::notes(&steps, &mut sources);
    let board = Board::new(json);
    let interrupted = interrupt::watch(&board);
    let bar = board.show(&sources);
    let threads = flags::threads(matches);
    let mut items = if gathers {
        work::together(&steps, sources, &target, &board, threads)
    } else {
        work::side_by_side(&steps, sources, &target, &board, threads)
    };
    bar.finish();
    for (item, note) in items.iter_mut().zip(notes) {
        let size = item.outputs.first().and_then(|written| written.pixels);
        let of_raw = size.and_then(|size| pictures::note_of_raw(&steps, size, note.as_deref()));
        item.notes.extend(of_raw.or(note));
    }
    let report = Report {
        items,
        left_out,
        may_be_many,
    };
    let ended = interrupted.code().or(target.is_closed().then_some(CLOSED));
    // Whoever ended it reads no words; a program may still read the JSON.
    if json || ended.is_none() {
        report.show(json, target.is_stdout());
    }
    Ok(if let Some(code) = ended {
        ExitCode::from(code)
    } else if report.all_done() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
