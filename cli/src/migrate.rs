//! `filittle migrate`: the schema of a cluster.

use std::process::ExitCode;

use clap::Args;
use filittle_boot::cluster::{DatabaseOptions, patiently};
use filittle_boot::{Failure, Mistakes, log};
use filittle_common::store::Db;

/// What `migrate` takes.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    database: DatabaseOptions,
}

pub(crate) async fn run(options: Options) -> Result<ExitCode, Failure> {
    log::start();
    let mut mistakes = Mistakes::default();
    let url = options.database.url(&mut mistakes);
    let url = mistakes.check(url)?;
    patiently(|| Db::migrate_postgres(&url)).await?;
    tell();
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn tell() {
    println!("the schema is up to date");
}
