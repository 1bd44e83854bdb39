//! What dithering knows by name: `filittle palettes` and `filittle devices`.

mod description;
mod devices;
mod paint;
mod palettes;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::local::complain;

pub(crate) fn command() -> [Command; 2] {
    [palettes::command(), devices::command()]
}

/// Runs the command of that name. Exit codes: 0; 2 when there is no such thing.
pub(crate) fn run(matches: &ArgMatches, name: &str) -> ExitCode {
    let text = match name {
        "palettes" => palettes::text(matches),
        _ => devices::text(matches),
    };
    match text {
        Ok(text) => {
            // Nobody is left to tell when this fails: `head` reads no further.
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(wrongs) => {
            for wrong in wrongs {
                complain(&format!("{name}: {wrong}"));
            }
            ExitCode::from(2)
        }
    }
}

fn which(help: &'static str) -> Arg {
    Arg::new("which").value_name("NAME|FILE").help(help)
}

fn json() -> Arg {
    Arg::new("json")
        .long("json")
        .action(ArgAction::SetTrue)
        .help("tell it in JSON")
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}
