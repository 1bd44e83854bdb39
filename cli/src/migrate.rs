//! `filittle migrate`: the schema of a cluster.

use std::process::ExitCode;

use clap::Args;
use filittle_boot::cluster::{DatabaseOptions, patiently};
use filittle_boot::{Failure, Mistakes, log};
use filittle_common::store::{Db, Migrated};

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
    let done = patiently(|| Db::migrate_postgres(&url)).await?;
    tell(done);
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn tell(done: Migrated) {
    let after = done.after;
    match done.before {
        None => println!("the schema was made: it is number {after}"),
        Some(before) if before < after => {
            println!("the schema was number {before} and is number {after} now");
        }
        Some(_) => println!("the schema is up to date: it is number {after}"),
    }
}
