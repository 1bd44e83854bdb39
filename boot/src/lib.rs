#![doc = include_str!("../README.md")]

pub mod allocator;
pub mod cluster;
pub mod devices;
pub mod limits;
pub mod listen;
pub mod log;
pub mod mail;
pub mod mistakes;
pub mod probes;
pub mod settings;
pub mod stop;
pub mod traces;

pub use mistakes::{Mistakes, Wrong};
pub use stop::Stop;

use std::process::ExitCode;
use std::time::Duration;

use filittle_common::App;
use tokio::time::timeout;

/// How long the end may take,
const LAST: Duration = Duration::from_secs(5);
/// and the last spans.
const LAST_SPANS: Duration = Duration::from_secs(2);

/// Whatever ends a process early.
pub type Failure = Box<dyn std::error::Error>;

/// Runs something that needs the runtime, and tells its error.
pub fn run<F>(work: impl FnOnce() -> F) -> ExitCode
where
    F: Future<Output = Result<ExitCode, Failure>>,
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

/// Ends what the application has open, in order if that does not take long.
pub async fn close(app: &App) {
    let closing = async {
        let last_spans = app.traces.flush(LAST_SPANS);
        tokio::join!(app.blobs.settled(), last_spans);
        app.db.close().await;
    };
    if timeout(LAST, closing).await.is_err() {
        tracing::warn!("not everything could be closed in order");
    }
}

/// Tells why a process failed. What it was told wrongly ends it with 2, as wrong flags do.
#[expect(
    clippy::print_stderr,
    reason = "the one place where a process tells why it failed"
)]
pub fn complain(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    eprintln!("filittle: {error}");
    if error.is::<Wrong>() {
        ExitCode::from(2)
    } else {
        ExitCode::FAILURE
    }
}
