#![doc = include_str!("../README.md")]

pub mod allocator;
pub mod cluster;
pub mod listen;
pub mod log;
pub mod mistakes;
pub mod probes;
pub mod stop;

pub use mistakes::Mistakes;
pub use stop::Stop;

use std::process::ExitCode;

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

/// Tells why a process failed.
#[expect(
    clippy::print_stderr,
    reason = "the one place where a process tells why it failed"
)]
pub fn complain(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("filittle: {error}");
    ExitCode::FAILURE
}
