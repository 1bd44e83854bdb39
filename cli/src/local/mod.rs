//! The steps on local files, without any service.

mod board;
mod ending;
pub(crate) mod flags;
mod folders;
mod help;
mod inputs;
mod interrupt;
mod limits;
mod order;
mod pictures;
mod pipe;
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
use filittle_steps::{Arity, Compress, Decompress, OPS, Step};
use filittle_transform::Archive;

pub(crate) use self::report::complain;
use self::{board::Board, inputs::Source, report::Report, target::Target};

/// What a shell says of a program that the signal SIGPIPE has ended.
pub(crate) const CLOSED: u8 = 128 + 13;

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
    limits::raise();
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
            "standard output is a terminal, and the result no text; --force writes it there"
                .to_owned(),
        ]);
    }
    let is_named = name == "compress" && matches.contains_id("name");
    if is_named && (output == "-" || ending::is_file(output)) {
        return Err(vec![
            "--name: only an archive in a folder is called so; give a folder as --output"
                .to_owned(),
        ]);
    }
    Ok(())
}

/// Whether unpacking makes several files. The tar in a packed one stays whole when a tar is asked for.
fn spreads(
    step: &mut Decompress,
    sources: &mut [Source],
    output: &str,
) -> Result<bool, Vec<String>> {
    let [source] = sources else {
        let may_spread = |it: &mut Source| it.goes_on() || it.archive(step).is_some();
        return Ok(sources.iter_mut().any(may_spread));
    };
    let Some(found) = source.archive(step) else {
        // No archive it stays, whatever comes by the pipe.
        step.format = step.format.or_else(|| source.stream());
        return Ok(false);
    };
    if let Archive::Within(format) = found {
        if step.format.is_none() && ending::is_tar(output) {
            step.format = Some(format);
            return Ok(false);
        }
        if output == "-" {
            return Err(vec![format!(
                "several results need a folder as --output; `--format {format}` unpacks only the tar"
            )]);
        }
    }
    Ok(true)
}

/// A tar is packed as it is under the name of a packed tar; whether it is one is known only now.
fn check_tar(
    matches: &ArgMatches,
    step: &Compress,
    sources: &mut [Source],
) -> Result<(), Vec<String>> {
    let ([source], false) = (
        sources,
        step.format.is_archive() || matches.contains_id("format"),
    ) else {
        return Ok(());
    };
    let output = flags::output(matches);
    match source.is_tar() {
        Some(false) if ending::is_packed_tar(output) => Err(vec![format!(
            "--output: `{output}` is the name of a packed tar, and what is read is no tar; \
             `--format {}` packs it as it is",
            step.format
        )]),
        _ => Ok(()),
    }
}

/// The run, or what is wrong with the usage.
fn attempt(matches: &ArgMatches, name: &str) -> Result<ExitCode, Vec<String>> {
    let mut steps = order::steps(matches, name)?;
    let gathers = steps.iter().any(|step| step.arity() == Arity::Gather);
    let paths = flags::inputs(matches);
    for step in &mut steps {
        if let Step::Compress(step) = step
            && step.format.is_archive()
            && step.name.is_none()
        {
            step.name = inputs::archive_name(&paths, step.format.extension());
        }
    }
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
    if let [Step::Compress(step)] = steps.as_slice() {
        check_tar(matches, step, &mut sources)?;
    }
    let unpacking = steps.iter_mut().find_map(|step| match step {
        Step::Decompress(step) => Some(step),
        _ => None,
    });
    let may_be_many = unpacking.is_some();
    let spreads = unpacking.map_or(Ok(false), |step| spreads(step, &mut sources, output))?;
    let mut target = Target::new(output, together && !spreads, force, &paths)?;
    target.set_unpacks(spreads);
    target.set_private(gathers && sources.iter().any(Source::is_private));
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
