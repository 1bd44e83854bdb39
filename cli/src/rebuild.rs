//! `filittle rebuild`: rows from events.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use filittle_common::clock::Clock;
use filittle_common::rebuild::{Rebuilt, rebuild};
use filittle_common::store::Db;

use crate::serve::DataFolder;

/// What `rebuild` takes.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The data folder of the service, which must be stopped
    #[arg(long, env = "FILITTLE_DATA", default_value = "./filittle-data")]
    data: PathBuf,
}

pub(crate) async fn run(options: Options) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let folder = DataFolder::existing(&options.data)?;
    let db = Db::sqlite(&folder.database(), Clock::System).await?;
    let rebuilt = rebuild(&db).await;
    db.close().await;
    tell(rebuilt?);
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn tell(rebuilt: Rebuilt) {
    println!(
        "jobs: {}, of which {} differed",
        rebuilt.jobs, rebuilt.jobs_differed
    );
    println!(
        "files: {}, of which {} differed",
        rebuilt.files, rebuilt.files_differed
    );
    println!("work rows: {} mended", rebuilt.work_mended);
}
