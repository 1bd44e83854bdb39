//! filittle: files made little. `serve` and `demo` run the service, the other words work here.

mod allocator;
mod by_hand;
mod demo;
mod local;
mod log;
mod rebuild;
mod serve;

use std::process::ExitCode;

use clap::{ArgMatches, Args, Command, FromArgMatches};

fn main() -> ExitCode {
    allocator::give_back_large_blocks();
    let matches = command().get_matches();
    match matches.subcommand() {
        Some(("serve", matches)) => service(|| serve::run(options(matches))),
        Some(("demo", matches)) => service(|| demo::run(options(matches))),
        Some(("rebuild", matches)) => service(|| rebuild::run(options(matches))),
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
        .subcommands(local::command())
}

/// `about` comes last, or the documentation of the options would take its place.
fn word<O: Args>(name: &'static str, about: &'static str) -> Command {
    O::augment_args(Command::new(name)).about(about)
}

fn options<T: FromArgMatches>(matches: &ArgMatches) -> T {
    T::from_arg_matches(matches).unwrap_or_else(|error| error.exit())
}

/// Runs something that needs the runtime, and tells its error.
fn service<F>(work: impl FnOnce() -> F) -> ExitCode
where
    F: Future<Output = Result<ExitCode, Box<dyn std::error::Error>>>,
{
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error),
    };
    let code = runtime
        .block_on(async { work().await })
        .unwrap_or_else(|error| complain(&*error));
    // What still blocks a thread, such as reading a terminal, holds up nobody.
    runtime.shutdown_background();
    code
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where a command tells why it failed"
)]
fn complain(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("filittle: {error}");
    ExitCode::FAILURE
}
