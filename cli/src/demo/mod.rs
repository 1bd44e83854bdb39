//! `filittle demo`: a service for a moment, and a client of it over real HTTP.

mod bars;
mod client;
mod page;
mod picture;
mod sample;
mod service;
mod story;
mod terminal;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

/// What `demo` takes.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Pictures to dither and files to pack; without any, the demo makes its own
    files: Vec<PathBuf>,
    /// Where results, mails and a page of them go
    #[arg(long, default_value = "filittle-demo")]
    out: PathBuf,
    /// Kill the service in the middle, start it again, and show that nothing is lost
    #[arg(long)]
    crash: bool,
}

pub(crate) async fn run(options: Options) -> Result<ExitCode, Box<dyn std::error::Error>> {
    story::tell(&options).await?;
    Ok(ExitCode::SUCCESS)
}
