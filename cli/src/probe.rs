//! `filittle probe`: for the health checks of containers, whose images have no curl.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use filittle_boot::Failure;

/// What `probe` takes.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What to ask, such as http://127.0.0.1:8080/readyz
    url: String,
    /// Seconds to wait for the answer
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

pub(crate) async fn run(options: Options) -> Result<ExitCode, Failure> {
    #[expect(
        clippy::disallowed_methods,
        reason = "it asks what the operator named, and limits the time"
    )]
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(options.seconds))
        .build()?;
    let failed = |error: reqwest::Error| {
        let why = causes(&error.without_url());
        format!("{} does not answer: {why}", options.url)
    };
    let response = http.get(&options.url).send().await.map_err(failed)?;
    let status = response.status();
    tell(&response.text().await.map_err(failed)?);
    if status.is_success() {
        Ok(ExitCode::SUCCESS)
    } else {
        Err(format!("{} answers {status}", options.url).into())
    }
}

/// The error with what caused it, down to the system's own words.
fn causes(error: &dyn Error) -> String {
    let own = error.to_string();
    match error.source() {
        Some(cause) => format!("{own}: {}", causes(cause)),
        None => own,
    }
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn tell(answer: &str) {
    println!("{answer}");
}
