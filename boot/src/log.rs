//! Logs: for people on a terminal, for machines elsewhere.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::mistakes::present;

/// Who tells as news what is none, until `FILITTLE_LOG` says otherwise. What of apalis matters, our
/// fetchers tell.
const CHATTY: &str = "apalis_core=off,sqlx::postgres::notice=warn";

/// Begins to log to standard error. `FILITTLE_LOG` says what, as `tracing` has it.
pub fn start() {
    let wanted = std::env::var("FILITTLE_LOG").ok();
    let wanted = present(wanted).unwrap_or_else(|| "info".into());
    let filter = EnvFilter::builder().parse_lossy(format!("{CHATTY},{wanted}"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE);
    if std::io::stderr().is_terminal() {
        log.init();
    } else {
        log.json()
            .flatten_event(true)
            .with_current_span(false)
            .init();
    }
}
