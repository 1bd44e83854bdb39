//! filittle: files made little. `serve` and `demo` run the service, the other words work here.
//!
//! A library only so that it is compiled beside those that it calls, and not after them.

mod admin;
mod bench;
mod by_hand;
mod demo;
mod lists;
mod local;
mod memory;
mod migrate;
mod probe;
mod rebuild;
mod serve;

use std::process::ExitCode;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use filittle_boot::{allocator, run};

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    allocator::give_back_large_blocks();
    let matches = command().get_matches();
    match matches.subcommand() {
        Some(("serve", matches)) => run(|| serve::run(options(matches))),
        Some(("demo", matches)) => run(|| demo::run(options(matches))),
        Some(("rebuild", matches)) => run(|| rebuild::run(options(matches))),
        Some(("migrate", matches)) => run(|| migrate::run(options(matches))),
        Some(("admin", matches)) => admin::run(matches),
        Some(("probe", matches)) => run(|| probe::run(options(matches))),
        Some(("bench", matches)) => bench::run(matches),
        Some((list @ ("palettes" | "devices"), matches)) => lists::run(matches, list),
        Some((op, matches)) => local::run(matches, op),
        None => unreachable!("clap asks for a word"),
    }
}

fn command() -> Command {
    Command::new("filittle")
        .about("Makes files little: compresses, converts, resizes and dithers them")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(word::<serve::Options>(
            "serve",
            "Run the service in one process, with nothing to install",
        ))
        .subcommand(word::<demo::Options>(
            "demo",
            "Start a service for a moment and show what it does",
        ))
        .subcommand(word::<rebuild::Options>(
            "rebuild",
            "Make all rows anew from the events of a stopped service",
        ))
        .subcommand(word::<migrate::Options>(
            "migrate",
            "Bring the schema of a PostgreSQL database up to date",
        ))
        .subcommand(admin::command())
        .subcommand(word::<probe::Options>(
            "probe",
            "Ask a probe such as /readyz; exit 0 when the answer is good",
        ))
        .subcommands(local::command())
        .subcommand(bench::command())
        .subcommands(lists::command())
}

/// `about` comes last, or the documentation of the options would take its place.
fn word<O: Args>(name: &'static str, about: &'static str) -> Command {
    O::augment_args(Command::new(name)).about(about)
}

fn options<T: FromArgMatches>(matches: &ArgMatches) -> T {
    T::from_arg_matches(matches).unwrap_or_else(|error| error.exit())
}
